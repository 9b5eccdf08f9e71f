"""What the core keeps of its own work: stored messages, jobs, replies on their way, links between reports."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.clock import Clock
from core.model.message import Inbound, Outbound, RemoteFile
from core.model.report import HistoryEntry, Report


class Outcome(StrEnum):
    """What became of a message. Every message ends in exactly one; ``NONE`` means it is still being worked on.

    ``SUPPORT``: somebody passed on another's report. ``PARKED``: a person decides (``core.triage``). ``DISMISSED``: a
    person decided that nothing comes of it. ``DRAFT``: it is part of a report that is not sent yet. ``TALK``: it was
    said in a talk, and nothing more comes of it.
    """

    NONE = ""
    REPORT = "report"
    ADDITION = "addition"
    ANSWER = "answer"
    COMMAND = "command"
    REPEAT = "repeat"
    PIECE = "piece"
    SUPPORT = "support"
    ROBOT = "robot"
    BOUNCE = "bounce"
    PARKED = "parked"
    DISMISSED = "dismissed"
    DRAFT = "draft"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A committed message. ``pieces`` are the raw pieces of a long one, by number."""

    id: str
    inbound: Inbound
    outcome: Outcome = Outcome.NONE
    report_id: str = ""
    note: str = ""


class JobKind(StrEnum):
    """The steps that run after a commit; each has one function (see ``gateway.steps``)."""

    CONVERSE = "converse"
    JOIN = "join"
    MATCH = "match"
    ROUTE = "route"
    GREET = "greet"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Job:
    """One step to be done. ``subject`` is the id of the message, group of pieces or report it is about."""

    id: str
    kind: JobKind
    subject: str
    not_before: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Filing:
    """All that is written when a form is taken: it is stored whole or not at all."""

    message: StoredMessage
    report: Report
    pin: str = field(repr=False)
    begun: HistoryEntry
    clock: Clock
    job: Job


class OutboxState(StrEnum):
    """Where a reply is. ``AVAILABLE``: on a network that fetches its replies, it lies ready there."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    AVAILABLE = "available"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in the outbox. ``cause`` is unique: the same cause never gives two replies.

    ``doubtful``: an attempt ended without an answer from the network, so the citizen may get it twice.
    ``outbound.accepted`` holds the network's ids of the pieces already handed over.
    """

    id: str
    cause: str
    event: str
    outbound: Outbound
    report_id: str = ""
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    not_before: datetime | None = None
    created_at: datetime | None = None
    doubtful: bool = False
    reason: str = ""


class LinkKind(StrEnum):
    """The three cases of ``domain.md`` §6."""

    SAME_MESSAGE = "same_message"
    SAME_REPORTER = "same_reporter"
    SAME_EVENT = "same_event"


class LinkDecision(StrEnum):
    """Who decided: the gateway linked, the gateway only suggests, a person confirmed, or a person undid it."""

    LINKED = "linked"
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Link:
    """A message or report recognised as a repeat of ``first_report``. Exactly one of ``message_id`` and
    ``report_id`` is set.
    """

    id: str
    kind: LinkKind
    decision: LinkDecision
    first_report: str
    score: float
    at: datetime
    report_id: str = ""
    message_id: str = ""
    reasons: tuple[str, ...] = field(default=(), repr=False)
    by: str = "system"


@dataclass(frozen=True, slots=True)
class Contact:
    """What is remembered of an address between two messages.

    ``question``: the report about which an open question waits for this person's next words.
    ``choice``: the new report for which "1 addition, 2 new report" was asked, and ``choice_of`` the earlier one.
    ``gone_at``: since when the network says that the address takes nothing; its owner's next message ends it.
    ``language``: asked for, empty for the deployment's. ``talk``: the id of its talk, where there is one.
    """

    digest: bytes
    opted_out: bool = False
    question: str = ""
    choice: str = ""
    choice_of: str = ""
    gone_at: datetime | None = None
    language: str = ""
    talk: str = ""


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that is still to be fetched for a stored message. ``number``: its place in ``Inbound.wanted``, from 0."""

    message_id: str
    number: int
    channel: str
    connection: str
    file: RemoteFile
    attempts: int = 0
    not_before: datetime | None = None
