"""The clocks of a report: which deadline runs, since when, how far its steps have come (``domain.md`` §5)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Span = tuple[datetime, datetime | None]
"""From when to when a clock ran; without an end it runs still."""


class ClockKind(StrEnum):
    """What must be done in time; several run side by side."""

    VERIFY = "verify"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    FINISH = "finish"


class Stage(StrEnum):
    """How far a clock has come, in this order."""

    RUNNING = "running"
    REMINDED = "reminded"
    DUE = "due"
    ESCALATED = "escalated"
    ESCALATED_TO_NATIONAL = "escalated_to_national"


class Mark(StrEnum):
    """What a clock's trail tells."""

    STARTED = "started"
    STOPPED = "stopped"
    WENT_ON = "went_on"
    REMINDED = "reminded"
    DUE = "due"
    ESCALATED = "escalated"
    RESCHEDULED = "rescheduled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a clock's trail: when, what, and the deadline as it stood then."""

    at: datetime
    mark: Mark
    due: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of one report. A clock that starts again is another one, with the next ``number``.

    ``due_at`` follows from ``spans``, ``days`` (working days), ``timezone``, ``region`` and the calendar alone; while
    the clock stands it is the deadline as it was when it was stopped. ``next_at`` is the moment of its next step, None
    while it stands, when all steps are done and when it has ended.
    """

    report_id: str
    kind: ClockKind
    number: int
    days: int
    timezone: str
    region: str
    spans: tuple[Span, ...]
    due_at: datetime
    next_at: datetime | None = None
    stage: Stage = Stage.RUNNING
    ended_at: datetime | None = None
    trail: tuple[Trace, ...] = ()

    @property
    def is_alive(self) -> bool:
        """It runs or stands, and has not ended."""
        return self.ended_at is None

    @property
    def runs(self) -> bool:
        """It counts days now."""
        return self.is_alive and bool(self.spans) and self.spans[-1][1] is None
