"""The store kit: what ``ports.Store`` promises, as one class of tests for whoever keeps the promise.

A test module supplies a fixture ``store``, migrated and empty, and names the class::

    class TestStore(StoreKit):
        \"\"\"The store on each database.\"\"\"
"""

from core.testing.storing.chats import AttendantTests, CannedAnswerTests, ChatTests
from core.testing.storing.clocks import ClockTests
from core.testing.storing.codes import CodeTests
from core.testing.storing.correspondence import AnsweredTests, PassTests, ReachableTests
from core.testing.storing.filings import FilingTests
from core.testing.storing.jobs import FigureTests, JobTests, LinkTests
from core.testing.storing.listing import ListingTests
from core.testing.storing.looks import LookTests, TranscriptTests
from core.testing.storing.messages import MessageTests, TakingTests
from core.testing.storing.notices import NoticeTests
from core.testing.storing.outbox import GoneTests, OutboxTests, ReceiptTests
from core.testing.storing.people import AgencyTests, ContactTests, CursorTests, LeaseTests, PeopleTests, SessionTests
from core.testing.storing.reports import HistoryTests, ReportTests
from core.testing.storing.talks import EnteringTests, LineTests, TalkTests
from core.testing.storing.threads import ParkedTests, SupporterTests, ThreadTests
from core.testing.storing.transactions import TransactionTests
from core.testing.storing.wanted import WantedTests


class StoreKit(
    TransactionTests,
    MessageTests,
    TakingTests,
    ThreadTests,
    ParkedTests,
    SupporterTests,
    FilingTests,
    ReportTests,
    HistoryTests,
    ContactTests,
    ReachableTests,
    AnsweredTests,
    PassTests,
    CodeTests,
    OutboxTests,
    ReceiptTests,
    GoneTests,
    JobTests,
    LinkTests,
    PeopleTests,
    SessionTests,
    AgencyTests,
    LeaseTests,
    CursorTests,
    FigureTests,
    NoticeTests,
    ListingTests,
    ClockTests,
    WantedTests,
    TalkTests,
    LineTests,
    EnteringTests,
    LookTests,
    TranscriptTests,
    ChatTests,
    AttendantTests,
    CannedAnswerTests,
):
    """Every test of a store."""
