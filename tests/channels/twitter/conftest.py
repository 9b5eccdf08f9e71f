"""A scripted X API on loopback, and the channel wired to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.twitter.adapter import TwitterChannel
from channels.twitter.api_peer import XApi
from channels.twitter.settings import TwitterSettings
from core.model.message import Address, Outbound
from core.model.secret import Secret
from core.testing.channel_rig import eventually
from core.testing.fakes import RecordingIntake

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 40 + b"\xff\xd9"


def make_settings(x: XApi | None = None, **changes: Any) -> TwitterSettings:
    """Settings for the scripted API with the short waits of a test."""
    keys = x.keys if x else None
    values: dict[str, Any] = {
        "base_url": x.url if x else "",
        "handle": "lapor1708",
        "bearer_token": Secret(keys.bearer_token if keys else "token"),
        "poll_seconds": 0.02,
        "request_seconds": 2.0,
        "back_off_max_seconds": 0.1,
    }
    if keys:
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        values |= {name: Secret(getattr(keys, name)) for name in names}
    return TwitterSettings(**(values | changes))


class Running:
    """The channel as the gateway runs it."""

    def __init__(self, settings: TwitterSettings, intake: RecordingIntake) -> None:
        self.intake = intake
        self.channel = TwitterChannel(settings)
        self._task = asyncio.create_task(self.channel.receive(intake))

    async def up(self) -> None:
        """X answered."""

        async def is_up() -> bool:
            return (await self.channel.health()).up

        await eventually(is_up, "the channel reaches X")

    async def taken(self, count: int) -> None:
        """So many messages are committed."""
        await eventually(lambda: len(self.intake.committed) >= count, f"{count} messages are committed")

    async def says(self, words: str) -> None:
        """Health holds these words."""

        async def holds() -> bool:
            return words in (await self.channel.health()).detail

        await eventually(holds, f"health says '{words}'")

    async def stop(self) -> None:
        """As the gateway does."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


class Run:
    """Starts channels, and ends them with the test."""

    def __init__(self, x: XApi) -> None:
        self._x = x
        self.started: list[Running] = []

    def __call__(self, intake: RecordingIntake | None = None, **changes: Any) -> Running:
        """One with these settings."""
        values = {name: Secret(value) if name in SECRETS else value for name, value in changes.items()}
        self.started.append(Running(make_settings(self._x, **values), intake or RecordingIntake()))
        return self.started[-1]


SECRETS = frozenset({"bearer_token", "consumer_key", "consumer_secret", "access_token", "access_token_secret"})


def make_reply(text: str = "Laporan 4821 093 756 kami terima.", **changes: Any) -> Outbound:
    """A reply to somebody who mentioned the account."""
    values: dict[str, Any] = {
        "id": "0193f1a2b3c47d5e8f90a1b2c3d4e5f6",
        "channel": "twitter",
        "connection": "main",
        "to": Address("x", "77"),
        "text": text,
        "route": {"tweet": "1900000000000000001", "author": "77", "mentions_us": "1"},
    }
    return Outbound(**(values | changes))


@pytest.fixture
async def x() -> AsyncIterator[XApi]:
    async with XApi() as x:
        yield x


@pytest.fixture
async def run(x: XApi) -> AsyncIterator[Run]:
    run = Run(x)
    yield run
    for running in run.started:
        await running.stop()
