"""Long SMS from a whole town at once: none lost, none mixed, whatever the order; and what becomes of half of one."""

import random
from collections.abc import Sequence

import pytest

from channels.sms.smsc.messages import long_bodies
from core import conversation
from core.model.report import Event
from core.model.work import Outcome, StoredMessage
from core.ports import Tx
from tests.flow.rig import OK, Town, number_in, until

PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")


def story(citizen: int, words: int = 60) -> str:
    """A long text that names its citizen throughout, so that a stitched one is seen; three or four pieces."""
    opening = (
        f"Saya warga {citizen:03} dari {PLACES[citizen % 8]} RT {citizen % 17 + 1} RW {citizen % 9 + 1} melaporkan"
    )
    rest = " ".join(f"saksi{citizen:03}x{n:02}" for n in range(words // 2))
    where = f"{MATTERS[citizen % 5]} di Jl. Mawar{citizen:03} nomor {citizen + 1}"
    return f"{opening} {where}. {rest} Demikian dari {citizen:03}."


def phone(citizen: int) -> str:
    return f"62812{citizen:07}"


async def texts(town: Town) -> list[str]:
    return sorted(report.original_text for report in await town.reports())


async def test_a_hundred_citizens_with_one_reference_and_interleaved_pieces(town: Town) -> None:
    """As operators bring them: every phone counts its references for itself, so they collide all day."""
    bodies = [long_bodies(phone(n), story(n), by="udh8", reference=n % 3) for n in range(100)]
    longest = max(map(len, bodies))
    interleaved = [pieces[at] for at in range(longest) for pieces in bodies if at < len(pieces)]
    assert longest >= 3

    statuses = await town.post_all(interleaved)
    await town.quiet(limit=60)

    assert set(statuses) == {OK}
    assert await texts(town) == sorted(story(n) for n in range(100))
    assert [len(town.citizen(phone(n)).new()) for n in range(100)] == [1] * 100


async def test_the_last_piece_may_come_before_the_middle_one(town: Town) -> None:
    first, *middle, last = long_bodies(phone(1), story(1), by="udh8", reference=7)

    await town.post_all([first, last, *middle])
    await town.quiet()

    assert await texts(town) == [story(1)]


@pytest.mark.parametrize("by", ["udh8", "udh16", "sar", "payload"])
async def test_any_order_and_every_way_of_numbering(town: Town, by: str) -> None:
    chance = random.Random(1708)
    bodies = [body for n in range(8) for body in long_bodies(phone(n), story(n), by=by, reference=5)]  # type: ignore[arg-type]
    chance.shuffle(bodies)

    assert set(await town.post_all(bodies)) == {OK}
    await town.quiet()

    assert await texts(town) == sorted(story(n) for n in range(8))


async def test_a_text_cut_inside_an_emoji_is_whole_again(town: Town) -> None:
    text = "🚧" * 40 + " jalan rusak di Dusun Sidorejo " + "🙏" * 40
    bodies = long_bodies(phone(1), text, by="udh8", reference=9)

    await town.post_all(list(reversed(bodies)))
    await town.quiet()

    assert await texts(town) == [text]


async def test_pieces_that_come_twice_make_one_report(town: Town) -> None:
    bodies = long_bodies(phone(1), story(1), by="udh8", reference=9)

    await town.post_all([*bodies, *bodies[:-1]])
    await town.quiet()

    assert await texts(town) == [story(1)]
    assert set((await town.read(lambda tx: tx.figures.balance())).values()) == {0}


async def test_two_messages_of_one_phone_with_the_same_reference_one_after_the_other(town: Town) -> None:
    for number in (1, 2):
        await town.post_all(long_bodies(phone(1), story(number), by="udh8", reference=9))
        await town.quiet()

    assert await texts(town) == sorted(story(n) for n in (1, 2))


async def test_the_wait_of_one_message_does_not_cut_short_the_next_with_its_reference(town: Town) -> None:
    """The step that watched over the first message comes due while the second one is still arriving."""
    first = long_bodies(phone(1), story(1), by="udh8", reference=9)
    *second, last = long_bodies(phone(1), story(2), by="udh8", reference=9)
    await town.post_all(first)
    await town.quiet()
    await town.post_all(second)
    await town.quiet()
    (waiting, *_) = [m for m in await town.read(_messages) if m.outcome is Outcome.NONE]
    assert waiting.inbound.part is not None
    group, office, now = waiting.inbound.part.group, town.parts.office, town.parts.clock.now()

    await town.write(lambda tx: conversation.complete(tx, group, office=office, now=now))
    await town.post_all([last])
    await town.quiet()

    assert await texts(town) == sorted(story(n) for n in (1, 2))
    replies = town.citizen(phone(1)).new()
    assert ["tidak sampai" in reply for reply in replies] == [False, False]


def _messages(tx: Tx) -> Sequence[StoredMessage]:
    return tx.messages.latest(channel="sms", limit=500)


class TestIncomplete:
    """A piece that does not come within the wait."""

    @pytest.fixture
    def changed(self) -> dict[str, dict[str, float]]:
        """A short wait."""
        return {"conversation": {"parts_timeout_seconds": 0.4}}

    async def _send_without(self, town: Town, missing: int, number: int = 1) -> list[bytes]:
        bodies = long_bodies(phone(number), story(number), by="udh8", reference=9)
        await town.post_all([body for at, body in enumerate(bodies, 1) if at != missing])
        return bodies

    async def _is_answered(self, town: Town) -> None:
        async def answered() -> bool:
            return bool(await town.reports())

        await until(answered)
        await town.quiet()

    async def test_what_came_becomes_a_marked_report_and_the_citizen_is_asked(self, town: Town) -> None:
        await self._send_without(town, 2)
        await self._is_answered(town)

        (report,), (reply,) = await town.reports(), town.citizen(phone(1)).new()

        assert report.parts_missing == (2,)
        assert "[bagian 2 hilang]" in report.original_text
        assert number_in(reply) == report.tracking_id
        assert "bagian 2 tidak sampai" in reply
        assert "BALAS" in reply
        assert "PIN" in reply

    async def test_a_late_piece_is_filled_in(self, town: Town) -> None:
        bodies = await self._send_without(town, 2)
        await self._is_answered(town)

        await town.post_all([bodies[1]])
        await town.quiet()

        (report,) = await town.reports()
        assert report.original_text == report.text == story(1)
        assert report.parts_missing == ()
        assert (Event.ADDED.value, story(1)) in await town.events(report.tracking_id)
        assert len(town.citizen(phone(1)).new()) == 1

    async def test_a_late_piece_is_filled_in_beside_a_long_answer_that_came_before_it(self, town: Town) -> None:
        bodies = await self._send_without(town, 2)
        await self._is_answered(town)
        (report,) = await town.reports()
        answer = f"BALAS {report.tracking_id} {' '.join(f'lanjutan{n:02}' for n in range(40))}"
        await town.post_all(long_bodies(phone(1), answer, by="udh8", reference=10))
        await town.quiet()

        await town.post_all([bodies[1]])
        await town.quiet()

        assert (await town.report(report.tracking_id)).original_text == story(1)

    async def test_a_late_piece_of_an_answer_stays_out_of_the_text_of_the_report(self, town: Town) -> None:
        await self._send_without(town, 2)
        await self._is_answered(town)
        (report,) = await town.reports()
        words = " ".join(f"lanjutan{n:02}" for n in range(40))
        opening, late, *rest = long_bodies(phone(1), f"BALAS {report.tracking_id} {words}", by="udh8", reference=10)
        await town.post_all([opening, *rest])

        async def answered() -> bool:
            return "answered" in [event for event, _ in await town.events(report.tracking_id)]

        await until(answered)
        await town.post_all([late])
        await town.quiet()

        assert (await town.report(report.tracking_id)).original_text == report.original_text

    async def test_the_first_piece_alone_of_two_hundred_and_fifty_five(self, town: Town) -> None:
        body = bytearray(long_bodies(phone(1), story(1), by="udh8", reference=9)[0])
        header = body.index(b"\x05\x00\x03\x09")
        body[header + 4] = 255

        assert await town.post_all([bytes(body)]) == [OK]
        await self._is_answered(town)

        (report,), replies = await town.reports(), town.citizen(phone(1)).new()
        assert len(report.parts_missing) == 254
        assert len(replies) == 1
        assert number_in(replies[0]) == report.tracking_id

    async def test_every_piece_is_accounted_for(self, town: Town) -> None:
        await self._send_without(town, 3)
        await self._is_answered(town)

        found = [message.outcome for message in await town.read(_messages)]

        assert sorted(found) == [*[Outcome.PIECE] * (len(found) - 1), Outcome.REPORT]
        assert set((await town.read(lambda tx: tx.figures.balance())).values()) == {0}
