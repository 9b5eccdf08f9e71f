"""What a citizen's page or program may ask of the core, beside handing in messages."""

from datetime import timedelta
from typing import Protocol

from core.model.message import Accepted
from core.model.people import Agency, Category, Figures
from core.model.report import ReportView


class NotFound(Exception):
    """No such report for this number and PIN; a wrong number and a wrong PIN are told alike."""


class TooManyGuesses(Exception):
    """This source tried too many numbers or PINs; it may try again after ``retry_after``."""

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__("too many attempts")
        self.retry_after = retry_after


class Settled(Protocol):
    """What became of a message that was handed in: ``done``, or ``refused`` with the reason a citizen can read."""

    @property
    def done(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Desk(Protocol):
    """Answers questions about reports to whoever proves number and PIN, and public lists to anyone."""

    async def find(self, tracking_id: str, pin: str, *, source: str) -> ReportView:
        """The report as its reporter sees it. ``source`` (an IP address) limits guesses. Raises NotFound,
        TooManyGuesses, core.channel.Busy.
        """
        ...

    async def settle(self, accepted: Accepted, *, limit: timedelta) -> Settled | None:
        """Work on an accepted message at once and say what became of it; None when ``limit`` passed first (it
        goes on).
        """
        ...

    async def agencies(self) -> tuple[Agency, ...]:
        """Every agency, ordered by name."""
        ...

    async def categories(self) -> tuple[Category, ...]:
        """Every category, in the order of the file."""
        ...

    async def figures(self) -> Figures:
        """The public summary. Raises core.channel.Busy."""
        ...
