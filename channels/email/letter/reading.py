"""Octets in, a ``Letter`` out: what ``lapor mail read`` and the receiving of mail call."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from channels.email.letter.bodies.collecting import collect
from channels.email.letter.bodies.found import Found
from channels.email.letter.headers.addresses import read_mailboxes
from channels.email.letter.headers.encoded import decode_words, one_line
from channels.email.letter.model import Letter, Mailbox
from channels.email.letter.scan import Section, scan
from core.text import clean

LONGEST_TEXT: Final = 1_000_000
LONGEST_SUBJECT: Final = 2000
LONGEST_DATE: Final = 200
MOST_REFERENCES: Final = 100
COMMENT: Final = re.compile(r"\([^()]*\)")
BLANKS_AT_COLON: Final = re.compile(r"[ \t]{0,20}:[ \t]{0,20}")
MESSAGE_ID: Final = re.compile(r"<([^<>]{1,998})>")
BARE_ID: Final = re.compile(r"[^\s<>,;\"]{1,998}@[^\s<>,;\"]{1,998}")
ROBOTS_NAMES: Final = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})


def read_letter(raw: bytes) -> Letter:
    """Everything that a mail says.

    Raises:
        Unreadable: its structure is past the limits of ``scan``. Whatever else is wrong with it, it is read.
    """
    mail = scan(raw)
    found = collect(mail)
    charset = mail.parameters.get("charset", "")
    sender = next(iter(_people(mail, "from", charset) or _people(mail, "sender", charset)), Mailbox())
    return Letter(
        headers=tuple((name, decode_words(value, charset)) for name, value in mail.fields),
        sender=sender,
        reply_to=_people(mail, "reply-to", charset),
        to=_people(mail, "to", charset),
        cc=_people(mail, "cc", charset),
        subject=clean(one_line(decode_words(mail.first("subject"), charset)))[:LONGEST_SUBJECT],
        message_id=next(iter(_ids(mail.first("message-id"))), ""),
        in_reply_to=_ids(mail.first("in-reply-to")),
        references=_ids(mail.first("references")),
        date=_date(mail.first("date")),
        text=_words(found),
        files=tuple(found.files),
        files_left_out=found.files_left_out,
        kinds=tuple(found.kinds),
        statuses=tuple(found.statuses),
        returned=found.returned if _comes_back(found, sender) else "",
        encrypted=found.encrypted,
    )


def _people(mail: Section, name: str, charset: str) -> tuple[Mailbox, ...]:
    """From every field of that name: mailers repeat them, though RFC 5322 §3.6 allows one."""
    values = [value for other, value in mail.fields if other == name]
    return read_mailboxes(b", ".join(values), charset)


def _ids(raw: bytes) -> tuple[str, ...]:
    """Without angle brackets, each once, the first and the last of too many."""
    text = raw.decode("utf-8", "replace")
    found = ["".join(COMMENT.sub("", one).split()) for one in MESSAGE_ID.findall(text)] or BARE_ID.findall(text)
    kept = list(dict.fromkeys(one for one in found if one))
    return tuple(kept if len(kept) <= MOST_REFERENCES else [kept[0], *kept[1 - MOST_REFERENCES :]])


def _date(raw: bytes) -> datetime | None:
    """None for what is no date. One without a zone is UTC (RFC 5322 §3.3, ``-0000``)."""
    try:
        text = COMMENT.sub("", raw[:LONGEST_DATE].decode("ascii", "replace"))
        found = parsedate_to_datetime(BLANKS_AT_COLON.sub(":", text))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words(found: Found) -> str:
    """The texts in order; where there are none, what stands in texts of other kinds."""
    texts = [text for text in found.texts if text.strip()] or found.spare_texts
    text = "\n\n".join(clean(text[:LONGEST_TEXT]).strip("\n") for text in texts)
    return text[:LONGEST_TEXT].rstrip()


def _comes_back(found: Found, sender: Mailbox) -> bool:
    """A bounce, as far as one can tell without judging: in others a mail inside is a forwarded one."""
    local = (sender.address or sender.name).partition("@")[0].lower()
    return bool(found.statuses) or "multipart/report" in found.kinds or local in ROBOTS_NAMES
