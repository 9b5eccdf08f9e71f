"""The scripted Bot API does what Telegram does, and python-telegram-bot reads all that it says."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from telegram import Bot, Message, Update

from channels.chat.telegram.api_peer import BotApi, problems
from channels.chat.telegram.api_peer.problems import Answer
from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem, open_session
from core.testing.channel_rig import eventually
from tests.channels.chat.telegram.conftest import JPEG, make_settings

Call = Callable[..., Any]


@pytest.fixture
async def session(api: BotApi) -> Any:
    async with open_session(make_settings(api)) as session:
        yield session


@pytest.fixture
def client(api: BotApi, session: aiohttp.ClientSession) -> Client:
    return Client(make_settings(api, request_seconds=1.0), session)


def play(api: BotApi) -> None:
    """Everything that citizens can do."""
    world = api.world
    ratna = world.citizen("Ratna", username="ratna_w")
    world.say(ratna, "/start LANJUT-42")
    first = world.say(ratna, "Jalan 🕳 rusak, lihat https://contoh.id @lapor_bot")
    world.edit(first, "Jalan rusak parah")
    world.photo(ratna, JPEG, caption="Foto")
    world.album(ratna, [JPEG, JPEG], caption="Album")
    world.document(ratna, b"%PDF-1.4", name="surat.pdf", kind="application/pdf")
    world.voice(ratna, b"OggS")
    world.bring("message", world.message(ratna, location={"latitude": -6.2, "longitude": 106.8}))
    group = world.group("Warga RT 5")
    world.say(ratna, "/lapor@lapor_bot banjir", chat=group)
    sent = world.answer(ratna, "Pilih", reply_to=0, choices=[("Ya", "YA")], fields={})
    world.press(ratna, world.sent[-1], "Ya")
    world.say(ratna, "setuju", reply_to=sent["message_id"])
    world.block(ratna)
    world.block(ratna, blocked=False)


def test_python_telegram_bot_reads_every_update(api: BotApi) -> None:
    play(api)

    read = Update.de_list(api.world.updates, Bot(api.token))

    assert len(read) == 14
    texts = [update.message for update in read if update.message]
    assert texts[1].parse_entities(["mention"]) == {texts[1].entities[0]: "@lapor_bot"}
    assert [len(message.photo) for message in texts if message.media_group_id] == [3, 3]
    assert read[9].message
    assert read[9].message.chat.type == "group"
    assert read[10].callback_query
    assert read[10].callback_query.data == "YA"
    assert isinstance(read[11].message, Message)
    assert read[11].message.reply_to_message
    assert read[12].my_chat_member
    assert read[12].my_chat_member.new_chat_member.status == "kicked"
    assert not any(update.api_kwargs for update in read)


async def test_updates_are_given_from_the_offset_on_and_then_forgotten(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")
    for text in ("satu", "dua", "tiga"):
        api.world.say(ratna, text)
    numbers = [update["update_id"] for update in api.world.updates]

    two = await client.updates(offset=0, most=2, wait=0)
    again = await client.updates(offset=numbers[1], most=100, wait=0)

    assert [one["update_id"] for one in two] == numbers[:2]
    assert [one["update_id"] for one in again] == numbers[1:]
    assert len(api.world.updates) == 2


async def test_a_long_poll_ends_with_the_first_update(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")
    waiting = asyncio.create_task(client.updates(offset=0, most=100, wait=1))
    await eventually(lambda: len(api.calls) == 1, "it asks")

    api.world.say(ratna, "satu")

    assert len(await waiting) == 1


async def test_two_cannot_ask_at_once_nor_beside_a_webhook(api: BotApi, client: Client) -> None:
    first = asyncio.create_task(client.updates(offset=0, most=100, wait=1))
    await eventually(lambda: len(api.calls) == 1, "it asks")
    second = asyncio.create_task(client.updates(offset=0, most=100, wait=1))

    with pytest.raises(Problem) as caught:
        await first

    assert caught.value.status == 409
    assert caught.value.says("terminated by other getupdates")
    await second
    api.hook.url = "http://127.0.0.1:1/"
    with pytest.raises(Problem) as hooked:
        await client.updates(offset=0, most=100, wait=0)
    assert hooked.value.says("while webhook is active")


async def test_a_message_arrives_with_its_buttons_and_without_a_preview(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")

    number = await client.send(str(ratna), "Lanjutkan *laporan* <b>tadi</b>?", choices=[("Ya", "YA"), ("Baru", "BARU")])

    sent = api.world.sent[0]
    assert (sent.id, sent.chat, sent.text) == (number, ratna, "Lanjutkan *laporan* <b>tadi</b>?")
    assert sent.choices == (("Ya", "YA"), ("Baru", "BARU"))
    assert sent.fields["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in sent.fields


REFUSALS = {
    "blocked": (problems.BLOCKED, 403),
    "deactivated": (problems.DEACTIVATED, 403),
    "no_chat": (problems.NO_CHAT, 400),
    "token": (problems.UNAUTHORIZED, 401),
}


@pytest.mark.parametrize(("answer", "status"), REFUSALS.values(), ids=REFUSALS)
async def test_refusals_are_told_apart_by_status_and_words(
    api: BotApi, client: Client, answer: Answer, status: int
) -> None:
    api.refuse(answer, method="sendMessage")

    with pytest.raises(Problem) as caught:
        await client.send("777", "Halo")

    assert caught.value.status == status
    assert caught.value.says(answer[1]["description"].lower())


async def test_what_nobody_may_be_written_is_refused_by_itself(api: BotApi, client: Client) -> None:
    new, gone = api.world.citizen("Budi", starts=False), api.world.citizen("Siti")
    api.world.block(gone)
    group = api.world.group("RT 5")
    moved = api.world.migrate(group)
    known = api.world.citizen("Ratna")
    said: list[tuple[str, str]] = [(str(new), "x"), (str(gone), "x"), ("5", "x"), (str(known), "🙂" * 2049)]

    found = [await _refused(client, chat, text) for chat, text in said]

    assert [one.status for one in found] == [403, 403, 400, 400]
    assert found[0].says("can't initiate")
    assert found[1].says("blocked")
    assert found[3].says("too long")
    assert (await _refused(client, str(group), "x")).migrated_to == str(moved)
    assert (await _refused(client, str(known), "x", choices=[("Ya", "y" * 65)])).says("button_data_invalid")


async def _refused(client: Client, chat: str, text: str, **more: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await client.send(chat, text, **more)
    return caught.value


async def test_a_limit_says_how_long_and_for_whom(api: BotApi, client: Client) -> None:
    ratna, budi = api.world.citizen("Ratna"), api.world.citizen("Budi")
    api.throttle(17, chat=ratna)

    refused = await _refused(client, str(ratna), "x")

    assert (refused.status, refused.retry_after) == (429, 17)
    assert await client.send(str(budi), "x")


async def test_pages_silence_and_cut_lines_leave_it_open(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")
    faults: list[Call] = [
        lambda: api.overload(method="sendMessage", times=1),
        lambda: api.go_silent(method="sendMessage"),
        api.cut_after_sending,
    ]

    for fault in faults:
        fault()
        with pytest.raises(NoAnswer):
            await client.send(str(ratna), "x")
        api.recover()

    assert len(api.world.sent) == 1, "only the line that was cut carried it"


async def test_a_late_answer_is_for_what_is_out_already(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")
    api.answer_late(5)

    with pytest.raises(NoAnswer):
        await client.send(str(ratna), "x")

    assert [sent.chat for sent in api.world.sent] == [ratna]


async def test_nobody_there_is_surely_not_sent(api: BotApi, client: Client) -> None:
    await api.stop()

    with pytest.raises(NoConnection):
        await client.send("777", "x")


async def test_files_are_given_by_their_id_up_to_20_megabytes(api: BotApi, client: Client) -> None:
    ratna = api.world.citizen("Ratna")
    photo = api.world.photo(ratna, JPEG)["photo"][-1]
    film = api.world.document(ratna, b"x", name="a.mp4", kind="video/mp4", file_size=21 << 20)["document"]

    async with client.open_file(photo["file_id"], seconds=5) as (size, content):
        whole = b"".join([piece async for piece in content])

    assert (size, whole) == (len(JPEG), JPEG)
    with pytest.raises(Problem) as caught:
        async with client.open_file(film["file_id"], seconds=5):
            pass
    assert caught.value.says("file is too big")


async def test_a_group_shows_only_what_is_said_to_the_bot(api: BotApi) -> None:
    ratna, group = api.world.citizen("Ratna"), api.world.group("RT 5")
    ours = api.world.answer(group, "Halo", reply_to=0, choices=[], fields={})

    api.world.say(ratna, "Selamat pagi semua", chat=group)
    api.world.say(ratna, "/lapor@other_bot x", chat=group)
    api.world.say(ratna, "/lapor@lapor_bot x", chat=group)
    api.world.say(ratna, "ya", chat=group, reply_to=ours["message_id"])

    assert [update["message"]["text"] for update in api.world.updates] == ["/lapor@lapor_bot x", "ya"]
