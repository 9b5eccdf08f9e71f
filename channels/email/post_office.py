"""Mailboxes on this machine: they take what the gateway's relay hands over, and their owners write to the gateway."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any, Final

import aiosmtplib
from aiosmtpd.smtp import SMTP

from channels.email.letter.model import Letter
from channels.email.letter.reading import read_letter

HOST: Final = "127.0.0.1"
TAKEN: Final = "250 2.0.0 Message accepted for delivery"
BOUNCE: Final = """\
From: MAILER-DAEMON@relay.contoh.id
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1708"

--=_1708
Content-Type: text/plain; charset=us-ascii

<{gone}>: host mx.contoh.id said: 550 5.1.1 User unknown (in reply to RCPT TO command)

--=_1708
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.contoh.id

Final-Recipient: rfc822; {gone}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--=_1708
Content-Type: text/rfc822-headers

Message-ID: <{about}>

--=_1708--
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail that came into a mailbox."""

    sender: str
    recipient: str
    letter: Letter = field(repr=False)

    def header(self, name: str) -> str:
        """The first header of this name, in lower case; empty where there is none."""
        return next((value for key, value in self.letter.headers if key == name), "")


class PostOffice:
    """For ``lapor demo`` and tests. ``gateway``: the port on which the gateway takes mails."""

    def __init__(self, *, gateway: int) -> None:
        self._gateway = gateway
        self._server: asyncio.Server | None = None
        self._arrived = asyncio.Condition()
        self.posted: list[Posted] = []

    async def start(self, *, port: int) -> None:
        """Be the relay. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, hostname="relay.contoh.id"), HOST, port)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """A mail for each of its recipients."""
        letter = read_letter(envelope.content)
        async with self._arrived:
            self.posted += [Posted(envelope.mail_from or "", each, letter) for each in envelope.rcpt_tos]
            self._arrived.notify_all()
        return TAKEN

    async def hear(self, recipient: str, *, after: int, limit: float) -> Posted:
        """The first mail for ``recipient`` behind the first ``after`` of ``posted``. Raises TimeoutError."""

        def found() -> Sequence[Posted]:
            return [posted for posted in self.posted[after:] if posted.recipient == recipient]

        async with asyncio.timeout(limit), self._arrived:
            await self._arrived.wait_for(lambda: bool(found()))
            return found()[0]

    async def write(
        self, sender: str, to: str, *, subject: str, text: str, answers: Posted | None = None, **headers: str
    ) -> None:
        """A person's mail; ``answers`` makes it an answer that quotes. ``Auto_Submitted`` stands for Auto-Submitted."""
        mail = EmailMessage(policy=WIRE)
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Date"], mail["Message-ID"] = formatdate(localtime=True), make_msgid(domain="contoh.id")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        if answers is not None:
            mail["In-Reply-To"] = f"<{answers.letter.message_id}>"
            mail["References"] = " ".join(
                f"<{each}>" for each in (*answers.letter.references, answers.letter.message_id)
            )
            text = f"{text}\n\n{_quoted(answers)}"
        mail.set_content(text)
        await self._send(parseaddr(sender)[1], parseaddr(to)[1], mail.as_bytes())

    async def return_to_sender(self, posted: Posted) -> None:
        """Say that there is no such mailbox, as a mail server says it (RFC 3464)."""
        octets = BOUNCE.format(
            to=posted.sender, date=formatdate(localtime=True), gone=posted.recipient, about=posted.letter.message_id
        )
        await self._send("", posted.sender, octets.replace("\n", "\r\n").encode())

    async def _send(self, sender: str, recipient: str, octets: bytes) -> None:
        async with aiosmtplib.SMTP(hostname=HOST, port=self._gateway, start_tls=False) as session:
            await session.mail(sender)
            await session.rcpt(recipient)
            await session.data(octets)


def _quoted(posted: Posted) -> str:
    """As Gmail quotes in Indonesian."""
    lines = "\n".join(f"> {line}" for line in posted.letter.text.splitlines())
    return f"Pada Sen, 23 Nov 2026 pukul 09.15 LAPOR! <{posted.letter.sender.address}> menulis:\n\n{lines}"
