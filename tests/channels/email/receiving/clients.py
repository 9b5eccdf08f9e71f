"""A client that brings mail over a socket, command by command, and a server for it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

from channels.email.letter.model import Envelope
from channels.email.receiving.smtp.house import House
from channels.email.receiving.smtp.limits import Room
from channels.email.receiving.smtp.server import Server
from channels.email.settings import EmailSettings

SETTINGS: dict[str, Any] = {"listen_port": 0, "addresses": ("lapor@lapor.go.id",)}
MAIL = b"From: siti@contoh.id\r\nSubject: Jalan rusak\r\n\r\nJalan Merdeka berlubang.\r\n"


class SmtpClient:
    """``async with SmtpClient(port) as client``; ``greeting`` is what the server said first."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.greeting = ""
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        await self.connect()
        self.greeting = await self.hear()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.hang_up()

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def hear(self) -> str:
        """One answer, all its lines; empty when the server hung up."""
        lines: list[str] = []
        async with asyncio.timeout(5):
            while not lines or lines[-1][3:4] == "-":
                line = (await self.reader.readline()).decode()
                if not line:
                    break
                lines.append(line.rstrip("\r\n"))
        return "\n".join(lines)

    def say(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def ask(self, command: str) -> str:
        self.say(command.encode() + b"\r\n")
        return await self.hear()

    async def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS."""
        assert (await self.ask("STARTTLS")).startswith("220")
        await self.writer.start_tls(context)
        self.reader._transport = self.writer.transport  # type: ignore[attr-defined]

    async def begin(self, *recipients: str, sender: str = "siti@contoh.id", hello: str = "EHLO mx.contoh.id") -> str:
        """Everything up to the answer to DATA."""
        assert (await self.ask(hello)).startswith("250")
        assert (await self.ask(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients or ("lapor@lapor.go.id",):
            assert (await self.ask(f"RCPT TO:<{recipient}>")).startswith("250")
        return await self.ask("DATA")

    async def bring(self, mail: bytes = MAIL, *recipients: str, **options: str) -> str:
        """A whole mail; the answer to its dot."""
        assert (await self.begin(*recipients, **options)).startswith("354")
        self.say(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return await self.hear()


class Taker:
    """Takes mails as it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, Envelope]] = []
        self.answer: Callable[[], Awaitable[str]] | str = "250 2.0.0 Ok"

    async def __call__(self, raw: bytes, envelope: Envelope) -> str:
        self.taken.append((raw, envelope))
        return self.answer if isinstance(self.answer, str) else await self.answer()


@contextlib.asynccontextmanager
async def listening(
    taker: Taker, *, tls: ssl.SSLContext | None = None, **changes: Any
) -> AsyncIterator[tuple[Server, int]]:
    """A server and its port."""
    settings = EmailSettings(**(SETTINGS | changes))
    server = Server(House(settings, name="mx.lapor.go.id", take=taker, room=Room(settings.max_in_flight), tls=tls))
    await server.open()
    try:
        yield server, server.port
    finally:
        await server.close()
