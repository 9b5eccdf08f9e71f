"""The store: transactions with every aggregate behind one name."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection

from core import correspondence, ledgers, ports, registers, rosters
from core.storage.agencies import AgencyRows
from core.storage.chats import AttendantRows, CannedAnswerRows, ChatRows
from core.storage.clocks import ClockRows
from core.storage.codes import CodeRows
from core.storage.contacts import ContactRows
from core.storage.correspondence import AnsweredRows, PassRows, ReachableRows
from core.storage.engine import Database
from core.storage.figures import FigureRows
from core.storage.filings import FilingRows
from core.storage.history import HistoryRows
from core.storage.jobs import JobRows
from core.storage.links import LinkRows
from core.storage.listing import ListingRows
from core.storage.messages import MessageRows
from core.storage.news import announce
from core.storage.notices import NoticeRows
from core.storage.outbox import OutboxRows
from core.storage.people import CursorRows, GuessRows, LeaseRows, PeopleRows
from core.storage.reports import ReportRows
from core.storage.sessions import SessionRows
from core.storage.talks import TalkRows
from core.storage.transcripts import TranscriptRows
from core.storage.wanted import WantedRows
from core.talks import Attendants, CannedAnswers, Chats, Codes, Talks, Transcripts, WantedFiles, topic_of
from core.vault import Vault

Result = TypeVar("Result")


class Transaction:
    """``ports.Tx`` over one connection; each aggregate is made when first used."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self.topics: set[str] = set()

    def tell(self, topic: str) -> None:
        """With the commit."""
        self.topics.add(topic)

    @cached_property
    def messages(self) -> registers.Messages:
        """Inbound messages."""
        return MessageRows(self._connection, self._vault)

    @cached_property
    def reports(self) -> registers.Reports:
        """Reports."""
        return ReportRows(self._connection, self._vault)

    @cached_property
    def filings(self) -> registers.Filings:
        """Forms with all that belongs to them."""
        return FilingRows(self._connection, self._vault)

    @cached_property
    def history(self) -> registers.History:
        """What happened to reports."""
        return HistoryRows(self._connection, self._vault)

    @cached_property
    def contacts(self) -> registers.Contacts:
        """What is remembered of addresses."""
        return ContactRows(self._connection, self._vault)

    @cached_property
    def outbox(self) -> registers.Outbox:
        """Replies on their way."""
        return OutboxRows(self._connection, self._vault)

    @cached_property
    def jobs(self) -> registers.Jobs:
        """Steps to be done."""
        return JobRows(self._connection, self.tell)

    @cached_property
    def links(self) -> registers.Links:
        """Recognised repeats."""
        return LinkRows(self._connection, self._vault)

    @cached_property
    def people(self) -> rosters.People:
        """Staff."""
        return PeopleRows(self._connection, self._vault)

    @cached_property
    def leases(self) -> ledgers.Leases:
        """Who holds which connection."""
        return LeaseRows(self._connection)

    @cached_property
    def cursors(self) -> ledgers.Cursors:
        """How far polled networks were read."""
        return CursorRows(self._connection)

    @cached_property
    def guesses(self) -> ledgers.Guesses:
        """Wrong numbers and PINs."""
        return GuessRows(self._connection, self._vault)

    @cached_property
    def figures(self) -> ledgers.Figures:
        """What operators watch."""
        return FigureRows(self._connection)

    @cached_property
    def listing(self) -> registers.Listing:
        """Lists of reports."""
        return ListingRows(self._connection, self._vault)

    @cached_property
    def sessions(self) -> rosters.Sessions:
        """Who is logged in where."""
        return SessionRows(self._connection, self._vault)

    @cached_property
    def agencies(self) -> rosters.Agencies:
        """The tree of agencies."""
        return AgencyRows(self._connection)

    @cached_property
    def notices(self) -> rosters.Notices:
        """What staff are told."""
        return NoticeRows(self._connection, self._vault)

    @cached_property
    def clocks(self) -> ledgers.Clocks:
        """Deadlines."""
        return ClockRows(self._connection)

    @cached_property
    def reachable(self) -> correspondence.Reachables:
        """Proven addresses of reporters."""
        return ReachableRows(self._connection, self._vault)

    @cached_property
    def answered(self) -> correspondence.Answered:
        """How often addresses were answered."""
        return AnsweredRows(self._connection, self._vault)

    @cached_property
    def passes(self) -> correspondence.Passes:
        """One-time links."""
        return PassRows(self._connection, self._vault)

    @cached_property
    def talks(self) -> Talks:
        """Talks and their lines."""
        return TalkRows(self._connection, self._vault, lambda talk_id: self.tell(topic_of(talk_id)))

    @cached_property
    def transcripts(self) -> Transcripts:
        """Links to what was said."""
        return TranscriptRows(self._connection, self._vault)

    @cached_property
    def codes(self) -> Codes:
        """Codes for going on elsewhere."""
        return CodeRows(self._connection, self._vault)

    @cached_property
    def wanted(self) -> WantedFiles:
        """Files that still lie with their network."""
        return WantedRows(self._connection, self._vault)

    @cached_property
    def chats(self) -> Chats:
        """Requests for a person."""
        return ChatRows(self._connection, self._vault)

    @cached_property
    def attendants(self) -> Attendants:
        """Who is at the operators' desk."""
        return AttendantRows(self._connection)

    @cached_property
    def canned_answers(self) -> CannedAnswers:
        """Answers used again."""
        return CannedAnswerRows(self._connection)


class SqlStore:
    """``ports.Store`` over a database."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def read(self, work: Callable[[ports.Tx], Result]) -> Result:
        """See ``ports.Store.read``."""
        return await self._database.read(lambda connection: work(Transaction(connection, self._vault)))

    async def write(self, work: Callable[[ports.Tx], Result]) -> Result:
        """See ``ports.Store.write``."""
        return await self._database.write(self._telling(work))

    async def write_at_once(self, work: Callable[[ports.Tx], Result]) -> Result:
        """See ``ports.Store.write_at_once``."""
        return await self._database.write_at_once(self._telling(work))

    def _telling(self, work: Callable[[ports.Tx], Result]) -> Callable[[Connection], Result]:
        """Announce last what the work has to tell."""

        def run(connection: Connection) -> Result:
            tx = Transaction(connection, self._vault)
            result = work(tx)
            if tx.topics:
                announce(connection, tx.topics)
            return result

        return run

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()
