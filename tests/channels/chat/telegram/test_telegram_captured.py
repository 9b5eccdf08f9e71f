"""Updates as Telegram sends them (``fixtures/README.md``): what becomes of each."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Bot as TheirBot
from telegram import Update

from channels.chat.telegram.reading.mapping import Bot, Mapped, Say, map_update, message_id
from core.model.message import Origin
from tests.channels.chat.telegram.test_telegram_fuzz import check

FOLDER = Path(__file__).parent / "fixtures"
BOT = Bot("1708170817", "lapor_bot", b"key")
NOW = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
FILES = sorted(path.stem for path in FOLDER.glob("*.json"))


def mapped(name: str) -> Mapped:
    return map_update(json.loads((FOLDER / f"{name}.json").read_text()), bot=BOT, now=NOW)


def text(name: str) -> str:
    message = mapped(name).message
    assert message is not None
    return message.text


@pytest.mark.parametrize("name", sorted(set(FILES) - {"start"}))
def test_python_telegram_bot_reads_it_too(name: str) -> None:
    update = json.loads((FOLDER / f"{name}.json").read_text())

    read = Update.de_json(update, TheirBot("1708170817:AAEscriptedBotApiTokenOnLoopback_42"))

    assert read.update_id == mapped(name).number
    check(update)


def test_words_are_found_wherever_they_stand() -> None:
    assert text("start") == "MULAI"
    assert text("photo_forwarded") == "🌊 Banjir di Kudus, baca di sini (https://contoh.id/banjir)"
    assert text("reply_with_quote") == "tolong ini"
    assert text("edited_caption") == "Banjir di Desa Jati Kudus"
    assert text("callback") == "KIRIM"


def test_the_largest_picture_is_wanted_whatever_its_place() -> None:
    message = mapped("photo_forwarded").message

    assert message is not None
    assert [file.reference for file in message.wanted] == ["AgACAgUAAxkBAAIFVy AQADy"]
    assert message.context.startswith("↪ Info Kudus (")


def test_an_edit_replaces_what_it_was() -> None:
    first, edit = mapped("photo_forwarded").message, mapped("edited_caption").message

    assert first is not None
    assert edit is not None
    assert edit.replaces == first.external_id
    assert edit.received_at == datetime.fromtimestamp(1761444100, UTC)


def test_a_topic_of_a_forum_is_no_answer_to_who_began_it() -> None:
    assert mapped("forum_topic").message is None


def test_what_another_member_said_is_context() -> None:
    message = mapped("reply_with_quote").message

    assert message is not None
    assert message.context == "> Lampu di gang mati."
    assert message.sender.value == "2222222"


def test_nobody_is_behind_an_anonymous_admin() -> None:
    aside = mapped("channel_anonymous").aside

    assert mapped("channel_anonymous").message is None
    assert aside is not None
    assert aside.say is Say.IN_PRIVATE


def test_what_is_not_said_is_settled_or_passed_over() -> None:
    kicked = mapped("kicked").message

    assert kicked is not None
    assert (kicked.origin, kicked.remark) == (Origin.ROBOT, "blocked")
    assert mapped("live_location").message is None


def test_a_spoken_answer_belongs_to_our_question() -> None:
    message = mapped("voice_reply").message

    assert message is not None
    assert message.belongs_to == (message_id(BOT.id, 1111111, 1300, key=BOT.key),)
    assert message.wanted[0].media_type == "audio/ogg"
    assert message.context == ""
