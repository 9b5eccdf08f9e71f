"""A relay on loopback: aiosmtpd, which nobody here wrote, with faults as methods."""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.email.sorting.quotes import ABOVE_LINE

PEER_LOGS = ("mail.log", "mail.debug")
"""What aiosmtpd logs is the peer's, with addresses and all."""


@dataclass(frozen=True)
class Taken:
    """A mail the relay answered for."""

    sender: str
    recipient: str
    octets: bytes = field(repr=False)
    secure: bool = False

    @property
    def letter(self) -> EmailMessage:
        """Parsed by the standard library."""
        parsed = message_from_bytes(self.octets, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """What a reader of plain text sees, without the line over which answers are written."""
        body = self.letter.get_body(("plain",))
        assert body is not None
        shown: str = body.get_content().replace("\r\n", "\n").rstrip("\n")
        return shown.removeprefix(f"{ABOVE_LINE}\n\n")


class RelayPeer:
    """``async with RelayPeer() as relay``: it takes every mail, until told otherwise."""

    def __init__(self, *, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.taken: list[Taken] = []
        self.sessions = 0
        self.port = 0
        self._login = login
        self._tls = tls
        self._offers_tls = tls is not None
        self._answers: dict[str, str] = {}
        self._missing: set[str] = set()
        self._drops = ""
        self._silent_at = ""
        self._server: asyncio.Server | None = None
        self._transports: set[Any] = set()

    async def __aenter__(self) -> Self:
        for name in PEER_LOGS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        await self.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()
        for name in PEER_LOGS:
            logging.getLogger(name).setLevel(logging.NOTSET)

    async def open(self) -> None:
        """Listen, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut every session; nobody listens any more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Cut every session."""
        for transport in list(self._transports):
            transport.abort()
        self._transports.clear()

    def answer(self, command: str, status: str) -> None:
        """Answer ``command`` (``CONNECT``, ``MAIL``, ``RCPT``, ``DATA``, the text as ``TEXT``) with this."""
        self._answers[command] = status

    def has_no(self, address: str) -> None:
        """Nobody has this mailbox; the others stay."""
        self._missing.add(address)

    def heal(self) -> None:
        """No faults any more."""
        self._answers.clear()
        self._drops = self._silent_at = ""
        self._missing.clear()

    def drop_at(self, command: str) -> None:
        """Break the connection instead of answering."""
        self._drops = command

    def fall_silent_at(self, command: str) -> None:
        """Take it and never answer."""
        self._silent_at = command

    def hide_tls(self) -> None:
        """Offer no STARTTLS, as a man in the middle would."""
        self._offers_tls = False

    def refuse_logins(self) -> None:
        """The password is another one now."""
        self._login = ("nobody", "changed")

    def _protocol(self) -> SMTP:
        return _Server(self, tls=self._tls if self._offers_tls else None, needs_login=self._login is not None)

    def _knows(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def fault(self, server: SMTP, command: str) -> str:
        """The answer to give, empty for the usual one."""
        if self._silent_at == command:
            await asyncio.Event().wait()
        if self._drops == command and server.transport is not None:
            server.transport.abort()
        return self._answers.get(command, "")


class _Server(SMTP):
    def __init__(self, peer: RelayPeer, *, tls: ssl.SSLContext | None, needs_login: bool) -> None:
        super().__init__(
            _Handler(peer),
            hostname="relay.contoh.id",
            tls_context=tls,
            authenticator=peer._knows if needs_login else None,
            auth_required=needs_login and tls is not None,
            auth_require_tls=tls is not None,
            auth_exclude_mechanism=() if needs_login else ("LOGIN", "PLAIN"),
        )
        self.peer = peer

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.peer.sessions += 1
        self.peer._transports.add(transport)

    async def push(self, status: Any) -> None:
        if str(status).startswith("220 relay.contoh.id"):
            status = await self.peer.fault(self, "CONNECT") or status
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if answer := await self.peer.fault(self, "DATA"):
            await self.push(answer)
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, peer: RelayPeer) -> None:
        self._peer = peer

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._peer.fault(server, "MAIL") or "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := await self._peer.fault(server, "RCPT"):
            return answer
        if address in self._peer._missing:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await self._peer.fault(server, "TEXT")
        if not answer:
            assert isinstance(envelope.content, bytes)
            (recipient,) = envelope.rcpt_tos
            secure = session.ssl is not None
            self._peer.taken.append(Taken(str(envelope.mail_from), recipient, envelope.content, secure))
        return answer or "250 2.0.0 Ok: queued as 4F1C2"
