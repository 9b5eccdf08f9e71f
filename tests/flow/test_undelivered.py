"""Replies that do not arrive, and robots that answer every reply."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.message import Address, Delivery
from core.model.report import Event, Report
from core.model.work import Contact, OutboxState
from core.posting import BRAKE, GONE, SILENCE
from core.tracking import show
from tests.flow.square import POTHOLE, SITI, SITI_MAIL, SITI_PHONE, Square, open_square

BUDI_MAIL = Address("mail", "budi.santoso@example.com")
UNWANTED, SENT, FAILED = OutboxState.UNWANTED, OutboxState.SENT, OutboxState.FAILED


@pytest.fixture
async def square(database_url: str, tmp_path: Path) -> AsyncIterator[Square]:
    """Nobody has written yet."""
    async with open_square(tmp_path, database_url) as square:
        yield square


async def contact(square: Square, address: Address) -> Contact:
    """What is remembered of an address."""
    return await square.bureau.do(lambda tx: tx.contacts.lock(address.scheme, address.value))


async def silence(square: Square, address: Address) -> None:
    """Its owner asked for no messages."""
    known = await contact(square, address)
    await square.bureau.do(lambda tx: tx.contacts.save(replace(known, opted_out=True)))


async def mailed(square: Square) -> Report:
    """A report by mail whose first answer arrived."""
    await square.say(POTHOLE, by=SITI_MAIL, channel="email")
    square.networks.mails.clear()
    return await square.report()


async def failures(square: Square, report: Report) -> list[str]:
    """What its history says of replies that failed."""
    return [line.text for line in await square.bureau.history(report.id, Event.REPLY_FAILED)]


async def test_news_for_an_address_that_is_gone_go_once_to_another_proven_one(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    square.networks.gone.add(SITI_MAIL)

    await square.verify(report)

    assert [to for to, _ in square.networks.mails] == [SITI_PHONE.value]
    assert "diteruskan ke" in square.networks.mails[0][1]
    assert await square.states("verified") == [("verified", UNWANTED), ("verified", SENT)]
    assert (await contact(square, SITI_MAIL)).gone_at == square.clock.now()
    assert await failures(square, report) == ["verified: 550 5.1.1; sent to another address (sms)"]


async def test_a_bounce_says_that_an_address_is_gone_as_well(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    await square.verify(report)
    (reply,) = await square.replies("verified")
    square.networks.mails.clear()

    await square.bounce(reply)
    await square.bounce(reply)

    assert [to for to, _ in square.networks.mails] == [SITI_PHONE.value]
    assert await square.states("verified") == [("verified", FAILED), ("verified", SENT)]
    assert len(await failures(square, report)) == 1


async def test_nothing_else_is_sent_to_an_address_that_is_gone(square: Square) -> None:
    report = await mailed(square)
    square.networks.gone.add(SITI_MAIL)
    await square.verify(report)
    square.networks.gone.clear()

    await square.follow_up(await square.report(), "Jalan sudah kami tambal.")

    assert square.networks.mails == []
    assert [reply.reason for reply in await square.replies("follow_up")] == [GONE]


async def test_a_message_that_was_refused_for_itself_leaves_the_address_alone(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    square.networks.refused.add(SITI_MAIL)

    await square.verify(report)

    assert (await contact(square, SITI_MAIL)).gone_at is None
    assert square.networks.mails == []
    assert await square.states("verified") == [("verified", UNWANTED)]
    assert await failures(square, report) == ["verified: 550 5.1.1"]


@pytest.mark.parametrize("delivery", [Delivery.PENDING, Delivery.FAILED])
async def test_a_soft_bounce_moves_nothing(square: Square, delivery: Delivery) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    await square.verify(report)
    (reply,) = await square.replies("verified")
    square.networks.mails.clear()

    await square.bounce(reply, gone=False, delivery=delivery)

    assert square.networks.mails == []
    assert (await contact(square, SITI_MAIL)).gone_at is None


async def test_an_address_that_nobody_proved_is_never_written_to(square: Square) -> None:
    report = await mailed(square)
    named = replace(report, reporter_phone="081234567890", reporter_email="siti.lain@example.com")
    await square.bureau.do(lambda tx: tx.reports.save(named))
    square.networks.gone.add(SITI_MAIL)

    await square.verify(await square.report())

    assert square.networks.mails == []
    assert await failures(square, report) == ["verified: 550 5.1.1; no other address is known"]


async def test_the_other_address_is_one_that_takes_and_wants_messages(square: Square) -> None:
    report = await mailed(square)
    for number, (address, channel) in enumerate([(SITI_PHONE, "sms"), (BUDI_MAIL, "email"), (SITI_MAIL, "email")]):
        square.clock.forward(timedelta(minutes=number))
        await square.reached(report, address, channel)
    await silence(square, BUDI_MAIL)
    square.networks.gone.add(SITI_MAIL)

    await square.verify(report)

    assert [to for to, _ in square.networks.mails] == [SITI_PHONE.value]


async def test_news_wander_on_until_an_address_takes_them(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, BUDI_MAIL, "email")
    square.networks.gone |= {SITI_MAIL, BUDI_MAIL}

    await square.verify(report)

    assert square.networks.mails == []
    assert await square.states("verified") == [("verified", UNWANTED), ("verified", UNWANTED)]
    assert len(await failures(square, report)) == 2


async def test_private_words_do_not_wander_into_public(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI, "twitter")
    square.networks.gone.add(SITI_MAIL)

    await square.ask(report, "Sebutkan nama Ketua RT.")

    (post,) = square.networks.posts
    assert post.startswith(f"{show(report.tracking_id)}: Menunggu Kelengkapan Informasi. ")
    assert "Ketua RT" not in post
    assert square.networks.messages == []


async def test_what_was_said_in_private_goes_on_whole(square: Square) -> None:
    await square.say(POTHOLE)
    report = await square.report()
    await square.reached(report, SITI_MAIL, "email")
    square.networks.gone.add(SITI)

    await square.ask(report, "Sebutkan nama Ketua RT.")

    ((to, mail),) = square.networks.mails
    assert to == SITI_MAIL.value
    assert "Sebutkan nama Ketua RT." in mail


async def test_words_too_long_for_the_other_network_become_the_state(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    square.networks.gone.add(SITI_MAIL)

    await square.ask(report, "Sebutkan nama jalan. " * 40)

    assert await square.states("question", "status") == [("question", UNWANTED), ("status", SENT)]
    assert "Menunggu Kelengkapan Informasi" in square.networks.mails[0][1]


async def test_who_wants_no_messages_gets_none_by_another_way(square: Square) -> None:
    report = await mailed(square)
    await square.reached(report, SITI_PHONE, "sms")
    await silence(square, SITI_MAIL)

    await square.verify(report)

    assert square.networks.mails == []
    assert [reply.reason for reply in await square.replies("verified")] == [SILENCE]


async def test_a_robot_that_answers_every_answer_is_left_alone_in_the_end(square: Square) -> None:
    for number in range(8):
        await square.say("BANTUAN", by=SITI_MAIL, channel="email", external_id=f"<{number}@example.com>")

    states = await square.states("help")
    assert states == [("help", SENT)] * 5 + [("help", UNWANTED)] * 3
    assert {reply.reason for reply in await square.replies("help") if reply.state is UNWANTED} == {BRAKE}
    assert len(square.networks.mails) == 5


async def test_the_brake_is_loosened_with_time_and_holds_over_a_day(square: Square) -> None:
    square.clock.set(square.clock.now().replace(hour=0, minute=0, second=0))
    for _ in range(6):
        for _ in range(5):
            await square.say("BANTUAN", by=SITI_MAIL, channel="email")
        square.clock.forward(timedelta(minutes=10))

    assert [state for _, state in await square.states("help")] == [SENT] * 20 + [UNWANTED] * 10
    square.clock.forward(timedelta(days=1))
    await square.say("BANTUAN", by=SITI_MAIL, channel="email")
    assert (await square.states("help"))[-1] == ("help", SENT)


async def test_the_brake_is_for_one_address_and_answers_alone(square: Square) -> None:
    report = await mailed(square)
    for _ in range(6):
        await square.say("BANTUAN", by=SITI_MAIL, channel="email")
    square.networks.mails.clear()

    await square.say("BANTUAN", by=BUDI_MAIL, channel="email")
    await square.verify(report)

    assert [to for to, _ in square.networks.mails] == [BUDI_MAIL.value, SITI_MAIL.value]


async def test_what_was_said_is_taken_all_the_same(square: Square) -> None:
    for _ in range(5):
        await square.say("BANTUAN", by=SITI_MAIL, channel="email")

    await square.say(POTHOLE, by=SITI_MAIL, channel="email")

    assert (await square.report()).original_text == POTHOLE
    assert await square.states("received") == [("received", UNWANTED)]


async def test_a_network_without_a_brake_answers_every_time(square: Square) -> None:
    for _ in range(25):
        await square.say("BANTUAN", by=SITI_PHONE, channel="sms")

    assert len(square.networks.mails) == 25
