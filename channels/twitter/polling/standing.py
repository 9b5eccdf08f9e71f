"""How the connection is, for operators: reachable or not, why, and what needs their attention."""

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.twitter.polling.cursor import Cursor, Meter
from core.channel import Health

log = logging.getLogger(__name__)
MUTED_SECONDS = 600.0


@dataclass(slots=True)
class Standing:
    """Shared by what polls and what sends. ``mute``: why X lets us read and not write, until ``muted_until``."""

    quota: int
    up: bool = False
    why: str = "not asked yet"
    mute: str = ""
    muted_until: float = 0.0
    cursor: Cursor = field(default_factory=Cursor)
    notes: dict[str, str] = field(default_factory=dict)

    def reached(self) -> None:
        """X answered."""
        if not self.up:
            log.info("X answers", extra={"channel": "twitter"})
        self.up, self.why = True, ""

    def lost(self, why: str) -> None:
        """X does not answer."""
        if self.up or self.why == "not asked yet":
            log.warning("X does not answer", extra={"channel": "twitter", "why": why})
        self.up, self.why = False, f"X does not answer ({why})"

    def turned_away(self, why: str) -> None:
        """X answers that it will not serve us: somebody must act."""
        if self.why != why:
            log.error("X refuses to serve us", extra={"channel": "twitter", "why": why})
        self.up, self.why = False, why

    def may_not_write(self, why: str) -> None:
        """No reply is tried for ten minutes: each would be refused alike."""
        if not self._is_muted():
            log.error("X does not let us write", extra={"channel": "twitter", "why": why})
        self.mute, self.muted_until = why, time.monotonic() + MUTED_SECONDS

    def _is_muted(self) -> bool:
        return time.monotonic() < self.muted_until

    def note(self, kind: str, words: str, *, level: int = logging.WARNING) -> None:
        """Something to be seen in ``health`` until it is over; said once in the log."""
        if self.notes.get(kind) != words:
            self.notes[kind] = words
            log.log(level, "X needs attention", extra={"channel": "twitter", "what": words})

    def over(self, kind: str) -> None:
        """What was noted is over."""
        self.notes.pop(kind, None)

    def meter(self, now: datetime | None = None) -> Meter:
        """What this month cost by now."""
        return self.cursor.meter.at(now or datetime.now(UTC))

    def health(self) -> Health:
        """From memory."""
        meter = self.meter()
        of = f" of {self.quota}" if self.quota else ""
        counted = f"{meter.reads}{of} posts read and {meter.posts} posted this month"
        mute = self.mute if self._is_muted() else ""
        detail = "; ".join(filter(None, [self.why, mute, *self.notes.values(), counted]))
        return Health(up=self.up and not mute, detail=detail)
