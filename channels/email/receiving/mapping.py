"""A mail that was read → the message it is. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from channels.email.letter.model import Envelope
from channels.email.receiving.readers.reading import Reading
from channels.email.sending.tokens import Ticket, is_reply_id, read_address
from channels.email.settings import NotAnAddress, make_address
from core.model.message import Address, Attachment, Delivery, Inbound, Mark, Origin, Receipt
from core.text import clean

KIND: Final = "email"
CONNECTION: Final = "main"
NOBODY: Final = "nobody@invalid"
"""The sender of what has none (RFC 2606 §2); nothing is ever sent there."""

LARGEST_RAW: Final = 65_536
LONGEST_CONTEXT: Final = 200_000
LONGEST_ADDRESS: Final = 320
MOST_ANSWERED: Final = 50
MOST_REFERENCES: Final = 20
HEADERS: Final = 262_144
"""Octets of a mail in which its headers have to end for the traces in them to be found."""

TRACE: Final = re.compile(
    rb"(?:(?:return-path|(?:x-)?received(?:-spf)?|delivered-to|x-(?:original|delivered|envelope|forwarded)-to|envelope-to"
    rb"|(?:arc-)?authentication-results|arc-seal|arc-message-signature|x-(?:spam|virus|rspamd|google|ms-exchange)[\w-]*)"
    rb"[ \t]*:.*\n(?:[ \t].*\n)*)",
    re.IGNORECASE,
)
UNREADABLE: Final = "surat-asli.eml"
EML: Final = "message/rfc822"


@dataclass(frozen=True, slots=True)
class Ours:
    """What is ours in a mail. ``addresses`` in lower case; ``key`` signs what is written behind a plus in them;
    ``mark``: a header that all our mails carry.
    """

    addresses: frozenset[str] = field(default=frozenset(), repr=False)
    key: bytes = field(default=b"", repr=False)
    mark: str = ""

    @property
    def domains(self) -> frozenset[str]:
        """The ends of our addresses."""
        return frozenset(address.rpartition("@")[2] for address in self.addresses)

    def ticket(self, recipients: Sequence[str]) -> Ticket | None:
        """What the first signed recipient says."""
        found = (read_address(one, own=self.addresses, key=self.key) for one in recipients if self.key)
        return next((ticket for ticket in found if ticket is not None), None)

    def replies(self, mail_ids: Sequence[str]) -> tuple[str, ...]:
        """The ids of our replies among Message-IDs."""
        parts = [mail_id.lower().rpartition("@") for mail_id in mail_ids]
        found = (local for local, _, domain in parts if domain in self.domains and is_reply_id(local))
        return tuple(dict.fromkeys(found))[:MOST_ANSWERED]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as it came. ``mark``: its fingerprint."""

    raw: bytes = field(repr=False)
    envelope: Envelope
    mark: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored of it, and found out about its sender. ``original``: of a large or unreadable one."""

    original: Attachment | None = None
    files: tuple[Attachment, ...] = ()
    all_of_them: bool = True
    proof: Mark | None = None


def fingerprint(raw: bytes) -> bytes:
    """Equal when a mail comes again, whichever way it took; servers on the way add lines to its head."""
    end = raw.find(b"\r\n\r\n", 0, HEADERS)
    if end < 0:
        return sha256(raw).digest()
    digest = sha256(b"".join(_without_traces(raw[: end + 2])))
    digest.update(memoryview(raw)[end:])
    return digest.digest()


def _without_traces(head: bytes) -> list[bytes]:
    """Line by line: each header's own lines follow its name."""
    kept: list[bytes] = []
    is_trace = False
    for line in head.splitlines(keepends=True):
        if line[:1] not in b" \t":
            is_trace = TRACE.match(line) is not None
        if not is_trace:
            kept.append(line)
    return kept


def map_mail(reading: Reading, arrival: Arrival, kept: Kept, *, ours: Ours, longest: int) -> Inbound:
    """The message. ``longest``: the most characters of its text; what is beyond stands in its context."""
    ticket = ours.ticket(arrival.envelope.recipients)
    text, context = cut(reading.text or reading.title, reading.context, longest)
    is_answer = ticket is not None and ticket.kind == "answer"
    origin, remark = _origin(reading, arrival, ticket)
    return Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=arrival.mark.hex(),
        fingerprint=arrival.mark,
        sender=_sender(reading, arrival.envelope),
        received_at=arrival.received_at,
        text=text,
        context=context,
        title=reading.title,
        route=_route(reading, arrival.envelope, ours),
        attachments=kept.files,
        raw=arrival.raw if len(arrival.raw) <= LARGEST_RAW else b"",
        raw_blob=kept.original.id if kept.original is not None and len(arrival.raw) > LARGEST_RAW else "",
        unreadable=bool(reading.problem),
        origin=origin,
        remark=remark,
        marks=_marks(reading, kept),
        belongs_to=tuple(dict.fromkeys([*([ticket.reply_id] if ticket else []), *ours.replies(reading.answers)])),
        proven=is_answer,
    )


def map_bounce(reading: Reading, arrival: Arrival, *, ours: Ours) -> Receipt | None:
    """What a bounce says of a reply of ours; None where it names none, or a server keeps trying."""
    ticket = ours.ticket(arrival.envelope.recipients)
    by_address = [ticket.reply_id] if ticket is not None and ticket.kind == "bounce" else []
    returned = reading.returned
    ids = by_address or (list(ours.replies(returned.returned_ids)) if returned is not None else [])
    if returned is None or not ids or returned.delivery is Delivery.PENDING:
        return None
    at, reason = arrival.received_at, returned.status
    return Receipt(
        KIND, tuple(ids[:1]), returned.delivery, at, connection=CONNECTION, reason=reason, gone=returned.gone
    )


def _origin(reading: Reading, arrival: Arrival, ticket: Ticket | None) -> tuple[Origin, str]:
    """No person writes to where our mails return to, or as nobody."""
    if reading.origin is Origin.PERSON and ticket is not None and ticket.kind == "bounce":
        return Origin.ROBOT, "return-path"
    if reading.origin is Origin.PERSON and not reading.sender and not arrival.envelope.sender:
        return Origin.ROBOT, "no-sender"
    return reading.origin, reading.remark


def _sender(reading: Reading, envelope: Envelope) -> Address:
    """Who it is from: whoever can be written to, else as it stands."""
    written = [one for one in (reading.sender, envelope.sender) if one]
    for one in written:
        try:
            return Address("mail", make_address(one).addr_spec)
        except NotAnAddress:
            continue
    odd = clean(written[0])[:LONGEST_ADDRESS].strip() if written else ""
    return Address("mail", odd or NOBODY)


def is_of_from(reading: Reading, envelope: Envelope) -> bool:
    """Whether the sender is the one in From, of which alone there are proofs."""
    return bool(reading.domain) and _sender(reading, envelope) == _sender(reading, Envelope())


def cut(text: str, context: str, longest: int) -> tuple[str, str]:
    """At the end of a line where there is one."""
    if len(text) <= longest:
        return text, context[:LONGEST_CONTEXT]
    end = text.rfind("\n", longest // 2, longest)
    end = end if end > 0 else longest
    return text[:end].rstrip(), "\n\n".join(part for part in (text[end:].strip(), context) if part)[:LONGEST_CONTEXT]


def _marks(reading: Reading, kept: Kept) -> tuple[Mark, ...]:
    marks = {
        Mark.ENCRYPTED: reading.encrypted,
        Mark.FILES_LEFT_OUT: reading.files_left_out or not kept.all_of_them,
    }
    proof = (kept.proof,) if kept.proof is not None else ()
    return (*proof, *(mark for mark, holds in marks.items() if holds))


def _route(reading: Reading, envelope: Envelope, ours: Ours) -> dict[str, str]:
    """What an answer needs to stand in the thread: ids, subject, and which address of ours was written to."""
    route = {
        "message_id": reading.message_id,
        "references": " ".join(tuple(reversed(reading.answers))[-MOST_REFERENCES:]),
        "subject": reading.title,
        "to": next((own for own in map(_without_sign, envelope.recipients) if own in ours.addresses), ""),
    }
    return {key: value for key, value in route.items() if value}


def _without_sign(recipient: str) -> str:
    local, _, domain = recipient.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
