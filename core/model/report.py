"""A report, its history and what of it may be shown."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.lifecycle import State
from core.model.message import Address, Attachment


class Classification(StrEnum):
    """What kind of report it is (``domain.md`` §4)."""

    COMPLAINT = "complaint"
    ASPIRATION = "aspiration"
    INFORMATION_REQUEST = "information_request"


class ArchiveReason(StrEnum):
    """Why an admin archives (003, *Arsip Laporan*; ``DUPLICATE`` is ours)."""

    CRIME = "crime"
    WRONG_FOLLOW_UP = "wrong_follow_up"
    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    ABUSIVE = "abusive"
    TOO_GENERAL = "too_general"
    BEFORE_COURT = "before_court"
    NOT_GOVERNMENT = "not_government"
    DUPLICATE = "duplicate"


class Event(StrEnum):
    """What the history tells."""

    RECEIVED = "received"
    ADDED = "added"
    REPEATED = "repeated"
    ROUTED = "routed"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    DELEGATED = "delegated"
    QUESTIONED = "questioned"
    HELD = "held"
    ARCHIVED = "archived"
    ANSWERED = "answered"
    SATISFIED = "satisfied"
    RATED = "rated"
    UNSATISFIED = "unsatisfied"
    WITHDRAWN = "withdrawn"
    LINKED = "linked"
    SUGGESTED = "suggested"
    UNLINKED = "unlinked"
    REPLY_FAILED = "reply_failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it stands.

    ``text`` is the corrected text once verified, ``original_text`` stays as it came. ``version`` counts
    changes and guards
    against two people changing it at once. ``parts_missing`` lists the numbers of the pieces of a long SMS
    that never came.
    """

    id: str
    tracking_id: str
    state: State
    channel: str
    reporter: Address
    received_at: datetime
    verify_by: datetime
    text: str = field(repr=False)
    original_text: str = field(repr=False)
    connection: str = ""
    route: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    version: int = 1
    title: str = field(default="", repr=False)
    classification: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    place: str = field(default="", repr=False)
    occurred_at: datetime | None = None
    agency: str = ""
    priority_programme: str = ""
    reporter_name: str = field(default="", repr=False)
    reporter_phone: str = field(default="", repr=False)
    reporter_email: str = field(default="", repr=False)
    anonymous: bool = False
    secret: bool = False
    priority: bool = False
    follow_up_by: datetime | None = None
    duplicate_of: str = ""
    parts_missing: tuple[int, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    claimed_by: str = ""
    claimed_until: datetime | None = None
    rating: int | None = None
    not_mine_requested: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a report's history. ``text`` is what was said; ``public`` lines are shown to the reporter.

    ``digest`` binds the line to the one before it (``previous``): a changed or missing line breaks the chain.
    """

    report_id: str
    number: int
    at: datetime
    event: Event
    actor: str
    state: State
    text: str = field(default="", repr=False)
    public: bool = True
    previous: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of history as the reporter reads it."""

    at: datetime
    event: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a reporter sees with number and PIN: no one else's words, no staff names."""

    tracking_id: str
    state: str
    state_label: str
    agency: str
    verify_by: datetime
    follow_up_by: datetime | None
    history: tuple[HistoryLine, ...]
