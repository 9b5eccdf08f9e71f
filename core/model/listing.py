"""What a list of reports is asked for: which reports, in which order, from where on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.model.lifecycle import DISPOSED, IN_PROCESS, NEW, OPEN, PENDING, State
from core.model.report import Report

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = 10**14
"""By how much a priority report's urgency is lower: more milliseconds than any date of this calendar has."""


class Order(StrEnum):
    """The most urgent first (open reports only), or by when they were received."""

    URGENT = "urgent"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a report stands in an order; those behind it are the next page.

    ``key`` is the urgency, or the time of receipt in microseconds since 1970.
    """

    key: int
    id: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which reports: every field narrows, an empty one does not.

    Attributes:
        states: in one of these; at least one.
        agencies: of these agencies; None of all, with those of no agency.
        decider: whose request waits for this agency.
        copied_to: that this agency may read as a copy.
        claimed_by: claimed at ``now`` by this username; ``unclaimed``: by nobody.
        due_from, due_until: open reports whose deadline is at or after, and before.
        words: that say all of these (``core.text``); ``contact`` is a reporter's telephone or e-mail as it is indexed.
    """

    states: frozenset[State]
    agencies: frozenset[str] | None = None
    order: Order = Order.NEWEST
    decider: str = ""
    copied_to: str = ""
    channel: str = ""
    classification: str = ""
    category: str = ""
    priority: bool | None = None
    claimed_by: str = ""
    unclaimed: bool = False
    now: datetime = EPOCH
    due_from: datetime | None = None
    due_until: datetime | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    words: tuple[str, ...] = field(default=(), repr=False)
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; ``partial``: older reports were left out, as too many have these words."""

    reports: tuple[Report, ...]
    partial: bool = False


def deadline(report: Report) -> datetime | None:
    """The deadline that counts in the report's state; None once it is closed or archived."""
    if report.state in NEW | PENDING:
        return report.verify_by
    return (report.follow_up_by or report.verify_by) if report.state in DISPOSED | IN_PROCESS else None


RUNNING = OPEN - {State.AWAITING_INFORMATION, State.FOLLOWED_UP}
"""The states in which somebody on the staff has to act by a date: not while the reporter's word is awaited."""


def running_deadline(report: Report) -> datetime | None:
    """The deadline that counts days now; None where none does, as in a report that goes with another one."""
    return deadline(report) if report.state in RUNNING and not report.duplicate_of else None


def urgency(report: Report) -> int | None:
    """One number to sort open reports by: priority first, then the deadline. None once closed or archived."""
    due = deadline(report)
    return None if due is None else milliseconds(due) - (AHEAD if report.priority else 0)


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)
