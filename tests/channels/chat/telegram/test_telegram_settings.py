"""Settings of Telegram: what is refused at the start, what is found by doctor, and what follows from them."""

from datetime import timedelta
from typing import Any

import pytest

from channels.chat.telegram import CHANNEL
from channels.chat.telegram.settings import TelegramSettings
from core.model.secret import Secret

TOKEN = "1708170817:AAEscriptedBotApiTokenOnLoopback_42"
HOOK: dict[str, Any] = {"token": Secret(TOKEN), "mode": "webhook"}


def test_without_a_token_nothing_is_opened() -> None:
    settings = TelegramSettings(mode="webhook")

    assert not CHANNEL.connections(settings)
    assert not CHANNEL.endpoints(settings)
    assert not CHANNEL.routes(settings, None, None)  # type: ignore[arg-type]
    assert not CHANNEL.examine(settings)


def test_who_asks_for_updates_is_brought_none() -> None:
    assert not CHANNEL.routes(TelegramSettings(token=Secret(TOKEN)), None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"token": Secret("abc")}, "token"),
        ({"token": Secret(f"{TOKEN} ")}, "token"),
        ({"webhook_secret": Secret("short")}, "webhook_secret"),
        ({"webhook_secret": Secret("with a blank in the middle")}, "webhook_secret"),
        ({"base_url": "api.telegram.org"}, "base_url"),
        ({"webhook_url": "ftp://lapor.example.go.id"}, "webhook_url"),
    ],
    ids=range(6),
)
def test_what_cannot_work_is_refused_and_shows_no_secret(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=key) as caught:
        TelegramSettings(**changes)

    given = next(iter(changes.values()))
    assert not isinstance(given, Secret) or given.reveal() not in str(caught.value)


def test_the_bot_is_known_by_its_token_while_telegram_is_down() -> None:
    assert TelegramSettings(token=Secret(TOKEN)).bot_id == "1708170817"


FOUND: dict[str, tuple[dict[str, Any], str]] = {
    "no https": ({"webhook_url": "http://lapor.example.go.id/"}, "https"),
    "port": ({"webhook_url": "https://lapor.example.go.id:9443/"}, "8443"),
    "well": ({"webhook_url": "https://lapor.example.go.id/"}, ""),
    "loopback": ({"webhook_url": "http://127.0.0.1:8080", "base_url": "http://127.0.0.1:1"}, ""),
}


@pytest.mark.parametrize(("changes", "remedy"), FOUND.values(), ids=FOUND)
def test_doctor_says_whether_telegram_can_bring_updates(changes: dict[str, Any], remedy: str) -> None:
    (found,) = CHANNEL.examine(TelegramSettings(**HOOK, **changes))

    assert bool(found.remedy) is bool(remedy)
    assert remedy in found.remedy
    assert TOKEN not in f"{found}"


def test_the_bot_talks_as_the_settings_say() -> None:
    manner = CHANNEL.manner(TelegramSettings(pause_seconds=2.5, remind_minutes=0))

    assert manner is not None
    assert (manner.is_chat, manner.pause, manner.remind_after) == (True, timedelta(seconds=2.5), None)
