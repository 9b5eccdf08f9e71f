"""E-mail keeps the channel contract."""

import asyncio
import base64
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from channels.email import CHANNEL
from channels.email.adapter import EmailChannel
from core.model.secret import Secret
from core.testing.channel_kit import contract
from core.testing.channel_rig import Handle, Sample, Sent, Told, eventually
from core.testing.fakes import RecordingIntake
from tests.certificates import server_context
from tests.channels.email.conftest import make_settings
from tests.channels.email.receiving.clients import SmtpClient
from tests.channels.email.relay_peer import RelayPeer, Taken

NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500))
TOLD = {"2": Told.ACCEPTED, "4": Told.BUSY, "5": Told.REFUSED}
PASSWORD = "Rhs#1708@!"
QUOTED = "Rhs%231708%40!"


class Brought:
    """A mail on its way; the connection is its own."""

    def __init__(self, rig: "EmailRig", octets: bytes, sender: str) -> None:
        self.octets, self.sender, self.told = octets, sender, Told.NOTHING
        self.task = asyncio.create_task(self._bring(rig.port))
        rig.tasks.append(self.task)

    async def _bring(self, port: int) -> None:
        with contextlib.suppress(OSError, AssertionError, TimeoutError):
            async with SmtpClient(port) as client:
                answer = await client.bring(self.octets, sender=self.sender)
                self.told = TOLD.get(answer[:1], Told.NOTHING)


class EmailRig:
    """The channel and a relay that asks for TLS and a log-in."""

    def __init__(self, relay: RelayPeer, certificate: Path) -> None:
        self.intake = RecordingIntake()
        self.citizens = ("ratna.wulandari@contoh.id", "budi.santoso@contoh.id")
        self.secrets = (PASSWORD, QUOTED)
        self.relay = relay
        self.channel: EmailChannel
        self.port = free_port()
        self._certificate = certificate
        self._task: asyncio.Task[None] | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self._seen = 0

    async def start(self) -> None:
        url = Secret(f"smtp://lapor:{QUOTED}@127.0.0.1:{self.relay.port}")
        self.channel = EmailChannel(
            make_settings(relay_url=url, tls_ca_file=str(self._certificate), listen_port=self.port)
        )
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
        await asyncio.gather(*self.tasks)

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, make_settings())

    async def bring(self, sample: Sample) -> Handle:
        return Brought(self, write_letter(sample, sender=self.citizens[sample.who]), self.citizens[sample.who])

    async def bring_again(self, handle: Handle) -> Handle:
        assert isinstance(handle, Brought)
        return Brought(self, b"Received: from mx2.contoh.id by mx.lapor.go.id; \r\n" + handle.octets, handle.sender)

    async def bring_garbage(self) -> None:
        async with SmtpClient(self.port) as client:
            client.say(bytes(range(256)) * 40 + b"\r\n")
        for octets in (bytes(range(256)) * 40, NESTED, b"Content-Type: multipart/mixed\r\n" * 3000, b"", b"\xff" * 99):
            brought = Brought(self, octets + b"\r\n", self.citizens[0])
            await asyncio.wait_for(brought.task, 10)

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


def write_letter(sample: Sample, *, sender: str) -> bytes:
    """As a mail program writes it: eight bits, and files in base64."""
    words = sample.text.replace("\n", "\r\n").encode("utf-8", "surrogatepass") + b"\r\n"
    head = f"From: {sender}\r\nTo: lapor@lapor.go.id\r\nMessage-ID: <{secrets.token_hex(8)}@contoh.id>\r\n".encode()
    text = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + words
    head += b"Subject: Laporan\r\nMIME-Version: 1.0\r\n"
    if not sample.files:
        return head + text
    image = b"\r\n--b\r\nContent-Type: image/jpeg; name=foto.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    files = b"".join(image + base64.encodebytes(file).replace(b"\n", b"\r\n") for file in sample.files)
    return head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + text + files + b"--b--\r\n"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def id_of(mail: Taken) -> str:
    """The reply's id, as it stands in front of the domain."""
    name: str = mail.letter["Message-ID"].strip("<>").partition("@")[0]
    return name


class TestContract(contract(CHANNEL.capabilities, brings_files=True)):  # type: ignore[misc]
    """email keeps the channel contract."""

    @pytest.fixture
    async def rig(self, certificate: Path) -> AsyncIterator[EmailRig]:
        async with RelayPeer(login=("lapor", PASSWORD), tls=server_context(certificate)) as relay:
            rig = EmailRig(relay, certificate)
            yield rig
            await rig.stop()
