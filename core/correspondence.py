"""Where somebody can be written to, how often they were answered, and links for one answer. ``core.ports.Tx`` gives
them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.message import Address, Reachable


class Reachables(Protocol):
    """The addresses from which somebody proved to be the reporter of a report; the 20 heard from last of each."""

    def add(self, report_id: str, reachable: Reachable, *, at: datetime) -> None:
        """Heard from at ``at``: an address that is known already takes the newer way to answer."""
        ...

    def of(self, report_id: str) -> Sequence[Reachable]:
        """The one heard from last first."""
        ...

    def reports_of(self, digest: bytes, *, limit: int) -> Sequence[str]:
        """The reports of which an address, by its keyed digest, proved to be the reporter's; the last proven first."""
        ...


class Answered(Protocol):
    """How many answers an address got within a time; windows of a span are numbered from 1970 on."""

    def count(self, to: Address, *, span: timedelta, at: datetime) -> int:
        """So far in the window of ``at``."""
        ...

    def add(self, to: Address, *, span: timedelta, at: datetime) -> None:
        """One more."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Drop the windows that ended before."""
        ...


class Passes(Protocol):
    """Links by which one answer can be given; only a keyed digest of each is kept."""

    def add(self, token: str, *, report_id: str, until: datetime) -> None:
        """Give one out; those of the report that were not used yet end."""
        ...

    def use(self, token: str, *, now: datetime) -> str:
        """The report, once; empty for a pass that is wrong, used or too old."""
        ...

    def used(self, digest: bytes) -> str:
        """The report of a pass that was used, by its digest; empty for any other."""
        ...

    def digest(self, token: str) -> bytes: ...
    def forget(self, *, before: datetime) -> None:
        """Drop those that ended before."""
        ...
