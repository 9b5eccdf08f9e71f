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
class Choice:
    """What can be chosen instead of written: ``label`` is shown, ``says`` counts as said (empty: the label)."""

    label: str = field(repr=False)
    says: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a message that still lies with its network; ``reference`` is what the channel fetches it by.

    ``size`` in bytes and ``media_type`` are as the network tells them, 0 and empty where it does not.
    """

    reference: str = field(repr=False)
    media_type: str = ""
    size: int = 0
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
    category: str = ""
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
    """What a citizen can ask for in any channel (``interfaces.md``, commands); ``MESSAGE`` (private messages that did
    not get through) and ``LINK`` (a link to answer by) only where everyone reads the answers. ``CONTINUE``: go on here
    with what was begun on another channel, by its code.
    """

    STATUS = "status"
    ANSWER = "answer"
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    WITHDRAW = "withdraw"
    HELP = "help"
    STOP = "stop"
    START = "start"
    MESSAGE = "message"
    LINK = "link"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Command:
    """A command read from a text or given by a form. ``pin`` may only be seen where the sender's address is
    not the reporter's. ``text``: the words behind it; of CONTINUE the code.
    """

    verb: Verb
    tracking_id: str = ""
    text: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    rating: int | None = None


class Origin(StrEnum):
    """Who a message is from, as its network shows it."""

    PERSON = "person"
    ROBOT = "robot"
    BOUNCE = "bounce"


class Mark(StrEnum):
    """What staff should know of how a message came; it is shown with its report.

    ``SENDER_PROVEN`` and ``SENDER_DOUBTFUL``: what the network's own proofs (DMARC) say of the address.
    ``ENCRYPTED``: its words can only be read with a key we do not have. ``FILES_LEFT_OUT``: some files are only in
    the original. ``DELETED``: its author took it back. ``OTHER_ADDRESS``: written from another address than its report.
    ``SENSITIVE``: its network warns of its pictures. ``FILES_LOST``: a file could not be fetched from its network.
    """

    UNREADABLE = "unreadable"
    SENDER_PROVEN = "sender_proven"
    SENDER_DOUBTFUL = "sender_doubtful"
    ENCRYPTED = "encrypted"
    FILES_LEFT_OUT = "files_left_out"
    DELETED = "deleted"
    OTHER_ADDRESS = "other_address"
    SENSITIVE = "sensitive"
    FILES_LOST = "files_lost"


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
        unreadable: the payload could not be parsed; ``raw`` keeps it and a person will look at it. Where the original
            is among ``attachments`` it becomes a report, marked.
        title: a subject line, without the marks of answers and forwards.
        context: what stands around the words without being said now: quoted mails, a signature, the thread above a
            tweet. It is kept and shown folded; nothing is understood from it.
        origin: a robot's message or a bounce is kept, and never becomes a report or gets an answer.
        remark: why ``origin`` is what it is, a word for operators (``auto-reply``, ``list``).
        marks: what staff should know of how it came.
        belongs_to: what this answers or continues, nearest first: ids that ``Channel.send`` returned, or
            ``external_id`` of earlier messages of this channel; at most 50.
        proven: the network proves that the first of ``belongs_to`` was in its sender's hands (a signed address);
            otherwise it is only said.
        mention: names us without the sign that asks for a report; unless it is a command or belongs to the sender's
            report, a person decides.
        supports: ``external_id`` of somebody else's message that this one passes on; without words of its own it only
            counts as support.
        replaces: ``external_id`` of an earlier version of this message.
        group: equal for messages that their sender sent as one (an album).
        place: where the sender says they are or it happened, as ``-6.17539, 106.82715`` (latitude, longitude).
        wanted: files that still lie with the network; the core keeps them with the message and asks for each until it
            is fetched.
        language: of the page its sender writes on (``en``); their own choice stands above it. Empty where unknown.
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
    title: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    origin: Origin = Origin.PERSON
    remark: str = ""
    marks: tuple[Mark, ...] = ()
    belongs_to: tuple[str, ...] = ()
    proven: bool = False
    mention: bool = False
    supports: str = ""
    replaces: str = ""
    group: str = ""
    place: str = field(default="", repr=False)
    wanted: tuple[RemoteFile, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class FiledReport:
    """What a form's sender is told at once. ``pin`` is empty when more than 24 h have passed since it was given."""

    tracking_id: str
    state: str
    verify_by: datetime
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The proof that a message is committed. ``repeated``: it was already there. ``report``: set for forms. ``seq``:
    its line in the talk with its sender, where its channel keeps lines. ``settled``: nothing more comes of it.
    """

    message_id: str
    repeated: bool = False
    report: FiledReport | None = None
    talk: str = ""
    seq: int = 0
    settled: bool = False


class Lane(StrEnum):
    """Which replies go first when the network's rate is short."""

    FIRST = "first"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Outbound:
    """One reply to be sent. ``id`` is stable across retries.

    ``choices``: what can be chosen instead of written, where the network shows such (``Capabilities.choices``).
    ``private``: on a network where everyone reads ``text``, what only the recipient may read; it is a piece of its own,
    behind that of ``text``. Either may be empty, not both; an empty one is no piece.

    ``accepted`` holds, for a text that goes out in several pieces, the network's id of each piece that an
    earlier attempt
    already handed over, in order, with an empty string for a piece still to be sent; it is empty on the first attempt.
    ``language``: of the text.
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
    private: str = field(default="", repr=False)
    choices: tuple[Choice, ...] = ()
    language: str = "id"


@dataclass(frozen=True, slots=True)
class Reachable:
    """An address from which somebody proved to be the reporter of a report, and the way to answer there."""

    address: Address
    channel: str
    connection: str
    route: Mapping[str, str] = field(default_factory=dict, repr=False)


class Delivery(StrEnum):
    """What a network says of something sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A network's word on one thing sent. ``external_ids`` lists every form the id may have been given in.

    ``gone``: the address itself takes nothing any more, so nothing else is sent there.
    """

    channel: str
    external_ids: tuple[str, ...]
    delivery: Delivery
    at: datetime
    connection: str = ""
    reason: str = ""
    gone: bool = False
