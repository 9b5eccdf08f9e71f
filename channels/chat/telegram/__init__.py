"""Telegram: a bot that takes reports in private chats and, where it is addressed, from groups. See README.md."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from yarl import URL

from channels.chat.telegram.adapter import CAPABILITIES, TelegramChannel, manner, routes
from channels.chat.telegram.reading.mapping import CONNECTION, KIND, read_text
from channels.chat.telegram.settings import TELEGRAM, TelegramSettings
from channels.spec import ChannelSpec
from core.channel import Channel


def connections(settings: TelegramSettings) -> Mapping[str, Callable[[], Channel]]:
    """The bot, where there is a token."""
    return {CONNECTION: partial(TelegramChannel, settings)} if settings.token else {}


def endpoints(settings: TelegramSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of the Bot API."""
    url = URL(settings.base_url or TELEGRAM)
    return {CONNECTION: (url.host or "", url.port or 443)} if settings.token else {}


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
    routes=routes,
    manner=manner,
)
