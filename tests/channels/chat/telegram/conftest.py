"""A scripted Bot API on loopback, the channel wired to it, and a web server of ours for its webhook."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import pytest
from aiohttp import web

from channels.chat.telegram import CHANNEL
from channels.chat.telegram.adapter import TelegramChannel
from channels.chat.telegram.api_peer import BotApi
from channels.chat.telegram.settings import HOOK, TelegramSettings
from core.desk import Desk
from core.model.message import Address, Outbound
from core.model.secret import Secret
from core.testing.channel_rig import eventually
from core.testing.fakes import RecordingIntake

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 40 + b"\xff\xd9"
SECRET = "webhook-secret-of-the-tests-1708"


def make_settings(api: BotApi | None = None, **changes: Any) -> TelegramSettings:
    """Settings for the scripted API with the short waits of a test."""
    values: dict[str, Any] = {
        "base_url": api.url if api else "",
        "token": Secret(api.token if api else ""),
        "webhook_secret": Secret(SECRET),
        "id_key": Secret("key-of-the-tests"),
        "poll_seconds": 1,
        "request_seconds": 2.0,
        "check_seconds": 0.05,
        "back_off_max_seconds": 0.1,
        "group_taken": "Terima kasih. Kami lanjutkan di percakapan pribadi.",
        "group_in_private": "Tulislah kepada kami di percakapan pribadi.",
    }
    return TelegramSettings(**(values | changes))


class Web:
    """The gateway's web server with the channel's route alone."""

    def __init__(self) -> None:
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def serve(self, settings: TelegramSettings, intake: RecordingIntake) -> None:
        """From now on, with this intake; on the same port as before."""
        await self.stop()
        app = web.Application()
        app.add_routes(CHANNEL.routes(settings, intake, NO_DESK))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Its connections are cut."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.serve(make_settings(), RecordingIntake())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def hook(self) -> str:
        """Where updates are brought."""
        return self.url + HOOK


class NoDesk:
    """The channel asks nothing of it."""


NO_DESK: Desk = NoDesk()  # type: ignore[assignment]


class Running:
    """The channel as the gateway runs it."""

    def __init__(self, settings: TelegramSettings, intake: RecordingIntake) -> None:
        self.intake = intake
        self.channel = TelegramChannel(settings)
        self._task = asyncio.create_task(self.channel.receive(intake))

    async def up(self) -> None:
        """Telegram answered."""

        async def is_up() -> bool:
            return (await self.channel.health()).up

        await eventually(is_up, "the channel reaches Telegram")

    async def taken(self, count: int) -> None:
        """So many messages are committed."""
        await eventually(lambda: len(self.intake.committed) >= count, f"{count} messages are committed", limit=20)

    async def says(self, words: str) -> None:
        """Health holds these words."""

        async def holds() -> bool:
            return words in (await self.channel.health()).detail

        await eventually(holds, f"health says '{words}'", limit=20)

    async def stop(self) -> None:
        """As the gateway does."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


class Run:
    """Starts channels, and ends them with the test."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self.started: list[Running] = []

    def __call__(self, intake: RecordingIntake | None = None, **changes: Any) -> Running:
        """One with these settings."""
        self.started.append(Running(make_settings(self._api, **changes), intake or RecordingIntake()))
        return self.started[-1]


def make_reply(user: int, text: str = "Laporan 4821 093 756 kami terima.", **changes: Any) -> Outbound:
    """A reply to somebody who wrote to the bot."""
    values: dict[str, Any] = {
        "id": "0193f1a2b3c47d5e8f90a1b2c3d4e5f6",
        "channel": "telegram",
        "connection": "main",
        "to": Address("tg", str(user)),
        "text": text,
        "route": {"chat": str(user)},
    }
    return Outbound(**(values | changes))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def site() -> AsyncIterator[Web]:
    async with Web() as site:
        yield site


@pytest.fixture
async def run(api: BotApi) -> AsyncIterator[Run]:
    run = Run(api)
    yield run
    for running in run.started:
        await running.stop()
