"""Messages as the core sees them, whatever network they crossed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached: ``tel:6281234567890``, ``mail:…``, ``x:…``, ``api:…``.

    The value is personal data: it is sealed at rest and absent from every repr.
    """

    scheme: str
    value: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}:***"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file already stored: ``id`` names it in the blob store, ``size`` is in bytes."""

    id: str
    media_type: str
    size: int
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a long message. ``group`` is equal for all pieces of it and differs between senders;
    numbers start at 1.
    """

    group: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Form:
    """What a structured form says beside the text. A message with a form is a report by declaration.

    ``source`` (a ``FormKind``), ``agenda_number``, ``written_on`` (the date of a letter), ``source_url`` and
    ``entered_by`` are those of a form that staff fill in for a citizen; ``read_back``: what was taken down is read back
    to the reporter.
    """

    title: str = field(default="", repr=False)
    classification: str = ""
    place: str = field(default="", repr=False)
    occurred_at: datetime | None = None
    agency: str = ""
    anonymous: bool = False
    secret: bool = False
    reporter_name: str = field(default="", repr=False)
    reporter_phone: str = field(default="", repr=False)
    reporter_email: str = field(default="", repr=False)
    priority: bool = False
    source: str = ""
    agenda_number: str = field(default="", repr=False)
    written_on: date | None = None
    source_url: str = field(default="", repr=False)
    entered_by: str = ""
    read_back: bool = False


class Verb(StrEnum):
    """What a citizen can ask for in any channel (``interfaces.md``, commands)."""

    STATUS = "status"
    ANSWER = "answer"
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    WITHDRAW = "withdraw"
    HELP = "help"
    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class Command:
    """A command read from a text or given by a form. ``pin`` may only be seen where the sender's address is
    not the reporter's.
    """

    verb: Verb
    tracking_id: str = ""
    text: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a network, parsed, not yet stored.

    Attributes:
        channel: kind of network (``sms``); ``connection`` tells which one of it (``telkomsel``).
        external_id: the same every time the network repeats the message; at most 200 characters.
        fingerprint: digest of what the network sent. The same ``external_id`` with another fingerprint is refused.
        redelivered_since: on networks that give no id: an equal fingerprint already stored at or after this
            moment and before
            ``redelivered_until`` is this message come again. None where ``external_id`` alone decides.
        text: NFC, without NUL and lone surrogates; may be empty where there are attachments.
        received_at: aware, UTC.
        route: what ``Channel.send`` needs to answer here; JSON-able strings.
        raw: the payload as it came, at most 64 KiB; larger ones go to the blob store and ``raw_blob`` names them.
        part: set for one piece of a long message; ``text`` is then only this piece.
        form: what a structured form says; such a message becomes a report in the same commit.
        command: a command given by a form instead of words.
        unreadable: the payload could not be parsed; ``raw`` keeps it and a person will look at it.
    """

    channel: str
    external_id: str
    sender: Address
    received_at: datetime
    text: str = field(default="", repr=False)
    connection: str = ""
    fingerprint: bytes = b""
    redelivered_since: datetime | None = None
    redelivered_until: datetime | None = None
    route: Mapping[str, str] = field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = ()
    part: Part | None = None
    raw: bytes = field(default=b"", repr=False)
    raw_blob: str = ""
    form: Form | None = None
    command: Command | None = None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class FiledReport:
    """What a form's sender is told at once. ``pin`` is empty when more than 24 h have passed since it was given."""

    tracking_id: str
    state: str
    verify_by: datetime
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The proof that a message is committed. ``repeated``: it was already there. ``report``: set for forms."""

    message_id: str
    repeated: bool = False
    report: FiledReport | None = None


class Lane(StrEnum):
    """Which replies go first when the network's rate is short."""

    FIRST = "first"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Outbound:
    """One reply to be sent. ``id`` is stable across retries.

    ``accepted`` holds, for a text that goes out in several pieces, the network's id of each piece that an
    earlier attempt
    already handed over, in order, with an empty string for a piece still to be sent; it is empty on the first attempt.
    """

    id: str
    channel: str
    to: Address
    text: str = field(repr=False)
    connection: str = ""
    route: Mapping[str, str] = field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = ()
    lane: Lane = Lane.ORDINARY
    accepted: tuple[str, ...] = ()


class Delivery(StrEnum):
    """What a network says of something sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A network's word on one thing sent. ``external_ids`` lists every form the id may have been given in."""

    channel: str
    external_ids: tuple[str, ...]
    delivery: Delivery
    at: datetime
    connection: str = ""
    reason: str = ""
