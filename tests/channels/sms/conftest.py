"""An operator's SMSC on loopback with the channel bound to it, and PDUs written by hand."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.sms.adapter import SmsChannel
from channels.sms.content import read_text
from channels.sms.settings import OperatorSettings, SmsSettings
from channels.sms.smsc import Smsc
from core.model.message import Address, Inbound, Lane, Outbound
from core.model.secret import Secret
from core.testing.fakes import RecordingIntake

CITIZEN = "6281234567890"


def make_operator(port: int = 2775, **changes: Any) -> OperatorSettings:
    """Settings of ``telkomsel`` with the short waits of a test."""
    values: dict[str, Any] = {
        "name": "telkomsel",
        "host": "127.0.0.1",
        "port": port,
        "system_id": "lapor",
        "password": Secret("secret"),
        "reconnect_min_seconds": 0.02,
        "reconnect_max_seconds": 0.1,
        "response_seconds": 2.0,
        "leave_seconds": 0.5,
    }
    return OperatorSettings(**(values | changes))


def make_reply(text: str, **changes: Any) -> Outbound:
    """A reply to the citizen."""
    values: dict[str, Any] = {
        "id": "0193f1a2b3c47d5e8f90a1b2c3d4e5f6",
        "channel": "sms",
        "connection": "telkomsel",
        "to": Address("tel", CITIZEN),
        "text": text,
        "route": {"short_code": "1708"},
        "lane": Lane.ORDINARY,
    }
    return Outbound(**(values | changes))


class Clock:
    """The wall clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def __call__(self) -> int:
        return time.time_ns() + self.ahead_ns

    def advance(self, seconds: float) -> None:
        self.ahead_ns += int(seconds * 1e9)


@dataclass
class Bound:
    """A channel at work against an SMSC."""

    smsc: Smsc
    channel: SmsChannel
    operator: OperatorSettings
    intake: RecordingIntake
    task: asyncio.Task[None] = field(repr=False)
    clock: Clock = field(repr=False)

    @property
    def taken(self) -> list[Inbound]:
        return self.intake.committed

    def read(self, *raws: bytes | None) -> str:
        return read_text(raws, SmsSettings(operators=(self.operator,)))

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def until_up(self) -> None:
        await eventually(self._is_up)

    async def until_down(self) -> None:
        await eventually(self._is_down)

    async def _is_up(self) -> bool:
        return (await self.channel.health()).up

    async def _is_down(self) -> bool:
        return not await self._is_up()


async def eventually(condition: Callable[[], Any], *, limit: float = 5.0) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(limit):
        while True:
            result = condition()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.002)


Bind = Callable[..., AbstractAsyncContextManager[Bound]]


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc() as smsc:
        yield smsc


@pytest.fixture
def bind() -> Bind:
    """``async with bind(smsc, key=value) as bound``: a channel with these settings, bound."""

    @asynccontextmanager
    async def bind(smsc: Smsc, *, intake: RecordingIntake | None = None, **settings: Any) -> AsyncIterator[Bound]:
        operator = make_operator(smsc.port, **settings)
        clock = Clock()
        channel, intake = SmsChannel(operator, time_ns=clock), intake or RecordingIntake()
        task = asyncio.create_task(channel.receive(intake))
        bound = Bound(smsc, channel, operator, intake, task, clock)
        try:
            await bound.until_up()
            yield bound
        finally:
            await bound.stop()

    return bind


@pytest.fixture
async def bound(smsc: Smsc, bind: Bind) -> AsyncIterator[Bound]:
    async with bind(smsc) as bound:
        yield bound
