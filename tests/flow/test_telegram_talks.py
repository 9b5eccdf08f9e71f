"""Reports by Telegram, from the first word to the number: the gateway in this process, Telegram on loopback."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.chat.telegram.api_peer import BotApi, Sent, problems
from core.model.message import Address, Mark
from core.model.talk import Author
from core.model.work import OutboxState
from tests.flow.messenger import JPEG, Square, open_square
from tests.flow.postfix import free_port
from tests.flow.rig import NUMBER, number_in, until

LAMP = "Lampu jalan mati di Jl. Kenanga No 5 Kota Bekasi sudah 3 minggu"
BRIDGE = "Jembatan gantung di Desa Sukamaju RT 02 Kab. Bogor putus kemarin"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def square(api: BotApi, postgres_url: str, tmp_path: Path) -> AsyncIterator[Square]:
    """A gateway that asks for updates."""
    async with open_square(tmp_path, postgres_url, api) as square:
        yield square


async def hears(square: Square, user: int, count: int) -> list[Sent]:
    """So many messages of the bot, and the last one."""

    async def are_there() -> bool:
        return len(square.said_to(user)) >= count

    await until(are_there, limit=30)
    return square.said_to(user)


async def test_words_in_a_row_are_one_report_that_a_button_sends(api: BotApi, square: Square) -> None:
    ratna = api.world.citizen("Ratna")
    first = api.world.say(ratna, LAMP)
    api.world.say(ratna, "gelap sekali dan rawan jambret")
    asked = (await hears(square, ratna, 1))[-1]

    query = api.world.press(ratna, asked, "Kirim")
    (report,) = await square.reports(1)
    api.world.edit(first, LAMP.replace("3 minggu", "4 minggu"))

    assert report.text.splitlines() == [LAMP, "gelap sekali dan rawan jambret"]
    received = (await hears(square, ratna, 2))[-1]
    assert number_in(received.text) == report.tracking_id
    assert re.search(r"PIN Anda \d{6}", received.text)
    assert api.answered == [query]

    async def is_changed() -> bool:
        return "4 minggu" in (await square.town.report(report.tracking_id)).text

    await until(is_changed)
    lines = await square.lines(ratna)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.text for line in lines if line.author is Author.BOT] == [s.text for s in square.said_to(ratna)]


async def test_an_album_of_five_that_is_brought_is_one_report_with_all_its_pictures(
    api: BotApi, database_url: str, tmp_path: Path
) -> None:
    port, pictures = free_port(), [JPEG + bytes([n]) for n in range(5)]
    api.refuse(problems.BAD_FILE, method="getFile", times=1)
    webhook = {"mode": "webhook", "webhook_url": f"http://127.0.0.1:{port}"}
    async with open_square(tmp_path, database_url, api, port=port, **webhook) as square:
        budi = api.world.citizen("Budi")
        api.world.album(budi, pictures, caption=BRIDGE)
        await hears(square, budi, 1)
        api.world.say(budi, "KIRIM")
        (report,) = await square.reports(1)

        async def are_there() -> bool:
            return len((await square.town.report(report.tracking_id)).attachments) == 5

        await until(are_there, limit=60)
        report = await square.town.report(report.tracking_id)
        kept = [await _content(square, file.id) for file in report.attachments]

    assert report.text == BRIDGE
    assert sorted(kept) == sorted(pictures)
    assert report.marks == ()


async def _content(square: Square, file_id: str) -> bytes:
    return b"".join([piece async for piece in square.town.parts.blobs.read(file_id)])


async def test_a_group_learns_nothing_of_its_members_report(api: BotApi, square: Square) -> None:
    ratna, group = api.world.citizen("Ratna Wulandari"), api.world.group("Warga RT 05")
    api.world.say(ratna, "Selamat pagi tetangga semua", chat=group)
    api.world.say(ratna, f"/lapor@lapor_bot {LAMP}", chat=group)
    await hears(square, ratna, 1)
    api.world.say(ratna, "KIRIM")
    (report,) = await square.reports(1)
    received = (await hears(square, ratna, 2))[-1]

    (public,) = await hears(square, group, 1)
    assert not NUMBER.search(public.text)
    assert not {"Ratna", "Kenanga", str(ratna)} & set(public.text.split())
    assert number_in(received.text) == report.tracking_id
    assert "Selamat" not in report.text
    assert len([line for line in await square.lines(ratna) if line.author is Author.VISITOR]) == 2


async def test_who_never_began_a_chat_with_the_bot_goes_on_there_after_start(api: BotApi, square: Square) -> None:
    ratna, group = api.world.citizen("Ratna", starts=False), api.world.group("Warga RT 05")
    api.world.say(ratna, f"/lapor@lapor_bot {LAMP}", chat=group)
    await hears(square, group, 1)

    async def is_refused() -> bool:
        return bool(await square.town.read(lambda tx: tx.outbox.listing(limit=9, states=[OutboxState.UNWANTED])))

    await until(is_refused, limit=30)

    for text in ("/start", "KIRIM"):
        api.world.say(ratna, text)

    (report,) = await square.reports(1)
    assert report.text == LAMP
    received = [one for one in square.said_to(ratna) if NUMBER.search(one.text)]
    assert number_in(received[-1].text) == report.tracking_id


async def test_one_who_must_wait_and_one_who_is_gone_keep_nobody_else_waiting(api: BotApi, square: Square) -> None:
    slow, gone, quick = (api.world.citizen(name) for name in ("Lambat", "Pergi", "Cepat"))
    api.throttle(3, chat=slow, times=1)
    for user in (slow, gone, quick):
        api.world.say(user, f"{LAMP} rumah {user}")
    api.world.block(gone)

    await hears(square, quick, 1)
    assert not square.said_to(slow)
    await hears(square, slow, 1)

    async def is_unwanted() -> bool:
        replies = await square.town.read(lambda tx: tx.outbox.listing(limit=100))
        return [one.state for one in replies if one.outbound.to.value == str(gone)] == [OutboxState.UNWANTED]

    await until(is_unwanted, limit=30)
    api.world.block(gone, blocked=False)
    api.world.say(gone, "Saya kembali, mohon maaf")
    await hears(square, gone, 1)
    assert len(square.said_to(slow)) == 1


async def test_who_writes_too_often_keeps_nobody_else_waiting(api: BotApi, postgres_url: str, tmp_path: Path) -> None:
    async with open_square(tmp_path, postgres_url, api, limits={"per_source_per_minute": 2}) as square:
        flood, ratna = api.world.citizen("Banjir"), api.world.citizen("Ratna")
        for n in range(30):
            api.world.say(flood, f"banjir lagi {n}")
        api.world.say(ratna, LAMP)

        await hears(square, ratna, 1)

        assert len([line for line in await square.lines(flood) if line.author is Author.VISITOR]) == 30


async def test_what_is_written_while_telegram_is_down_is_answered_when_it_is_back(api: BotApi, square: Square) -> None:
    ratna = api.world.citizen("Ratna")
    await api.stop()
    api.world.say(ratna, LAMP)
    api.world.bring("message", api.world.message(ratna, location={"latitude": -6.2, "longitude": 106.9}))
    await asyncio.sleep(3)  # the length of the outage is what is tested

    await api.start()

    await hears(square, ratna, 1)
    api.world.say(ratna, "KIRIM")
    (report,) = await square.reports(1)
    assert "-6.200000, 106.900000" in f"{report.text} {report.place}"


async def test_what_cannot_be_read_gets_a_kind_word(api: BotApi, square: Square) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.bring("message", api.world.message(ratna, sticker={"file_id": "x", "file_unique_id": "y"}))

    (said,) = await hears(square, ratna, 1)

    assert "tidak dapat kami baca" in said.text
    assert not await square.town.reports()


async def test_a_file_that_is_too_large_is_told_and_the_report_says_that_it_is_missing(
    api: BotApi, square: Square
) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.document(ratna, b"x", name="a.mp4", kind="video/mp4", file_size=30 << 20, caption=BRIDGE)

    said = await hears(square, ratna, 2)
    api.world.say(ratna, "KIRIM")

    assert any("20 megabita" in one.text for one in said)
    (report,) = await square.reports(1)
    assert Mark.FILES_LOST in report.marks


async def test_the_address_of_a_chat_stands_nowhere_in_the_open(api: BotApi, square: Square) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.say(ratna, LAMP)
    await hears(square, ratna, 1)

    async def talk() -> object:
        return await square.town.read(lambda tx: tx.talks.find(Address("tg", str(ratna))))

    assert str(ratna) not in repr(await talk())
    stored = await square.town.read(lambda tx: tx.messages.latest(channel="telegram", limit=10))
    assert all(str(ratna) not in message.inbound.external_id for message in stored)
