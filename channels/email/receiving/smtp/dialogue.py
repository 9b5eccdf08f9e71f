"""One connection with a client that brings mail: the door to aiosmtpd.

aiosmtpd keeps the order of the commands; its ``_…`` names are used where it has no others.
"""

import asyncio
import ssl
from collections import defaultdict
from typing import Any, Final

from aiosmtpd import smtp

from channels.email.letter.model import Envelope
from channels.email.receiving.smtp.addresses import NOBODY, read_path
from channels.email.receiving.smtp.house import (
    CLOSING,
    NO_ROOM,
    TOO_LARGE,
    TOO_LATE,
    TOO_MANY_COMMANDS,
    TOO_MANY_CONNECTIONS,
    House,
    try_again,
)
from channels.email.receiving.smtp.limits import client_of, is_among
from channels.email.receiving.smtp.octets import NoRoom, Text, TooLarge

LONGEST_COMMAND: Final = 2048
PROXY_SECONDS: Final = 5.0
IDENT: Final = "LAPOR"

Smtp: Any = smtp.SMTP
"""Without its types: they know nothing of what a dialogue keeps in between."""


class Dialogue(Smtp):  # type: ignore[misc] # see above
    """One connection."""

    line_length_limit = LONGEST_COMMAND
    command_size_limit = LONGEST_COMMAND
    greeting_command = "EHLO"
    session: Any
    transport: Any
    command_size_limits: dict[str, int]

    def __init__(self, house: House) -> None:
        settings = house.settings
        super().__init__(
            house.hooks,
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=house.name,
            ident=IDENT,
            tls_context=house.tls,
            require_starttls=settings.tls_required,
            timeout=settings.idle_seconds,
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = defaultdict(lambda: LONGEST_COMMAND)  # aiosmtpd's is one for all connections
        del self._smtp_methods["AUTH"]
        self._house = house
        self._is_refused = False
        self._is_counted = False
        self._text: Text | None = None
        self._is_busy = False
        self._said = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.mails = 0
        self.client = ""

    def connection_made(self, transport: Any) -> None:
        """Let it in, or say why not."""
        house = self._house
        peer = transport.get_extra_info("peername")
        self.client = str(peer[0]) if isinstance(peer, tuple) else ""
        behind_proxy = is_among(self.client, house.settings.proxy_addresses)
        is_full = len(house.dialogues) >= house.settings.max_connections
        if house.is_closing or is_full or not (behind_proxy or self.enter(self.client)):
            self._is_refused = True
            transport.write(f"{TOO_MANY_CONNECTIONS}\r\n".encode())
            transport.close()
            return
        house.dialogues.add(self)
        self._proxy_timeout = PROXY_SECONDS if behind_proxy else None
        super().connection_made(transport)
        self._handler_coroutine.add_done_callback(_look_at_end)

    def enter(self, client: str) -> bool:
        """Count the connection for its client; False where it has too many."""
        self.client = client
        self._is_counted = self._house.visits.enter(client_of(client))
        return self._is_counted

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        if self._is_refused:
            return
        self._house.dialogues.discard(self)
        self.ended.set_result(None)
        if self._is_counted:
            self._is_counted = False
            self._house.visits.leave(client_of(self.client))
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Whom we do not let in is not listened to. The text of a mail goes past aiosmtpd."""
        if self._is_refused:
            return
        rest = self._text.feed(data) if self._text is not None else data
        if rest is not None:
            self._text = None
            super().data_received(rest)

    def eof_received(self) -> bool | None:
        """A client that says nothing more gets no answer."""
        return None if self._is_refused else super().eof_received()

    def _timeout_cb(self) -> None:
        self._part(TOO_LATE)

    def _part(self, answer: str) -> None:
        if self.transport is not None:
            self.transport.write(f"{answer}\r\n".encode())
            self.transport.close()

    def leave(self) -> None:
        """The server closes: hang up, but hear what becomes of a mail that is complete."""
        if not self._is_busy:
            self._part(CLOSING)

    def abort(self) -> None:
        """Hang up at once."""
        if self.transport is not None:
            self.transport.abort()

    async def push(self, status: str | bytes) -> None:
        """Answer. Who asks and asks and brings no mail has to go."""
        self._said += 1
        if self._said > self._house.settings.idle_commands:
            await self._hang_up(TOO_MANY_COMMANDS)
        self._writer.write((status if isinstance(status, bytes) else status.encode("utf-8", "replace")) + b"\r\n")
        await self._writer.drain()

    def forgive(self) -> None:
        """What was just answered brings a mail nearer and is not counted."""
        self._said -= 1

    async def _hang_up(self, answer: str) -> None:
        """Nothing further that the client sent is looked at."""
        self._part(answer)
        self._handler_coroutine.cancel()
        await asyncio.sleep(0)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return read_path(arg) or (None, None)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """By the loop's own means: those of aiosmtpd know asyncio's transports alone."""
        if arg or self._house.tls is None or self.session.ssl is not None:
            await self.push("501 5.5.4 STARTTLS takes no argument" if arg else "503 5.5.1 No TLS now")
            return
        await self.push("220 2.0.0 Ready to start TLS")
        plain = self.transport
        self._reader._buffer.clear()  # what was said in the clear does not count (RFC 3207 §4.2)
        try:
            secure = await self.loop.start_tls(plain, self, self._house.tls, server_side=True)
        except (OSError, ssl.SSLError):
            plain.abort()
            return
        self.transport = self._reader._transport = self._writer._transport = secure
        self._tls_protocol = secure
        self._set_rset_state()
        self.session = self._create_session()
        self.session.peer = plain.get_extra_info("peername")
        self.session.ssl = secure.get_extra_info("ssl_object")
        self._reset_timeout()

    async def smtp_VRFY(self, _arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Nobody is named."""
        await self.push("252 2.1.5 Bring the mail and see")

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """A mail, and one answer for it."""
        if await self.check_helo_needed(self.greeting_command):
            return
        if refusal := self._refuse_data(arg):
            await self.push(refusal)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        count = len(self.envelope.rcpt_tos)
        answer = await self._take_mail()
        self._reset_timeout()
        self._set_post_data_state()
        self._said = 0
        await self.push(self.answer_for(answer, recipients=count))
        if self._house.is_closing:
            await self._hang_up(CLOSING)

    def answer_for(self, answer: str, *, recipients: int) -> str:  # noqa: ARG002 - LMTP needs them
        """One answer for a mail, however many recipients it has."""
        return answer

    def _refuse_data(self, arg: str) -> str:
        if arg:
            return "501 5.5.4 DATA takes no argument"
        if not self.envelope.rcpt_tos:
            return "503 5.5.1 RCPT comes first"
        return NO_ROOM if self._house.room.is_full else ""

    async def _take_mail(self) -> str:
        try:
            text = await self._read_text()
        except TooLarge:
            return TOO_LARGE
        except NoRoom:
            return NO_ROOM
        self.mails += 1
        sender = self.envelope.mail_from
        envelope = Envelope(
            sender="" if sender == NOBODY else sender,
            recipients=tuple(self.envelope.rcpt_tos),
            client=self.client,
            greeting=str(self.session.host_name or ""),
        )
        self._is_busy = True
        try:
            return await self._house.take(text, envelope)
        except Exception as error:  # noqa: BLE001 - LMTP has to answer for each recipient also then
            return try_again(error)
        finally:
            self._is_busy = False

    async def _read_text(self) -> bytes:
        """The whole of it within its time, counted while it comes."""
        room, taken = self._house.room, 0

        def take(octets: int) -> None:
            nonlocal taken
            room.take(octets)
            taken += octets

        self._reset_timeout(self._house.settings.upload_seconds)
        text = self._text = Text(limit=self._house.settings.max_size, room=take)
        try:
            self._feed_what_came()
            return await text.read()
        finally:
            self._text = None
            room.give_back(taken)

    def _feed_what_came(self) -> None:
        """Behind DATA, before it was answered (RFC 2920): it stands in aiosmtpd's buffer."""
        waiting = bytes(self._reader._buffer)
        if waiting:
            self._reader._buffer.clear()
            self._reader._maybe_resume_transport()
            self.data_received(waiting)


class LmtpDialogue(Dialogue):
    """LMTP (RFC 2033): another greeting, and after a mail one answer for each recipient."""

    greeting_command = "LHLO"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        del self._smtp_methods["HELO"], self._smtp_methods["EHLO"]

    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """As EHLO (§4.1)."""
        await self.smtp_EHLO(arg)

    def answer_for(self, answer: str, *, recipients: int) -> str:
        """The mail is one message, so all of them are answered alike (§4.2)."""
        return "\r\n".join([answer] * recipients)


def _look_at_end(task: "asyncio.Task[None]") -> None:
    """A client that hangs up is no event worth a line in the log."""
    if not task.cancelled():
        task.exception()
