"""E-mail keeps the channel contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from channels.email import CHANNEL
from channels.email.adapter import EmailChannel
from core.model.message import Address, Outbound
from core.model.secret import Secret
from core.testing.channel_kit import contract
from core.testing.channel_rig import Handle, Sample, Sent, eventually
from core.testing.fakes import RecordingIntake
from tests.certificates import server_context
from tests.channels.email.conftest import make_settings
from tests.channels.email.relay_peer import RelayPeer, Taken

PASSWORD = "Rhs#1708@!"
QUOTED = "Rhs%231708%40!"


class EmailRig:
    """The channel and a relay that asks for TLS and a log-in."""

    def __init__(self, relay: RelayPeer, certificate: Path) -> None:
        self.intake = RecordingIntake()
        self.citizens = ("ratna.wulandari@contoh.id", "budi.santoso@contoh.id")
        self.secrets = (PASSWORD, QUOTED)
        self.relay = relay
        self.channel: EmailChannel
        self._certificate = certificate
        self._task: asyncio.Task[None] | None = None
        self._seen = 0

    async def start(self) -> None:
        url = Secret(f"smtp://lapor:{QUOTED}@127.0.0.1:{self.relay.port}")
        self.channel = EmailChannel(make_settings(relay_url=url, tls_ca_file=str(self._certificate)))
        self._task = asyncio.create_task(self.channel.receive(self.intake))
        await eventually(self._is_decided, "the relay answers or refuses the log-in")

    async def _is_decided(self) -> bool:
        health = await self.channel.health()
        return health.up or "log-in" in health.detail

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, make_settings())

    async def bring(self, sample: Sample) -> Handle:
        raise AssertionError("no mail is received yet")

    async def bring_again(self, handle: Handle) -> Handle:
        raise AssertionError("no mail is received yet")

    async def bring_garbage(self) -> None:
        raise AssertionError("no mail is received yet")

    def address(self, who: int) -> Outbound:
        return Outbound("", "email", Address("mail", self.citizens[who]), "", connection="main")

    async def go_away(self) -> None:
        await self.relay.close()

    async def come_back(self) -> None:
        await self.relay.open()

    async def refuse_credentials(self) -> None:
        self.relay.refuse_logins()

    def take_sent(self) -> Sequence[Sent]:
        new, self._seen = self.relay.taken[self._seen :], len(self.relay.taken)
        return [Sent(id_of(mail), self.citizens.index(mail.recipient), mail.text) for mail in new]

    async def throttle(self, delay: timedelta) -> bool:
        self.relay.answer("MAIL", "451 4.7.1 Try again later")
        return False

    async def go_silent(self) -> None:
        self.relay.fall_silent_at("TEXT")

    async def receipt_for(self, external_id: str) -> None:
        raise AssertionError("relays send no receipts")


def id_of(mail: Taken) -> str:
    """The reply's id, as it stands in front of the domain."""
    name: str = mail.letter["Message-ID"].strip("<>").partition("@")[0]
    return name


class TestContract(contract(CHANNEL.capabilities, receives=False)):  # type: ignore[misc]
    """email keeps the channel contract, as far as it only sends."""

    @pytest.fixture
    async def rig(self, certificate: Path) -> AsyncIterator[EmailRig]:
        async with RelayPeer(login=("lapor", PASSWORD), tls=server_context(certificate)) as relay:
            rig = EmailRig(relay, certificate)
            yield rig
            await rig.stop()
