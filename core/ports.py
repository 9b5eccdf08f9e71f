"""What the use cases need from outside: a store of transactions, a clock."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol, TypeVar

from core.correspondence import Answered, Passes, Reachables
from core.ledgers import Clocks, Cursors, Figures, Guesses, Leases
from core.registers import (
    Contacts,
    Filings,
    History,
    Jobs,
    Links,
    Listing,
    Messages,
    Outbox,
    Reports,
)
from core.rosters import Agencies, Notices, People, Sessions
from core.talks import Attendants, CannedAnswers, Chats, Codes, Talks, Transcripts, WantedFiles

Result = TypeVar("Result")


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Tx(Protocol):
    """One transaction: everything written through it is committed together or not at all."""

    @property
    def messages(self) -> Messages: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def filings(self) -> Filings: ...
    @property
    def history(self) -> History: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def links(self) -> Links: ...
    @property
    def people(self) -> People: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def cursors(self) -> Cursors: ...
    @property
    def guesses(self) -> Guesses: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def listing(self) -> Listing: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def agencies(self) -> Agencies: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def clocks(self) -> Clocks: ...
    @property
    def reachable(self) -> Reachables: ...
    @property
    def answered(self) -> Answered: ...
    @property
    def passes(self) -> Passes: ...
    @property
    def talks(self) -> Talks: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def transcripts(self) -> Transcripts: ...
    @property
    def wanted(self) -> WantedFiles: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def attendants(self) -> Attendants: ...
    @property
    def canned_answers(self) -> CannedAnswers: ...
    def tell(self, topic: str) -> None:
        """Announce with the commit that there is something new: ``core.talks.topic_of`` a talk, ``core.talks.DESK``."""
        ...


Told = Callable[[Collection[str]], None]
ANYTHING = "*"
"""A topic: what was told may have been missed, so look again."""


class News(Protocol):
    """What is told across processes: topics that transactions announce with their commit, and passing things.

    Nothing is kept: whoever listens looks in the store for what is new. After a break ``ANYTHING`` is told.
    """

    def follow(self, told: Told) -> Callable[[], None]:
        """Call ``told`` with topics in the event loop, soon after their commit, until the returned function is
        called.
        """
        ...

    async def tell(self, topic: str) -> None:
        """Something that passes and is nowhere kept (somebody is typing). Best effort; at most 200 characters."""
        ...


class Unavailable(Exception):
    """The database does not answer; nothing was committed by this call, or it cannot be known."""


class Poison(Exception):
    """The database refuses the data itself: trying again changes nothing."""


class Store(Protocol):
    """Runs a function in a transaction. The function is plain and synchronous, so no network call can happen inside."""

    async def read(self, work: Callable[[Tx], Result]) -> Result:
        """Run ``work`` on a consistent view; what it writes is not kept. Raises Unavailable."""
        ...

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        """Run ``work`` and return its result only when it is committed durably. An exception from ``work`` rolls back.

        ``work`` may run again from the start when the database asks for it (deadlock, serialisation): it must have no
        effect but through its transaction.

        Raises:
            Unavailable: no connection, or it broke.
            Poison: the data is refused.
        """
        ...

    async def write_at_once(self, work: Callable[[Tx], Result]) -> Result:
        """As ``write``, for work whose every statement may be a transaction of its own, as it is in PostgreSQL.

        This spares two round trips to the database.
        """
        ...
