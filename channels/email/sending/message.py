"""How a reply becomes a mail: values in, a mail out. Nothing in it comes from a citizen unchecked."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from channels.email.settings import NotAnAddress, make_address
from core.channel import Unsupported
from core.model.message import Outbound
from core.text import clean

LONGEST_TEXT: Final = 100_000
"""Characters; beyond what anybody reads, and in any script far below what relays take (10 MB)."""

LONGEST_SUBJECT: Final = 78
LONGEST_LINE: Final = 78
SENTENCE_END: Final = re.compile(r"(?<=[^\s\d][.!?])\s|(?<=\d\.)\s(?=[^\d\s])")
NO_ID: Final = re.compile(r"[^A-Za-z0-9-]")
DOT_FIRST: Final = re.compile(rb"(?m)^\.")
USUAL_SUBJECT: Final = "LAPOR!"
POLICY: Final = SMTP.clone(max_line_length=LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the relay gets it. ``octets`` end with CR LF and are dot-stuffed (RFC 5321 §4.5.2)."""

    id: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    octets: bytes = field(repr=False)


def write_mail(message: Outbound, *, sender: Address, now: datetime) -> Mail:
    """The mail for a reply. Raises Unsupported: no address, attachments, too long or empty."""
    recipient = _recipient(message)
    text = clean(message.text).strip()
    if message.attachments:
        raise Unsupported("mails carry no attachments yet; send a link")
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Unsupported(f"a mail holds 1 to {LONGEST_TEXT} characters, this one {len(text)}")
    letter, mail_id = EmailMessage(POLICY), message_id(message.id, sender)
    letter["From"] = sender
    letter["To"] = recipient
    letter["Subject"] = subject_of(text)
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = mail_id
    for name, value in _marks(message).items():
        letter[name] = value
    letter.set_content(text, cte="7bit" if _is_plain(text) else "quoted-printable")
    return Mail(mail_id, sender.addr_spec, recipient.addr_spec, DOT_FIRST.sub(b"..", letter.as_bytes()))


def message_id(reply_id: str, sender: Address) -> str:
    """The same for every attempt: a relay, a reader's program and a later answer know the reply by it."""
    return f"<{NO_ID.sub('-', reply_id)}@{sender.domain}>"


def subject_of(text: str) -> str:
    """The first sentence, or as much of it as a list of mails shows."""
    line = " ".join(SENTENCE_END.split(text.split("\n", 1)[0], maxsplit=1)[0].split()).rstrip(".:")
    if len(line) > LONGEST_SUBJECT:
        line = line[: LONGEST_SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    return line or USUAL_SUBJECT


def _recipient(message: Outbound) -> Address:
    if message.to.scheme != "mail":
        raise Unsupported("a mail needs an address of mail")
    try:
        return make_address(message.to.value)
    except NotAnAddress as error:
        raise Unsupported(str(error)) from None


def _marks(message: Outbound) -> dict[str, str]:
    """What keeps robots from answering (RFC 3834 §5; Exchange reads the other). A route is there to be answered on:
    without one nobody asked for this mail.
    """
    kind = "auto-replied" if message.route else "auto-generated"
    return {"Auto-Submitted": kind, "X-Auto-Response-Suppress": "All"}


def _is_plain(text: str) -> bool:
    return text.isascii() and all(len(line) <= LONGEST_LINE for line in text.split("\n"))
