"""What no parser understands is kept, shown and read again later; nothing stops for it."""

from collections.abc import Sequence

import pytest

from channels.sms.smsc.messages import message_body
from core import rereading
from core.model.work import Outcome, StoredMessage
from tests.flow.rig import OK, Town, number_in

WORDS = "Jembatan bambu di Dusun Sidorejo lapuk"


def broken(words: str = WORDS) -> bytes:
    """A deliver_sm that announces more octets of text than it holds."""
    body = bytearray(message_body("6281234567801", words.encode()))
    body[body.index(words.encode()) - 1] = 250
    return bytes(body)


async def messages(town: Town) -> Sequence[StoredMessage]:
    return await town.read(lambda tx: tx.messages.latest(channel="sms", limit=10))


async def test_an_unreadable_pdu_is_acknowledged_and_parked(town: Town) -> None:
    assert await town.smsc.deliver_body(broken()) == OK
    await town.quiet()

    (parked,) = await messages(town)
    assert parked.outcome is Outcome.PARKED
    assert WORDS.encode() in parked.inbound.raw
    assert await town.reports() == []
    assert set((await town.read(lambda tx: tx.figures.balance())).values()) == {0}


async def test_the_next_message_on_the_connection_is_read(town: Town) -> None:
    await town.smsc.deliver_body(broken())

    reply = await town.citizen("6285700000002").say("Sampah menumpuk di Pasar Induk Cibitung")

    assert (await town.report(number_in(reply))).original_text == "Sampah menumpuk di Pasar Induk Cibitung"


async def test_today_s_parser_shows_no_difference_for_what_it_read(town: Town) -> None:
    await town.citizen().say(WORDS)

    (stored,) = await messages(town)
    text = town.parts.office.readers["sms"]([stored.inbound.raw])

    assert rereading.compare(stored, rereading.ReadAgain(text)) is None


async def test_a_better_reading_makes_the_parked_message_a_report(town: Town) -> None:
    await town.smsc.deliver_body(broken())
    await town.quiet()
    (parked,) = await messages(town)
    office, now = town.parts.office, town.parts.clock.now()
    found = rereading.Difference(parked.id, "", WORDS)

    await town.write(lambda tx: rereading.apply(tx, found, office=office, now=now))
    await town.write(lambda tx: rereading.apply(tx, found, office=office, now=now))

    assert [report.original_text for report in await town.reports()] == [WORDS]


@pytest.mark.parametrize("text", ["", " ", "\r\n"])
async def test_an_empty_text_is_no_report_and_is_told_what_to_write(town: Town, text: str) -> None:
    reply = await town.citizen().say(text)

    assert "Tulis laporan Anda" in reply
    assert await town.reports() == []
