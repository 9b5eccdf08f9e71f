"""What the console's pages list: the queue with its filters and search, the counts on its tabs, the dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from core.filters import TAB_OF, TAB_STATES, Filter, Tab, parse_filter
from core.lines import Row, Surroundings, make_row
from core.model.lifecycle import CLOSED, DISPOSED, IN_PROCESS, NEW, OPEN, PENDING, State
from core.model.listing import RUNNING, Order, Position, Selection, microseconds, urgency
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.permissions import Right, Standing, home, is_within, may, may_with, sight
from core.places import BadPlace, read_place, write_place
from core.ports import Tx
from core.selecting import midnight, select

__all__ = [
    "Counts",
    "Dashboard",
    "Filter",
    "Page",
    "Row",
    "Tab",
    "counts",
    "dashboard",
    "page",
    "parse_filter",
]

MOST_ROWS = 200
MOST_COUNTED = 10_000
TOO_COMMON = "Kata itu ada di sangat banyak laporan; yang lama tidak diperiksa. Tambahkan kata atau pilih instansi."


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue.

    Attributes:
        next: where the next page begins, for ``page(after=…)``; empty on the last one.
        ignored: what of the question made no sense, in Indonesian.
        found: the search was the tracking number of this row: show the report itself.
    """

    rows: tuple[Row, ...]
    next: str = ""
    ignored: tuple[str, ...] = field(default=(), repr=False)
    found: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many reports stand behind each tab and sub-tab; ``MOST_COUNTED`` + 1 stands for more than that."""

    tabs: Mapping[Tab, int]
    states: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What a person sees first: masuk / proses / selesai, what is late, what is theirs. Counts as in ``Counts``."""

    incoming: int
    in_process: int
    done: int
    requests: int
    overdue: int
    due_today: int
    mine: int
    oldest: Row | None


def show_count(count: int) -> str:
    """As it stands on a tab: ``9.841``, ``10.000+``."""
    shown = f"{min(count, MOST_COUNTED):,}".replace(",", ".")
    return f"{shown}+" if count > MOST_COUNTED else shown


def page(
    tx: Tx, staff: Staff, filter_: Filter, *, office: Office, now: datetime, after: str = "", limit: int = 50
) -> Page:
    """The reports within this person's sight that the filter asks for, at most ``MOST_ROWS`` of them.

    Pages follow one another by ``after``: a report that nobody changes meanwhile is on exactly one of them.
    """
    if filter_.tracking_id:
        return _one(tx, staff, filter_, office=office, now=now)
    selection, ignored = select(staff, filter_, office=office, now=now)
    if selection is None:
        return Page((), ignored=ignored)
    try:
        position = read_place(after, order=selection.order)
    except BadPlace:
        position, ignored = None, (*ignored, "Halaman itu tidak ada lagi: daftar dimulai dari awal.")
    limit = max(1, min(limit, MOST_ROWS))
    found = tx.listing.page(selection, after=position, limit=limit + 1)
    shown = found.reports[:limit]
    if found.partial:
        ignored = (*ignored, TOO_COMMON)
    behind = write_place(selection.order, _position(shown[-1], selection.order)) if len(found.reports) > limit else ""
    return Page(_rows(tx, staff, shown, office=office, now=now), next=behind, ignored=ignored)


def _position(report: Report, order: Order) -> Position:
    key = urgency(report) if order is Order.URGENT else microseconds(report.received_at)
    return Position(key or 0, report.id)


def _one(tx: Tx, staff: Staff, filter_: Filter, *, office: Office, now: datetime) -> Page:
    """A report outside one's sight does not exist."""
    report = tx.reports.find(filter_.tracking_id)
    if report is None or not may(staff, Right.VIEW, report, directory=office.directory):
        return Page((), ignored=(*filter_.ignored, "Tidak ada laporan dengan nomor itu."))
    return Page(_rows(tx, staff, [report], office=office, now=now), ignored=filter_.ignored, found=True)


def _rows(tx: Tx, staff: Staff, reports: Sequence[Report], *, office: Office, now: datetime) -> tuple[Row, ...]:
    ids = [report.id for report in reports]
    firsts = tx.listing.numbers({report.duplicate_of for report in reports if report.duplicate_of})
    seen = sight(staff, office.directory)
    around = Surroundings(
        staff=staff,
        office=office,
        now=now,
        supporters=tx.listing.supporters(ids),
        suggested=tx.listing.suggested(ids),
        firsts={first: number for first, (number, agency) in firsts.items() if is_within(seen, agency)},
    )
    return tuple(make_row(report, around) for report in reports)


def counts(tx: Tx, staff: Staff, *, office: Office) -> Counts:
    """How many reports stand behind each tab and sub-tab within this person's sight.

    Exact up to ``MOST_COUNTED``; above that ``MOST_COUNTED + 1``, shown as ``10.000+``. Counting a million index
    entries on every look at the queue is slow, and a counter kept by triggers or by each change would make one row
    that every incoming report has to wait for, in the accept path, in just the floods that this must survive.
    """
    states = tx.listing.counts(sight(staff, office.directory), most=MOST_COUNTED + 1)
    waiting = _waiting(tx, staff, office)
    sums = {tab: sum(states.get(state, 0) for state in tab.states) for tab in Tab} | {Tab.REQUESTS: waiting}
    return Counts(
        tabs=MappingProxyType({tab: min(number, MOST_COUNTED + 1) for tab, number in sums.items()}),
        states=MappingProxyType({state: states.get(state, 0) for state in TAB_OF}),
    )


def _waiting(tx: Tx, staff: Staff, office: Office) -> int:
    own = home(staff, office.directory)
    if not own or not may_with(staff, Right.VIEW, frozenset({Standing.DECIDES})):
        return 0
    return tx.listing.count(Selection(states=TAB_STATES[Tab.REQUESTS], decider=own), most=MOST_COUNTED + 1)


def dashboard(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> Dashboard:
    """Masuk / proses / selesai and what is urgent, for the reports within this person's sight."""
    most, shown = MOST_COUNTED + 1, counts(tx, staff, office=office)
    standing = Selection(states=OPEN, agencies=sight(staff, office.directory), now=now, order=Order.URGENT)
    running = replace(standing, states=RUNNING)
    zone = office.zone(staff.agency)
    tonight = midnight(now.astimezone(zone).date() + timedelta(days=1), zone)
    oldest = tx.listing.page(replace(standing, order=Order.OLDEST), after=None, limit=1)
    return Dashboard(
        incoming=_sum(shown, NEW | PENDING | DISPOSED),
        in_process=_sum(shown, IN_PROCESS),
        done=_sum(shown, CLOSED),
        requests=shown.tabs[Tab.REQUESTS],
        overdue=tx.listing.count(replace(running, due_until=now), most=most),
        due_today=tx.listing.count(replace(running, due_from=now, due_until=tonight), most=most),
        mine=tx.listing.count(replace(standing, claimed_by=staff.username), most=most),
        oldest=next(iter(_rows(tx, staff, oldest.reports, office=office, now=now)), None),
    )


def _sum(shown: Counts, states: frozenset[State]) -> int:
    return min(sum(shown.states[state] for state in states), MOST_COUNTED + 1)
