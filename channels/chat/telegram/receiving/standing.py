"""How the connection is, for operators: reachable or not, why, and what needs their attention."""

import logging
from dataclasses import dataclass, field

from core.channel import Health

log = logging.getLogger(__name__)
FACTS = {"channel": "telegram"}


@dataclass(slots=True)
class Standing:
    """Shared by what receives and what sends."""

    up: bool = False
    why: str = "not asked yet"
    notes: dict[str, str] = field(default_factory=dict)

    def reached(self) -> None:
        """Telegram answered."""
        if not self.up:
            log.info("Telegram answers", extra=FACTS)
        self.up, self.why = True, ""

    def lost(self, why: str) -> None:
        """Telegram does not answer."""
        if self.up or self.why == "not asked yet":
            log.warning("Telegram does not answer", extra=FACTS | {"why": why})
        self.up, self.why = False, f"Telegram does not answer ({why})"

    def turned_away(self, why: str) -> None:
        """Telegram answers that it will not serve us: somebody must act."""
        if self.why != why:
            log.error("Telegram refuses to serve us", extra=FACTS | {"why": why})
        self.up, self.why = False, why

    def note(self, kind: str, words: str) -> None:
        """Something to be seen in ``health`` until it is over; said once in the log."""
        if self.notes.get(kind) != words:
            self.notes[kind] = words
            log.warning("Telegram needs attention", extra=FACTS | {"what": words})

    def over(self, kind: str) -> None:
        """What was noted is over."""
        self.notes.pop(kind, None)

    def health(self) -> Health:
        """From memory."""
        return Health(up=self.up, detail="; ".join(filter(None, [self.why, *self.notes.values()])))
