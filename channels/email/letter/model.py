"""What a mail says, once it is read. Everything in it is personal data."""

from dataclasses import dataclass, field
from datetime import datetime

from channels.spec import FoundFile


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was said before the mail itself (RFC 5321). ``sender`` is empty for ``<>``; ``client`` is an IP address."""

    sender: str = field(default="", repr=False)
    recipients: tuple[str, ...] = field(default=(), repr=False)
    client: str = field(default="", repr=False)
    greeting: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person in a header. ``address`` is as written, with its domain in lower case; empty where there is none."""

    name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it was read.

    Attributes:
        headers: every one of the mail itself, in order: name in lower case, value decoded and unfolded.
        subject: decoded, one line; answers' and forwards' marks (``Re:``) still in it.
        message_id: without angle brackets, as are ``in_reply_to`` and ``references`` (oldest first).
        text: the words: the best text body, or what an HTML body says; ``core.text.clean``.
        files: attachments and what is not text, in order, by content. A forwarded mail is one file, whole.
        files_left_out: how many there are beyond those in ``files``.
        kinds: the content type of every part in order, in lower case: ``multipart/report``, ``text/plain``.
        statuses: the text of each ``message/delivery-status`` or ``message/feedback-report`` part.
        returned: the headers of a mail that is sent back inside a bounce, raw, at most 64 KiB.
        encrypted: its words stand in a part that only a key opens (S/MIME, PGP).
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sender: Mailbox = Mailbox()
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = field(default="", repr=False)
    message_id: str = field(default="", repr=False)
    in_reply_to: tuple[str, ...] = field(default=(), repr=False)
    references: tuple[str, ...] = field(default=(), repr=False)
    date: datetime | None = None
    text: str = field(default="", repr=False)
    files: tuple[FoundFile, ...] = ()
    files_left_out: int = 0
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = field(default=(), repr=False)
    returned: str = field(default="", repr=False)
    encrypted: bool = False


class Unreadable(Exception):
    """A mail that is not read: it would cost too much, or no reader takes it. Its message quotes nothing."""
