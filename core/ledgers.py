"""What keeps the house running: deadlines, leases, cursors, wrong guesses, figures. ``core.ports.Tx`` gives them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.clock import Clock


class Leases(Protocol):
    """Who holds a connection that a network allows only once."""

    def take(self, name: str, *, owner: str, now: datetime, lease: timedelta) -> bool: ...
    def give_up(self, name: str, *, owner: str) -> None: ...
    def owners(self) -> Collection[str]:
        """Everyone who holds a connection, a job or a reply."""
        ...

    def end(self, owners: Collection[str], *, now: datetime) -> None:
        """End every lease of processes that are known to be dead: what they held is free, what they were
        sending is unknown.
        """
        ...


class Cursors(Protocol):
    """How far a polled network was read."""

    def get(self, name: str) -> str | None: ...
    def save(self, name: str, value: str) -> None: ...


class Guesses(Protocol):
    """Wrong numbers, PINs and passwords, by source and hour."""

    def wrong(self, source: str, *, hour: int) -> int: ...
    def add(self, source: str, *, hour: int) -> None: ...
    def give_back(self, source: str, *, hour: int) -> None:
        """One less, where what was counted beforehand came out right."""
        ...

    def forget(self, *, before_hour: int) -> None: ...


class Figures(Protocol):
    """What operators watch."""

    def balance(self, *, since: datetime | None = None, drafts_before: datetime | None = None) -> Mapping[str, int]:
        """By channel: messages received and not accounted for; 0 unless something was lost.

        ``since`` spares reading all messages ever settled; what was never settled is counted however old. Of drafts
        that nothing will send, only those stored before ``drafts_before`` are counted, where it is given: one that is
        gone on with in another talk has its time there.
        """
        ...

    def drafts(self) -> int:
        """Messages that are part of a report that is not sent yet."""
        ...

    def chats(self, *, now: datetime) -> Mapping[str, int]:
        """Chats that are not over: ``waiting`` for a person, and ``taken``."""
        ...

    def jobs_due(self, *, now: datetime) -> int: ...
    def jobs_parked(self) -> int: ...
    def outbox(self) -> Mapping[tuple[str, str], int]:
        """Replies by (channel, state)."""
        ...

    def received(self) -> Mapping[str, int]: ...
    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Messages by (channel, outcome)."""
        ...


class Clocks(Protocol):
    """The deadlines of each report, by kind and number; whoever changes one has its report locked."""

    def add(self, clocks: Sequence[Clock]) -> None:
        """Insert the clocks of new reports."""
        ...

    def save(self, clocks: Sequence[Clock]) -> None: ...
    def of(self, report_id: str) -> Sequence[Clock]:
        """All of a report, also those that have ended; of each kind the newest last."""
        ...

    def take_due(self, *, now: datetime, limit: int) -> Sequence[Clock]:
        """Clocks whose next step is due, the longest due first; they and their reports are locked."""
        ...

    def put_off(self, clock: Clock, *, until: datetime) -> None:
        """A step that cannot be done is tried again then."""
        ...

    def alive(self, *, after: str, limit: int) -> Sequence[Clock]:
        """What has not ended, of the next ``limit`` reports behind ``after``, by report."""
        ...

    def without(self, *, states: Collection[str], limit: int) -> Sequence[str]:
        """Ids of reports in one of ``states`` that have no clock at all."""
        ...

    def listing(self, *, limit: int) -> Sequence[Clock]: ...
