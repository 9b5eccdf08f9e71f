"""From updates to messages: what counts as said, by whom, and what is not for us."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.chat.telegram.api_peer import BotApi
from channels.chat.telegram.reading.mapping import Bot, Mapped, Say, map_update, message_id, read_text
from channels.chat.telegram.reading.presses import buttons
from channels.chat.telegram.reading.shapes import write_raw
from channels.chat.telegram.reading.words import units
from core.commands import read_command
from core.model.message import Address, Choice, Inbound, Mark, Origin, Verb
from tests.channels.chat.telegram.conftest import JPEG

BOT = Bot("1708170817", "lapor_bot", b"key")
NOW = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def api() -> BotApi:
    return BotApi()


@pytest.fixture
def ratna(api: BotApi) -> int:
    return api.world.citizen("Ratna")


def last(api: BotApi, bot: Bot = BOT) -> Mapped:
    return map_update(api.world.updates[-1], bot=bot, now=NOW)


def said(api: BotApi) -> Inbound:
    message = last(api).message
    assert message is not None
    return message


def test_a_text_is_a_message_of_its_writer(api: BotApi, ratna: int) -> None:
    made = api.world.say(ratna, "Lampu jalan mati 🕯")

    message = said(api)

    assert message.sender == Address("tg", str(ratna))
    assert message.text == "Lampu jalan mati 🕯"
    assert message.route == {"chat": str(ratna)}
    assert message.external_id == message_id(BOT.id, ratna, made["message_id"], key=BOT.key)
    assert str(ratna) not in message.external_id
    assert message.received_at == datetime.fromtimestamp(made["date"], UTC)
    assert read_text([message.raw], None) == message.text


COMMANDS = {
    "/start": ("MULAI", Verb.START),
    "/help": ("BANTUAN", Verb.HELP),
    "/stop": ("BERHENTI", Verb.STOP),
    "/status 4821093756": ("STATUS 4821093756", Verb.STATUS),
    "/status@lapor_bot 4821 093 756 1234": ("STATUS 4821 093 756 1234", Verb.STATUS),
    "/lapor jalan rusak": ("jalan rusak", None),
    "/lapor": ("LAPOR", None),
    "/start@lapor_bot": ("MULAI", Verb.START),
    "/ jalan": ("/ jalan", None),
    "/jalan_raya/rusak": ("/jalan_raya/rusak", None),
}


@pytest.mark.parametrize(("written", "expected"), COMMANDS.items(), ids=COMMANDS)
def test_commands_of_bots_are_the_words_of_every_channel(
    api: BotApi, ratna: int, written: str, expected: tuple[str, Verb | None]
) -> None:
    api.world.say(ratna, written)

    message = said(api)

    command = read_command(message.text)
    assert (message.text, command.verb if command else None) == expected


def test_a_link_with_a_code_goes_on_here(api: BotApi, ratna: int) -> None:
    api.world.say(ratna, "/start Kq7-x_9")

    message = said(api)

    assert message.text == "LANJUT Kq7-x_9"
    assert message.command is not None
    assert (message.command.verb, message.command.text) == (Verb.CONTINUE, "Kq7-x_9")


def test_an_edit_is_a_version_of_its_message_every_time(api: BotApi, ratna: int) -> None:
    made = api.world.say(ratna, "Jalan rusak")
    first = said(api)
    api.world.edit(made, "Jalan rusak parah")
    second = said(api)
    api.world.edit(made, "Jalan rusak sekali")
    third = said(api)

    assert {first.external_id} == {second.replaces, third.replaces}
    assert len({first.external_id, second.external_id, third.external_id}) == 3
    assert second.text == "Jalan rusak parah"


def test_the_largest_size_of_a_photo_is_wanted_by_its_id_alone(api: BotApi, ratna: int) -> None:
    made = api.world.photo(ratna, JPEG, caption="Jembatan putus")

    message = said(api)

    (file,) = message.wanted
    largest = made["photo"][-1]
    assert message.text == "Jembatan putus"
    assert file.reference == f"{largest['file_id']} {largest['file_unique_id']}"
    assert (file.size, file.media_type) == (len(JPEG), "image/jpeg")
    assert largest["file_id"] not in repr(message)


def test_an_album_is_one_group(api: BotApi, ratna: int) -> None:
    api.world.album(ratna, [JPEG] * 5, caption="Banjir")

    messages = [map_update(update, bot=BOT, now=NOW).message for update in api.world.updates]

    groups = {message.group for message in messages if message}
    assert len(messages) == 5
    assert len(groups) == 1
    assert "" not in groups


def test_documents_and_voices_are_wanted_with_a_clean_name(api: BotApi, ratna: int) -> None:
    api.world.document(ratna, b"%PDF", name="../../surat\u202efdp.pdf", kind="application/pdf")
    document = said(api)
    api.world.voice(ratna, b"OggS")
    voice = said(api)

    assert document.wanted[0].name == "suratfdp.pdf"
    assert voice.wanted[0].media_type == "audio/ogg"
    assert not document.marks
    assert not voice.marks


def test_a_spot_is_a_place_and_a_venue_says_its_name(api: BotApi, ratna: int) -> None:
    spot = {"latitude": -6.17539, "longitude": 106.82715}
    api.world.bring("message", api.world.message(ratna, location=spot))
    location = said(api)
    venue = {"location": spot, "title": "Monas", "address": "Jl. Medan Merdeka"}
    api.world.bring("message", api.world.message(ratna, venue=venue))

    assert (location.place, location.text) == ("-6.175390, 106.827150", "")
    assert (said(api).place, said(api).text) == (location.place, "Monas\nJl. Medan Merdeka")


INSTEAD: dict[str, tuple[dict[str, Any], str]] = {
    "contact": (
        {"contact": {"first_name": "Pak", "last_name": "RT", "phone_number": "+6281"}},
        "Pak RT\n+6281",
    ),
    "poll": ({"poll": {"question": "Setuju?", "options": [{"text": "Ya"}, {"text": "Tidak"}]}}, "Setuju?\nYa\nTidak"),
    "sticker": ({"sticker": {"emoji": "👍", "file_id": "x"}}, "👍"),
    "dice": ({"dice": {"emoji": "🎲", "value": 4}}, "🎲"),
}


@pytest.mark.parametrize(("fields", "words"), INSTEAD.values(), ids=INSTEAD)
def test_what_has_no_words_is_told_by_what_it_holds(
    api: BotApi, ratna: int, fields: dict[str, Any], words: str
) -> None:
    api.world.bring("message", api.world.message(ratna, **fields))

    assert said(api).text == words
    assert not said(api).marks


def test_what_cannot_be_read_is_marked_and_kept(api: BotApi, ratna: int) -> None:
    api.world.bring("message", api.world.message(ratna, story={"chat": {}, "id": 1}))

    message = said(api)

    assert message.marks == (Mark.UNREADABLE,)
    assert message.sender == Address("tg", str(ratna))
    assert b"story" in message.raw


def test_a_link_behind_words_is_written_out(api: BotApi, ratna: int) -> None:
    entity = {"type": "text_link", "offset": 3, "length": 4, "url": "https://contoh.id/a"}
    api.world.say(ratna, "🕳 foto di sini", entities=[entity])

    assert said(api).text == "🕳 foto (https://contoh.id/a) di sini"


def test_what_is_answered_and_passed_on_stands_around_the_words(api: BotApi, ratna: int) -> None:
    asked = api.world.answer(ratna, "Di mana?", reply_to=0, choices=[], fields={})
    api.world.say(ratna, "Di Kudus", reply_to=asked["message_id"])
    answer = said(api)
    origin = {"type": "hidden_user", "sender_user_name": "Budi", "date": 1735000000}
    api.world.say(ratna, "Ada pungli", forward_origin=origin)

    assert answer.belongs_to == (message_id(BOT.id, ratna, asked["message_id"], key=BOT.key),)
    assert answer.context == ""
    assert said(api).context == "↪ Budi (24-12-2024)"


def test_a_button_is_as_good_as_its_words(api: BotApi, ratna: int) -> None:
    long = Choice("Kirim laporan seperti ini", says="x" * 65)
    shown = buttons([Choice("Ya, lanjutkan", says="YA"), long, Choice("~a")])
    api.world.answer(ratna, "Lanjutkan?", reply_to=0, choices=shown, fields={})

    heard = []
    for label in ("Ya, lanjutkan", long.label, "~a"):
        query = api.world.press(ratna, api.world.sent[-1], label)
        mapped = last(api)
        assert mapped.aside is not None
        assert mapped.aside.callback == query
        heard.append(said(api).text)

    assert heard == ["YA", long.label, "~a"]
    assert all(len(data.encode()) <= 64 for _, data in shown)
    assert read_text([said(api).raw], None) == "~a"


GROUP_WORDS = {
    "/lapor@lapor_bot banjir": "banjir",
    "/lapor banjir": "banjir",
    "@Lapor_Bot banjir di Kudus": "banjir di Kudus",
    "Selamat pagi": None,
    "/lapor@other_bot banjir": None,
    "@other_bot banjir": None,
    "/start": None,
    "lapor banjir": None,
}


@pytest.mark.parametrize(("written", "words"), GROUP_WORDS.items(), ids=GROUP_WORDS)
def test_of_a_group_only_what_is_said_to_us_is_kept(api: BotApi, ratna: int, written: str, words: str | None) -> None:
    api.world.privacy = False
    group = api.world.group("Warga RT 5", kind="supergroup")
    made = api.world.say(ratna, written, chat=group)

    mapped = last(api)

    assert (mapped.message.text if mapped.message else None) == words
    if mapped.message and mapped.aside:
        assert mapped.message.route == {"chat": str(ratna)}, "the number and the PIN go to the private chat"
        assert (mapped.aside.chat, mapped.aside.reply_to) == (group, made["message_id"])
        assert mapped.aside.say is Say.TAKEN
    else:
        assert mapped.aside is None


def test_an_answer_to_us_in_a_group_is_said_to_us(api: BotApi, ratna: int) -> None:
    group = api.world.group("Warga RT 5")
    ours = api.world.answer(group, "Halo", reply_to=0, choices=[], fields={})
    api.world.say(ratna, "Ya", chat=group, reply_to=ours["message_id"])

    assert said(api).text == "Ya"


def test_who_hides_behind_a_group_or_a_channel_is_pointed_to_the_private_chat(api: BotApi, ratna: int) -> None:
    api.world.privacy = False
    group, channel = api.world.group("RT 5", kind="supergroup"), api.world.group("Kabar", kind="channel")
    hidden = api.world.message(ratna, chat=group, text="/lapor@lapor_bot x", sender_chat={"id": group})
    post = api.world.message(ratna, chat=channel, text="/lapor@lapor_bot x")
    del post["from"]

    found = []
    for kind, content in (("message", hidden), ("channel_post", post), ("channel_post", {**post, "text": "Kabar"})):
        api.world.bring(kind, content)
        found.append(last(api))

    assert [one.message for one in found] == [None, None, None]
    assert [one.aside.say if one.aside else None for one in found] == [Say.IN_PRIVATE, Say.IN_PRIVATE, None]


def test_without_our_name_a_group_that_names_a_bot_is_undecided(api: BotApi, ratna: int) -> None:
    group = api.world.group("RT 5")
    api.world.say(ratna, "/lapor@lapor_bot x", chat=group)

    unnamed = last(api, Bot(BOT.id, "", BOT.key))
    api.world.say(ratna, "Jalan rusak")

    assert unnamed.undecided
    assert unnamed.message is None
    assert not last(api, Bot(BOT.id, "", BOT.key)).undecided


def test_who_blocks_the_bot_is_noted_and_nothing_comes_of_it(api: BotApi, ratna: int) -> None:
    api.world.block(ratna)

    message = said(api)

    assert (message.origin, message.remark) == (Origin.ROBOT, "blocked")


def test_kinds_that_are_not_known_are_kept_and_settled(api: BotApi, ratna: int) -> None:
    api.world.inject({"business_connection": {"id": "x", "user": {"id": 1}}})
    unknown = said(api)
    api.world.bring("message", api.world.message(ratna, pinned_message={"message_id": 1}))

    assert (unknown.origin, unknown.remark) == (Origin.ROBOT, "business_connection")
    assert (said(api).origin, said(api).remark) == (Origin.ROBOT, "service")


def test_a_live_location_that_moves_is_not_kept_each_time(api: BotApi, ratna: int) -> None:
    made = api.world.message(ratna, location={"latitude": 1.0, "longitude": 2.0, "live_period": 900})
    api.world.bring("edited_message", made)

    assert last(api).message is None


BROKEN: list[Any] = [
    None,
    "text",
    {},
    {"update_id": True, "message": {}},
    {"update_id": 5},
    {"update_id": 5, "message": {"message_id": 1}},
    {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 1}}},
    {"update_id": 5, "message": {"message_id": "1", "chat": {"id": 1, "type": "private"}, "from": {"id": 1}}},
    {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "from": []}},
    {"update_id": 5, "callback_query": {"id": "7"}},
    {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 1 << 70, "type": "private"}, "from": {"id": 1}}},
]


@pytest.mark.parametrize("update", BROKEN, ids=range(len(BROKEN)))
def test_poison_is_parked_as_it_came(update: Any) -> None:
    mapped = map_update(update, bot=BOT, now=NOW)

    assert mapped.message is not None
    assert mapped.message.unreadable
    assert mapped.message.raw == write_raw(update)
    assert map_update(update, bot=BOT, now=NOW).message == mapped.message


def test_lengths_are_counted_in_utf_16() -> None:
    assert units("a🙂é") == 4
