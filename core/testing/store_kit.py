"""The store kit: what ``ports.Store`` promises, as one class of tests for whoever keeps the promise.

A test module supplies a fixture ``store``, migrated and empty, and names the class::

    class TestStore(StoreKit):
        \"\"\"The store on each database.\"\"\"
"""

from core.testing.storing.jobs import FigureTests, JobTests, LinkTests
from core.testing.storing.listing import ListingTests
from core.testing.storing.messages import MessageTests, TakingTests
from core.testing.storing.outbox import OutboxTests, ReceiptTests
from core.testing.storing.people import AgencyTests, ContactTests, CursorTests, LeaseTests, PeopleTests, SessionTests
from core.testing.storing.reports import HistoryTests, ReportTests
from core.testing.storing.transactions import TransactionTests


class StoreKit(
    TransactionTests,
    MessageTests,
    TakingTests,
    ReportTests,
    HistoryTests,
    ContactTests,
    OutboxTests,
    ReceiptTests,
    JobTests,
    LinkTests,
    PeopleTests,
    SessionTests,
    AgencyTests,
    LeaseTests,
    CursorTests,
    FigureTests,
    ListingTests,
):
    """Every test of a store."""
