"""Telegram: a bot that takes reports in private chats and, where it is addressed, from groups. See README.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from yarl import URL

from channels.chat.telegram.adapter import CAPABILITIES, TelegramChannel, manner, routes
from channels.chat.telegram.reading.mapping import CONNECTION, KIND, read_text
from channels.chat.telegram.settings import TELEGRAM, TelegramSettings
from channels.spec import ChannelSpec, Finding
from core.channel import Channel

PORTS: Final = (443, 80, 88, 8443)
"""Telegram brings updates to no others."""


def connections(settings: TelegramSettings) -> Mapping[str, Callable[[], Channel]]:
    """The bot, where there is a token."""
    return {CONNECTION: partial(TelegramChannel, settings)} if settings.token else {}


def endpoints(settings: TelegramSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of the Bot API."""
    url = URL(settings.base_url or TELEGRAM)
    return {CONNECTION: (url.host or "", url.port or 443)} if settings.token else {}


def examine(settings: TelegramSettings) -> Sequence[Finding]:
    """What keeps Telegram from bringing updates."""
    if not settings.token or settings.mode != "webhook":
        return ()
    subject, url = "telegram: webhook", URL(settings.hook)
    if url.scheme != "https" and not settings.base_url:
        remedy = 'give http.public_url or telegram.webhook_url an address with https, or use mode = "poll"'
        return (Finding(subject, "Telegram brings updates to https addresses only", remedy),)
    if not settings.base_url and (url.port or 443) not in PORTS:
        remedy = f"use one of the ports {', '.join(map(str, PORTS))}"
        return (Finding(subject, f"Telegram does not bring updates to port {url.port}", remedy),)
    return (Finding(subject, f"Telegram brings updates to {url}"),)


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=TelegramSettings,
    capabilities=CAPABILITIES,
    read=read_text,
    derives={"webhook_secret": "telegram-webhook", "id_key": "telegram-ids"},
    links="webhook_url",
    says={"group_taken": "telegram_group_taken", "group_in_private": "telegram_group_in_private"},
    connections=connections,
    endpoints=endpoints,
    examine=examine,
    routes=routes,
    manner=manner,
)
