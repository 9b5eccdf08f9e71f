"""What a person asks the queue for: tabs and filters, read from the query of a URL."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.model.lifecycle import ARCHIVED, CLOSED, DISPOSED, IN_PROCESS, NEW, OPEN, PENDING, State
from core.model.listing import RUNNING, Order
from core.model.report import Classification
from core.tracking import digits_of, is_valid, read_tracking_id

LONGEST_QUERY = 200
LONGEST_TERM = 60


class Tab(StrEnum):
    """The tabs of ``domain.md`` §5. ``REQUESTS`` holds what waits for a decision of one's own agency."""

    UNVERIFIED = "unverified"
    PENDING = "pending"
    REQUESTS = "requests"
    TO_FOLLOW_UP = "to_follow_up"
    IN_PROCESS = "in_process"
    DONE = "done"
    ARCHIVE = "archive"

    @property
    def label(self) -> str:
        """As staff read it."""
        return TAB_LABELS[self]

    @property
    def states(self) -> tuple[State, ...]:
        """Its sub-tabs, in the order of the life cycle; ``REQUESTS`` has none and looks into all states."""
        return tuple(state for state in State if state in TAB_STATES[self]) if self is not Tab.REQUESTS else ()


TAB_LABELS: Mapping[Tab, str] = MappingProxyType(
    {
        Tab.UNVERIFIED: "Belum Terverifikasi",
        Tab.PENDING: "Tertunda",
        Tab.REQUESTS: "Permintaan",
        Tab.TO_FOLLOW_UP: "Belum Ditindaklanjuti",
        Tab.IN_PROCESS: "Sedang Diproses",
        Tab.DONE: "Selesai",
        Tab.ARCHIVE: "Arsip",
    }
)
TAB_STATES: Mapping[Tab, frozenset[State]] = MappingProxyType(
    {
        Tab.UNVERIFIED: NEW,
        Tab.PENDING: PENDING,
        Tab.REQUESTS: OPEN | CLOSED,
        Tab.TO_FOLLOW_UP: DISPOSED,
        Tab.IN_PROCESS: IN_PROCESS,
        Tab.DONE: CLOSED,
        Tab.ARCHIVE: ARCHIVED,
    }
)
TAB_OF: Mapping[State, Tab] = MappingProxyType(
    {state: tab for tab in Tab if tab is not Tab.REQUESTS for state in TAB_STATES[tab]}
)


class Claimed(StrEnum):
    """Who works on it just now."""

    ANYONE = "anyone"
    MINE = "mine"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the queue page was asked for. An empty field narrows nothing.

    Attributes:
        tab: None looks into all of them.
        state: a sub-tab.
        agency: with all below it.
        copies: what one's own agency may read as a copy, instead of what is in its care.
        overdue: past the deadline; ``due_within`` is in days, 0 means today.
        received_from, received_until: local days, both included.
        order: None is the tab's own: the most urgent first where reports are open, else the newest.
        tracking_id: the search was a tracking number.
        ignored: what of the query made no sense, in Indonesian.
    """

    tab: Tab | None = None
    state: State | None = None
    agency: str = ""
    copies: bool = False
    channel: str = ""
    classification: str = ""
    category: str = ""
    priority: bool | None = None
    claimed: Claimed = Claimed.ANYONE
    overdue: bool = False
    due_within: int | None = None
    received_from: date | None = None
    received_until: date | None = None
    order: Order | None = None
    words: str = field(default="", repr=False)
    tracking_id: str = ""
    ignored: tuple[str, ...] = field(default=(), repr=False)

    @property
    def states(self) -> frozenset[State]:
        """Where to look; a deadline runs in some states only."""
        found = TAB_STATES[self.tab] if self.tab else frozenset(State)
        if self.state is not None:
            found &= {self.state}
        return found & RUNNING if self.overdue or self.due_within is not None else found

    @property
    def sorted_by(self) -> Order:
        """Urgency means nothing where reports are done, or where a request asks to open one again."""
        states = self.states
        urgent = bool(states) and states <= OPEN and self.tab is not Tab.REQUESTS
        if self.order is None and self.tab is Tab.REQUESTS:
            return Order.OLDEST
        return (self.order or Order.URGENT) if urgent else _by_time(self.order)


def _by_time(order: Order | None) -> Order:
    return Order.NEWEST if order in (None, Order.URGENT) else order


def parse_filter(query: Mapping[str, str]) -> Filter:
    """Read a URL's query; what makes no sense is left out and named in ``ignored``.

    Names: ``tab``, ``state``, ``agency``, ``copies``, ``channel``, ``classification``, ``category``, ``priority``,
    ``claimed``, ``due`` (``overdue`` or a number of days), ``from``, ``to`` (ISO dates), ``order``, ``q``. Other
    names are not looked at.
    """
    found: dict[str, Any] = {}
    ignored = []
    for name, read in READERS.items():
        given = query.get(name, "").strip()
        if not given:
            continue
        try:
            found |= read(given)
        except ValueError:
            ignored.append(f"Saringan “{FIELD_LABELS[name]}” diabaikan: isinya tidak dikenal.")
    return _consistent(Filter(**found, ignored=tuple(ignored)))


def _consistent(filter_: Filter) -> Filter:
    """A sub-tab of another tab would show nothing; days in the wrong order are meant the other way round."""
    since, until = filter_.received_from, filter_.received_until
    if since and until and since > until:
        filter_ = replace(filter_, received_from=until, received_until=since)
    if filter_.state is None or filter_.tab is None or filter_.state in TAB_STATES[filter_.tab]:
        return filter_
    return replace(filter_, state=None, ignored=(*filter_.ignored, "Status itu tidak ada di tab ini."))


def _days(given: str) -> dict[str, Any]:
    if given == "overdue":
        return {"overdue": True}
    if not (given.isascii() and given.isdecimal() and int(given) <= LONGEST_TERM):
        raise ValueError
    return {"due_within": int(given)}


def _search(given: str) -> dict[str, Any]:
    """Ten digits in any spelling are a tracking number where the check digit agrees."""
    words = given[:LONGEST_QUERY]
    number = read_tracking_id(words)
    if number and is_valid(number) and len(digits_of(words)) == len(number):
        return {"words": words, "tracking_id": number}
    return {"words": words}


def _day(given: str) -> date:
    day = date.fromisoformat(given)
    if not 2000 <= day.year < 2200:
        raise ValueError
    return day


def _identifier(given: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", given):
        raise ValueError
    return given


def _truth(given: str) -> bool:
    return {"1": True, "true": True, "ya": True, "0": False, "false": False, "tidak": False}[given.casefold()]


def _yes(name: str) -> Callable[[str], dict[str, Any]]:
    def read(given: str) -> dict[str, Any]:
        try:
            return {name: _truth(given)}
        except KeyError as error:
            raise ValueError from error

    return read


READERS: Mapping[str, Callable[[str], dict[str, Any]]] = MappingProxyType(
    {
        "tab": lambda given: {"tab": Tab(given)},
        "state": lambda given: {"state": State(given)},
        "agency": lambda given: {"agency": _identifier(given)},
        "copies": _yes("copies"),
        "channel": lambda given: {"channel": _identifier(given)},
        "classification": lambda given: {"classification": Classification(given).value},
        "category": lambda given: {"category": _identifier(given)},
        "priority": _yes("priority"),
        "claimed": lambda given: {"claimed": Claimed(given)},
        "due": _days,
        "from": lambda given: {"received_from": _day(given)},
        "to": lambda given: {"received_until": _day(given)},
        "order": lambda given: {"order": Order(given)},
        "q": _search,
    }
)
FIELD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "tab": "tab",
        "state": "status",
        "agency": "instansi",
        "copies": "tembusan",
        "channel": "kanal",
        "classification": "klasifikasi",
        "category": "kategori",
        "priority": "prioritas",
        "claimed": "pemegang",
        "due": "tenggat",
        "from": "diterima sejak",
        "to": "diterima sampai",
        "order": "urutan",
        "q": "pencarian",
    }
)
