"""What a citizen's page or program may ask of the core, beside handing in messages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.model.message import Accepted, Address
from core.model.people import Agency, Category, Figures
from core.model.report import ReportView
from core.model.talk import Line, Owner


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


@dataclass(frozen=True, slots=True)
class Visit:
    """How a talk stands, as its visitor may know it. Without ``talk``: nothing was said yet.

    Attributes:
        head: the newest line.
        operator: who answers, where a person does; ``place``: in the queue for one, from 1; 0 where nobody waits.
        seen: the newest line the operator has seen.
        rates: a chat with a person ended and was not rated yet.
        revoked: the visitor took back their token.
    """

    talk: str = ""
    head: int = 0
    owner: Owner = Owner.BOT
    operator: str = ""
    place: int = 0
    seen: int = 0
    rates: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new in a talk: how it stands, and lines behind those that were known, oldest first."""

    visit: Visit
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A code by which a visitor goes on with their talk on another channel. ``by_sms``: an operator is connected."""

    code: str = field(repr=False)
    until: datetime
    by_sms: bool = False


class NotNow(Exception):
    """What a visitor asked for cannot be had. ``why``, for their program: ``none``, ``too_many``, ``bad``, ``off``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Visits(Protocol):
    """Talks, for the pages of those with whom they are. Each may raise core.channel.Busy."""

    async def visit(self, address: Address) -> Visit:
        """How the talk with an address stands."""
        ...

    async def news(self, known: Mapping[str, int], *, limit: int) -> Mapping[str, Fresh]:
        """By talk: how it stands, and lines behind the one that is known; at most ``limit`` of them in all."""
        ...

    async def lines(self, talk: str, *, after: int, limit: int) -> Sequence[Line]:
        """Oldest first."""
        ...

    async def older(self, talk: str, *, before: int, limit: int) -> Sequence[Line]:
        """The newest lines before one, oldest first."""
        ...

    async def heads(self, talks: Collection[str]) -> Mapping[str, int]:
        """The newest line of each; one that was taken back is left out."""
        ...

    def follow(self, told: Callable[[Collection[str]], None]) -> Callable[[], None]:
        """As ``core.ports.News.follow``."""
        ...

    async def see(self, talk: str, seq: int) -> None:
        """The visitor has seen everything up to here."""
        ...

    async def is_typing(self, talk: str) -> None:
        """The visitor is typing; this passes."""
        ...

    async def rate(self, talk: str, stars: int, remark: str) -> None:
        """The visitor rates the chat with a person that ended last. Raises NotNow."""
        ...

    async def leave(self, talk: str) -> Visit:
        """The visitor leaves the chat with a person; how the talk stands then. Raises NotNow."""
        ...

    async def give_code(self, talk: str) -> Elsewhere:
        """A code to go on elsewhere; one that was given before ends."""
        ...

    async def transcribe(self, talk: str, to: str, *, language: str) -> None:
        """Mail a link to what was said so far. Raises NotNow."""
        ...

    async def revoke(self, talk: str) -> None:
        """The visitor takes back their token: nobody comes back to this talk with it."""
        ...

    def hours(self, language: str) -> tuple[bool, str]:
        """Whether somebody is there now, and when somebody is, in words."""
        ...

    def file(self, blob_id: str) -> AsyncIterator[bytes]:
        """A stored file, piece by piece. Raises FileNotFoundError."""
        ...

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call ``close`` when the gateway stops, before it cuts what is still connected."""
        ...


class Desk(Protocol):
    """Answers questions about reports to whoever proves number and PIN, and public lists to anyone."""

    @property
    def talks(self) -> Visits:
        """Talks, for their visitors."""
        ...

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
