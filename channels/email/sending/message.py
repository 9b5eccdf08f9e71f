"""How a reply becomes a mail: values in, a mail out. Nothing in it comes from a citizen unchecked."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from channels.email.sending.headers import LONGEST_LINE, Letterhead, WholeWords, answer_to, headers_of, return_path
from channels.email.sending.markup import to_html
from channels.email.settings import NotAnAddress, make_address
from channels.email.sorting.quotes import ABOVE_LINE, ABOVE_LINES
from core.channel import Unsupported
from core.model.message import Outbound
from core.text import clean

LONGEST_TEXT: Final = 100_000
"""Characters; beyond what anybody reads, and in any script far below what relays take (10 MB)."""

LONGEST_SUBJECT: Final = 78
SENTENCE_END: Final = re.compile(r"(?<=[^\s\d][.!?])\s|(?<=\d\.)\s(?=[^\d\s])")
USUAL_SUBJECT: Final = "LAPOR!"
POLICY: Final = WholeWords(linesep="\r\n", max_line_length=LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader gets it; ``octets`` end with CR LF. ``id`` is the reply's; bounces go to ``return_path``."""

    id: str
    return_path: str = field(repr=False)
    recipient: str = field(repr=False)
    octets: bytes = field(repr=False)


def write_mail(message: Outbound, *, head: Letterhead, now: datetime) -> Mail:
    """The mail for a reply, with the same words as plain text and as HTML.

    Raises:
        Unsupported: no address or one of our own, attachments, too long or empty.
    """
    recipient = _recipient(message, head)
    text = _text(message)
    letter = EmailMessage(POLICY)
    letter["From"] = head.sender
    letter["To"] = recipient
    letter["Subject"] = subject = answer_to(message.route.get("subject", "")) or subject_of(text)
    letter["Date"] = format_datetime(now)
    for name, value in headers_of(message, head).items():
        letter[name] = value
    above = ABOVE_LINES.get(message.language, ABOVE_LINE) if message.route and "Reply-To" in letter else ""
    html = to_html(text, title=subject, above=above, links=head.links, language=message.language)
    _fill(letter, text, html, above)
    letter.set_boundary(f"=_{message.id}")
    return Mail(message.id, return_path(message.id, head), recipient.addr_spec, letter.as_bytes())


def _fill(letter: EmailMessage, text: str, html: str, above: str) -> None:
    plain = f"{above}\n\n{text}" if above else text
    letter.set_content(plain, cte="7bit" if _is_plain(plain) else "quoted-printable")
    letter.add_alternative(html, subtype="html", cte="quoted-printable")


def _text(message: Outbound) -> str:
    if message.attachments:
        raise Unsupported("mails carry no attachments yet; send a link")
    text = clean(message.text).strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Unsupported(f"a mail holds 1 to {LONGEST_TEXT} characters, this one {len(text)}")
    return text


def subject_of(text: str) -> str:
    """The first sentence, or as much of it as a list of mails shows."""
    line = " ".join(SENTENCE_END.split(text.split("\n", 1)[0], maxsplit=1)[0].split()).rstrip(".:")
    if len(line) > LONGEST_SUBJECT:
        line = line[: LONGEST_SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    return line or USUAL_SUBJECT


def _recipient(message: Outbound, head: Letterhead) -> Address:
    """Whoever is written to; never ourselves, or two robots of ours would answer each other for ever."""
    if message.to.scheme != "mail":
        raise Unsupported("a mail needs an address of mail")
    try:
        recipient = make_address(message.to.value)
    except NotAnAddress as error:
        raise Unsupported(str(error)) from None
    if head.is_own(recipient.addr_spec):
        raise Unsupported("no mail is sent to an address of our own")
    return recipient


def _is_plain(text: str) -> bool:
    return text.isascii() and all(len(line) <= LONGEST_LINE for line in text.split("\n"))
