"""A clock that stands still until it is set."""

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
"""A working day in Jakarta, 09.15 WIB, with no holiday in the same week."""


class SettableClock:
    """``core.ports.Clock`` for tests: it shows what it was set to."""

    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        self._now = start

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Show ``moment``, which is aware, from now on; also backwards."""
        self._now = moment.astimezone(UTC)

    def forward(self, by: timedelta) -> datetime:
        """Let time pass; what the clock shows then."""
        self._now += by
        return self._now
