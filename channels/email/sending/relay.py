"""The relay: sessions with it, and one mail handed over to it. The door to aiosmtplib."""

import asyncio
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from channels.email.sending.errors import Stage, lost, refusal
from channels.email.sending.message import Mail
from channels.email.settings import EmailSettings, read_sender
from core.channel import Misconfigured

ASKS_FOR_TEXT: Final = 354
DOT_FIRST: Final = re.compile(rb"(?m)^\.")
IDLE: Final = 15.0
"""Seconds for which a session without work is kept; relays hang up after minutes."""


class Relay:
    """Hands mails over, each on a session of its own or on one that an earlier mail left open."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._address = settings.relay
        self._name = read_sender(settings.sender).domain
        self._open: list[tuple[float, SMTP]] = []
        self._tls: ssl.SSLContext | None = None

    async def hand_over(self, mail: Mail) -> None:
        """Return once the relay answers for the mail. Raises SendError."""
        session = await self._announce(mail)
        try:
            await _give_text(session, mail, limit=self._settings.response_seconds)
        except BaseException:
            _abort(session)
            raise
        self._open.append((asyncio.get_running_loop().time(), session))

    async def knock(self) -> None:
        """Connect and log in as for a mail, and leave. Raises SendError."""
        with _telling(Stage.CONNECT):
            async with asyncio.timeout(self._settings.connect_seconds):
                session = await self._connect()
        try:
            with suppress(SMTPException, OSError):
                await session.quit()
        finally:
            session.close()

    def tidy(self, *, idle: float = IDLE) -> None:
        """Close the sessions that had no work for so many seconds."""
        since = asyncio.get_running_loop().time() - idle
        for used_at, session in self._open:
            if used_at <= since:
                _abort(session)
        self._open = [(used_at, session) for used_at, session in self._open if used_at > since]

    async def _announce(self, mail: Mail) -> SMTP:
        """A session in which the relay asks for the mail's text. Nothing was sent when this fails."""
        with _telling(Stage.CONNECT):
            async with asyncio.timeout(self._settings.connect_seconds):
                session = await self._used() or await self._connect()
                try:
                    await _give_envelope(session, mail)
                except BaseException:
                    _abort(session)
                    raise
                return session

    async def _used(self) -> SMTP | None:
        """An open session that still answers: relays hang up without a word."""
        self.tidy()
        while self._open:
            _, session = self._open.pop()
            try:
                await session.rset()
            except (SMTPException, OSError):
                _abort(session)
            except BaseException:
                _abort(session)
                raise
            else:
                return session
        return None

    async def _connect(self) -> SMTP:
        """Logged in, over TLS where the relay knows it."""
        address, settings = self._address, self._settings
        self._tls = self._tls or _tls(settings)
        session = SMTP(
            hostname=address.host,
            port=address.port,
            local_hostname=self._name,
            timeout=settings.connect_seconds,
            use_tls=address.tls,
            start_tls=False,
            tls_context=self._tls,
        )
        try:
            await session.connect()
            with _telling(Stage.CONNECT):
                await _secure(session, required=bool(address.username))
            if address.username:
                await self._log_in(session)
        except BaseException:
            _abort(session)
            raise
        return session

    async def _log_in(self, session: SMTP) -> None:
        with _telling(Stage.LOG_IN):
            await session.ehlo()
            if not session.supported_auth_methods:
                raise Misconfigured("the relay knows no log-in: leave user and password out of relay_url")
            await session.login(self._address.username, self._address.password.reveal())


async def _secure(session: SMTP, *, required: bool) -> None:
    """STARTTLS where it is offered. A password never crosses the network in the clear."""
    await session.ehlo()
    if session.get_transport_info("sslcontext") is not None:
        return
    if session.supports_extension("starttls"):
        await session.starttls()
    elif required:
        raise Misconfigured("the relay offers no TLS: use smtps://, or leave user and password out of relay_url")


async def _give_envelope(session: SMTP, mail: Mail) -> None:
    with _telling(Stage.SENDER):
        await session.mail(mail.return_path)
    with _telling(Stage.RECIPIENT):
        await session.rcpt(mail.recipient)
    with _telling(Stage.TEXT):
        answer = await session.execute_command(b"DATA")
    if answer.code != ASKS_FOR_TEXT:
        raise refusal(answer.code, answer.message, stage=Stage.TEXT)


async def _give_text(session: SMTP, mail: Mail, *, limit: float) -> None:
    """Written apart from DATA, so that it is known whether anything was handed over when the connection breaks; with
    dots at the beginning of a line doubled (RFC 5321 §4.5.2).
    """
    with _telling(Stage.ANSWER):
        if session.protocol is None:
            raise SMTPServerDisconnected("lost before the text")
        session.protocol.write(DOT_FIRST.sub(b"..", mail.octets) + b".\r\n")
        answer = await session.protocol.read_response(timeout=limit)
    if not 200 <= answer.code <= 299:
        raise refusal(answer.code, answer.message, stage=Stage.ANSWER)


@contextmanager
def _telling(stage: Stage) -> Iterator[None]:
    """What goes wrong inside, as the contract names it. The relay's words, which may hold the address, end here."""
    try:
        yield
    except SMTPResponseException as error:
        raise refusal(error.code, error.message, stage=stage) from None
    except (SMTPException, OSError, TimeoutError) as error:
        if _is_about_certificate(error):
            raise Misconfigured("the relay's certificate is not to be trusted: check tls_ca_file") from None
        raise lost(stage)(f"{type(error).__name__} during {stage.value}") from None


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__
    return False


def _abort(session: SMTP) -> None:
    """Without a word: a relay that does not answer would keep a polite farewell waiting."""
    transport = session.transport
    session.close()
    if transport is not None:
        transport.abort()  # type: ignore[attr-defined] # it can be written to, whichever loop made it


def _tls(settings: EmailSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca_file or None)
    except OSError as error:
        raise Misconfigured(f"tls_ca_file cannot be read ({type(error).__name__})") from None
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
