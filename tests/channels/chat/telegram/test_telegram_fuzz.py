"""Whatever Telegram, or who pretends to be it, may send: mapping never raises, and nothing that is ours gets lost."""

import copy
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.chat.telegram.api_peer import BotApi
from channels.chat.telegram.reading.mapping import Bot, map_update, read_text
from channels.chat.telegram.reading.presses import buttons, pressed_words
from core.model.message import Choice
from tests.channels.chat.telegram.test_telegram_api_peer import play

BOT = Bot("1708170817", "lapor_bot", b"key")
NOW = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        "message edited_message callback_query my_chat_member channel_post chat from id type text caption entities "
        "offset length url date edit_date message_id photo document file_id file_size width location latitude "
        "media_group_id data reply_to_message reply_markup inline_keyboard forward_origin sender_chat venue poll "
        "options quote update_id",
    )
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["private", "group", "/start x", "@lapor_bot", "/lapor@lapor_bot", "\ud83d", "~1"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)


def check(update: Any) -> None:
    """What holds of every update."""
    mapped = map_update(update, bot=BOT, now=NOW)
    message = mapped.message
    if message is None:
        return
    assert message == map_update(update, bot=BOT, now=NOW).message, "a repeat is the same message"
    assert 0 < len(message.external_id) <= 200
    assert message.external_id.isprintable()
    assert message.raw
    assert message.received_at.utcoffset() is not None
    assert message.received_at <= NOW
    for words in (message.text, message.context, message.place, message.group):
        words.encode()
        assert "\0" not in words
    if not message.unreadable and message.origin == "person":
        assert read_text([message.raw], None) == message.text
    assert len(message.wanted) <= 6
    json.dumps(dict(message.route))


@given(VALUES)
@settings(max_examples=300)
def test_mapping_never_raises(value: Any) -> None:
    check(value)


@given(st.data())
@settings(max_examples=400)
def test_sound_updates_with_one_thing_changed_never_raise(data: st.DataObject) -> None:
    update = copy.deepcopy(data.draw(st.sampled_from(SOUND)))
    owner: Any = update
    while True:
        key = data.draw(st.sampled_from(sorted(owner))) if isinstance(owner, dict) else data.draw(_index(owner))
        if not isinstance(owner[key], dict | list) or not owner[key] or data.draw(st.booleans()):
            break
        owner = owner[key]
    if data.draw(st.booleans()) and isinstance(owner, dict):
        del owner[key]
    else:
        owner[key] = data.draw(VALUES)

    check(update)


def _index(owner: list[Any]) -> st.SearchStrategy[int]:
    return st.integers(0, len(owner) - 1)


def _sound() -> list[Any]:
    api = BotApi()
    play(api)
    return api.world.updates


SOUND = _sound()


@pytest.mark.parametrize("update", SOUND, ids=range(len(SOUND)))
def test_every_sound_update_is_read(update: Any) -> None:
    mapped = map_update(update, bot=BOT, now=NOW)

    assert mapped.number == update["update_id"]
    assert mapped.message is not None
    assert not mapped.message.unreadable


@given(st.lists(st.builds(Choice, st.text(min_size=1), st.text()), min_size=1, max_size=10))
def test_any_choice_fits_and_comes_back(choices: list[Choice]) -> None:
    shown = buttons(choices)

    rows = [[{"text": label, "callback_data": data}] for label, data in shown]
    for label, data in shown:
        assert 0 < len(data.encode("utf-8", "replace")) <= 64
        assert 0 < len(label) <= 64
        pressed_words({"data": data, "message": {"reply_markup": {"inline_keyboard": rows}}})


def test_deep_and_large_updates_take_no_longer_than_they_are(api: BotApi) -> None:
    ratna = api.world.citizen("Ratna")
    deep: Any = {}
    for _ in range(400):
        deep = {"reply_to_message": deep, "text": "x"}
    entities = [{"type": "text_link", "offset": 0, "length": 1, "url": "https://x.id/" + "a" * 2000}] * 100
    api.world.say(ratna, "@" * 4096, reply_to_message=deep, entities=entities)

    check(api.world.updates[-1])
