"""Reports made where everyone reads: what is said in public, what in private, and what when the private way is shut."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.lifecycle import State
from core.model.message import Address
from core.model.report import Event
from core.model.work import OutboxState
from core.ports import Tx
from core.tracking import show
from tests.flow.square import POTHOLE, SITI, SITI_MAIL, Square, open_square

QUESTION = "Di depan toko apa lubang itu? Sebutkan nama Ketua RT."
BUDI = Address("x", "998877665544")
LINK = re.compile(r"https://lapor\.go\.id/jawab/([A-Za-z0-9_-]{22})(?= )")


@pytest.fixture
async def square(database_url: str, tmp_path: Path) -> AsyncIterator[Square]:
    """Nobody has written yet."""
    async with open_square(tmp_path, database_url) as square:
        yield square


async def test_a_report_is_answered_in_public_and_its_pin_in_private(square: Square) -> None:
    await square.say(POTHOLE)

    (post,), (message,) = square.networks.posts, square.networks.messages
    number = show((await square.report()).tracking_id)
    assert post.startswith(f"{number}: laporan Anda kami terima")
    assert re.search(r"PIN Anda \d{6}\.", message)
    assert not re.search(r"PIN Anda \d", post)
    assert await square.states() == [("received", OutboxState.SENT)]


async def test_words_of_staff_are_for_the_recipient_alone(square: Square) -> None:
    await square.say(POTHOLE)

    await square.ask(await square.report(), QUESTION)

    assert QUESTION in square.networks.messages[-1]
    assert "kami perlu keterangan Anda" in square.networks.posts[-1]
    assert not any("toko" in post for post in square.networks.posts)


async def test_of_a_secret_report_nothing_is_said_in_public(square: Square) -> None:
    await square.say(POTHOLE)
    report, said = await square.report(), list(square.networks.posts)
    await square.verify(report, secret=True)

    await square.say(f"STATUS {report.tracking_id}")

    assert square.networks.posts == said
    assert "diteruskan ke" in square.networks.messages[-2]
    assert "Status: Terverifikasi" in square.networks.messages[-1]


async def test_who_takes_no_messages_is_told_so_once_for_each_question(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    report = await square.report()

    for question in (QUESTION, "Sejak kapan?"):
        await square.ask(report, question)
        await square.say("Sejak Senin, di depan toko.")
        await square.bureau.do(lambda tx: _unheld(tx, report.id))

    told = [post for post in square.networks.posts if "tertutup" in post]
    assert len(told) == 3
    assert all(f"balas PESAN {show(report.tracking_id)}" in post for post in told)
    assert square.networks.messages == []
    lines = await square.bureau.history(report.id, Event.REPLY_FAILED)
    assert [line.text.partition(":")[0] for line in lines] == ["received", "question", "question"]


def _unheld(tx: Tx, report_id: str) -> None:
    """Back to where a question may be asked."""
    tx.reports.save(replace(tx.reports.lock(report_id), state=State.UNVERIFIED))


async def test_a_private_way_that_is_shut_is_not_an_address_that_is_gone(square: Square) -> None:
    square.networks.closed.add(SITI)
    square.networks.blunt = True
    await square.say(POTHOLE)

    await square.verify(await square.report())

    assert await square.states() == [
        ("received", OutboxState.UNWANTED),
        ("dm_closed", OutboxState.SENT),
        ("verified", OutboxState.SENT),
    ]


async def test_of_a_secret_report_only_the_number_is_told_where_the_private_way_is_shut(square: Square) -> None:
    await square.say(POTHOLE)
    report = await square.report()
    square.networks.closed.add(SITI)
    square.networks.blunt = True

    await square.verify(report, secret=True)

    assert "tertutup" in square.networks.posts[-1]
    assert "diteruskan" not in " ".join(square.networks.posts)
    square.networks.closed.clear()
    await square.say("PESAN")
    assert "diteruskan ke" in square.networks.messages[-1]


async def test_the_private_news_of_a_report_are_told_of_once(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    report = await square.report()

    await square.archive(report, "Sebutkan nama jalan.")

    assert await square.states("dm_closed") == [("dm_closed", OutboxState.SENT)]
    assert "diarsipkan" in square.networks.posts[-1]


async def test_private_messages_come_when_the_way_is_open_again(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    await square.ask(await square.report(), QUESTION)
    square.networks.closed.clear()

    await square.say("PESAN")

    (message,) = square.networks.messages
    assert re.search(r"PIN Anda \d{6}\.", message)
    assert QUESTION in message
    assert message.index("PIN") < message.index(QUESTION)


async def test_messages_that_came_are_not_sent_again(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    square.networks.closed.clear()
    number = (await square.report()).tracking_id
    await square.say(f"pesan {number}")

    await square.say(f"PESAN {number}")

    assert len(square.networks.messages) == 1
    assert "tidak ada pesan yang menunggu" in square.networks.posts[-1]


async def test_who_asks_while_the_way_is_shut_is_told_again(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)

    await square.say("Pesan")

    assert [post for post in square.networks.posts if "tertutup" in post] == square.networks.posts[-2:]
    square.networks.closed.clear()
    await square.say("PESAN")
    assert "PIN Anda" in square.networks.messages[-1]


async def test_a_stranger_gets_neither_messages_nor_a_link(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    number = (await square.report()).tracking_id

    for words in (f"PESAN {number}", f"TAUTAN {number}"):
        await square.say(words, by=BUDI)
        assert "tidak ditemukan" in square.networks.posts[-1]

    assert square.networks.messages == []


async def test_a_link_is_given_in_public_to_who_asks_for_it(square: Square) -> None:
    square.networks.closed.add(SITI)
    await square.say(POTHOLE)
    report = await square.report()
    await square.ask(report, QUESTION)

    await square.say("@lapor1708 TAUTAN")

    post = square.networks.posts[-1]
    (token,) = LINK.findall(post)
    assert post.startswith(f"{show(report.tracking_id)}: ")
    assert await square.bureau.do(lambda tx: tx.passes.use(token, now=square.clock.now())) == report.id


async def test_who_asks_while_their_answer_is_awaited_is_told_so(square: Square) -> None:
    await square.say(POTHOLE)
    report = await square.report()
    await square.ask(report, QUESTION)

    await square.say(f"STATUS {report.tracking_id}")

    assert f"Kami menunggu jawaban Anda: balas dengan BALAS {show(report.tracking_id)}" in square.networks.posts[-1]


async def test_links_are_dear_and_few_are_given_in_a_day(square: Square) -> None:
    await square.say(POTHOLE)

    for _ in range(4):
        await square.say("TAUTAN")
    posts = square.networks.posts[-4:]
    square.clock.forward(timedelta(days=1, seconds=1))
    await square.say("TAUTAN")

    assert [bool(LINK.search(post)) for post in posts] == [True, True, True, False]
    assert "tidak dapat dilakukan saat ini" in posts[-1]
    assert LINK.search(square.networks.posts[-1])


async def test_asking_for_a_link_is_no_answer_to_the_question(square: Square) -> None:
    await square.say(POTHOLE)
    report = await square.report()
    await square.ask(report, QUESTION)

    await square.say("TAUTAN")
    await square.say("Toko Makmur, Pak Harjo")

    (answered,) = await square.bureau.history(report.id, Event.ANSWERED)
    assert answered.text == "Toko Makmur, Pak Harjo"


async def test_the_two_words_mean_nothing_on_other_channels(square: Square) -> None:
    for words in ("PESAN", "TAUTAN"):
        await square.say(words, by=SITI_MAIL, channel="email")

    assert {event for event, _ in await square.states()} == {"received"}
