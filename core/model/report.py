"""A report, its history and what of it may be shown."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.model.lifecycle import RequestKind, State
from core.model.message import Address, Attachment, Mark, Reachable


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
    FOLLOWED_UP = "followed_up"
    FORWARDED = "forwarded"
    NOT_MINE_REQUESTED = "not_mine_requested"
    HOLD_REQUESTED = "hold_requested"
    RELEASE_REQUESTED = "release_requested"
    CLOSE_REQUESTED = "close_requested"
    REOPEN_REQUESTED = "reopen_requested"
    REQUEST_REJECTED = "request_rejected"
    REQUEST_LAPSED = "request_lapsed"
    CLOCK_HELD = "clock_held"
    CLOCK_RELEASED = "clock_released"
    CLOSED = "closed"
    REOPENED = "reopened"
    INTERVENED = "intervened"
    IDENTITY_SEEN = "identity_seen"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    RESCHEDULED = "rescheduled"
    UNCLAIMED = "unclaimed"
    CONFIRMED = "confirmed"
    ADDED_ELSEWHERE = "added_elsewhere"
    SUPPORTED = "supported"
    EDITED = "edited"
    AUTHOR_DELETED = "author_deleted"


class FollowUpKind(StrEnum):
    """What an agency answers: *respon awal*, or *tindak lanjut*, which alone lets a report close by itself."""

    INITIAL = "initial_response"
    SUBSTANTIVE = "substantive"


@dataclass(frozen=True, slots=True)
class Request:
    """What an agency asks of the one that gave it the report; ``decider`` is that agency's id.

    ``suggested`` names the agency whose report it is instead (*not mine* only).
    """

    kind: RequestKind
    by: str
    agency: str
    decider: str
    at: datetime
    words: str = field(default="", repr=False)
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it stands.

    ``text`` is the corrected text once verified, ``original_text`` stays as it came. ``version`` counts
    changes and guards
    against two people changing it at once. ``parts_missing`` lists the numbers of the pieces of a long SMS
    that never came.

    ``handed_by`` is the agency that delegated, disposed or forwarded it last, ``copies`` are agencies that may read it,
    ``not_mine_count`` counts how often an agency said that it is not theirs. ``supervised``: a complaint that calls for
    an inspection (*berkadar pengawasan*), which has a longer term. ``clock_held``: it does not close by itself.
    ``source``, ``agenda_number``, ``written_on``, ``source_url`` and ``entered_by`` say where a manual form came from
    and who typed it; ``read_back``: its reporter is asked whether it was taken down rightly. ``context`` and ``marks``
    are those of the message it was made from.

    ``way``: where its reporter asked to be told of it instead of where it came from; ``language``: in which language,
    empty for the deployment's.
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
    request: Request | None = None
    handed_by: str = ""
    copies: tuple[str, ...] = ()
    not_mine_count: int = 0
    supervised: bool = False
    clock_held: bool = False
    source: str = ""
    agenda_number: str = field(default="", repr=False)
    source_url: str = field(default="", repr=False)
    entered_by: str = ""
    written_on: date | None = None
    read_back: bool = False
    context: str = field(default="", repr=False)
    marks: tuple[Mark, ...] = ()
    way: Reachable | None = None
    language: str = ""

    @property
    def told_at(self) -> Address:
        """Where its reporter reads what they are told, and answers."""
        return self.way.address if self.way is not None else self.reporter


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a report's history. ``text`` is what was said; ``public`` lines are shown to the reporter.

    ``secret``: the reporter reads it, the public does not. ``attachments`` came with what was said, ``context`` stood
    around it (a quoted mail) and is shown folded. ``kind`` is that of a follow-up.
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
    secret: bool = False
    attachments: tuple[Attachment, ...] = ()
    kind: FollowUpKind | None = None
    context: str = field(default="", repr=False)
    previous: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class HistoryMark:
    """That a line was added, without what it says."""

    report_id: str
    number: int
    at: datetime
    event: Event


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
