"""Telegram as a channel: the watch over updates, files, and replies."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from channels.chat.telegram.client import Client, open_session
from channels.chat.telegram.reading.words import units
from channels.chat.telegram.receiving.files import Fetcher
from channels.chat.telegram.receiving.standing import Standing
from channels.chat.telegram.receiving.watch import Watch
from channels.chat.telegram.sending.pace import make_pace
from channels.chat.telegram.sending.replies import LONGEST, MOST_CHOICES, Replies
from channels.chat.telegram.settings import TelegramSettings
from core.channel import Capabilities, Health, Intake
from core.desk import Desk
from core.model.message import Outbound
from core.model.network import Manner

if TYPE_CHECKING:
    from aiohttp import web

CAPABILITIES: Final = Capabilities(
    measure=units, max_length=LONGEST, per_second=30.0, choices=MOST_CHOICES, fetches_files=True
)


class TelegramChannel:
    """One bot. Nothing is asked before ``receive``."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._standing = Standing()
        self._pace = make_pace(settings)
        self._replies = Replies(settings, self._standing, self._pace)
        self._client: Client | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Those of Telegram."""
        return CAPABILITIES

    async def receive(self, intake: Intake) -> None:
        """Take updates and fetch files until cancelled."""
        async with open_session(self._settings) as session, asyncio.TaskGroup() as group:
            client = self._client = Client(self._settings, session)
            try:
                group.create_task(Fetcher(self._settings, client, intake).run(), name="telegram-files")
                await Watch(self._settings, client, intake, self._standing, group, self._pace).run()
            finally:
                self._client = None

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """A message in the private chat: its id."""
        return await self._replies.send(message, self._client)

    async def health(self) -> Health:
        """Up when Telegram answered the last time it was asked."""
        return self._standing.health()


def routes(settings: TelegramSettings, intake: Intake, _desk: Desk) -> "Sequence[web.RouteDef]":
    """Where updates are brought, with ``mode = "webhook"``."""
    if not settings.token or settings.mode != "webhook":
        return ()
    from channels.chat.telegram.receiving.webhook import Webhook  # noqa: PLC0415 - a process without web needs none

    return Webhook(settings, intake).routes()


def manner(settings: TelegramSettings) -> Manner:
    """How the bot talks."""
    remind = timedelta(minutes=settings.remind_minutes) if settings.remind_minutes else None
    return Manner(is_chat=True, pause=timedelta(seconds=settings.pause_seconds), remind_after=remind, files=True)
