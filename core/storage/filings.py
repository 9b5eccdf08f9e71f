"""Forms in the database: message, report, first line of history, clock and job in a single round trip."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, column, exists, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from core.model.work import Filing
from core.storage.clocks import ClockRows, clock_row
from core.storage.history import HistoryRows
from core.storage.jobs import JobRows, job_row
from core.storage.messages import MessageRows, window
from core.storage.reports import ReportRows
from core.storage.rows import ArrayOf, locks_rows, one_of
from core.storage.tables import Moment, clocks, history, jobs, messages, reports
from core.storage.taking import first_of
from core.vault import Vault

TABLES = (messages, reports, history, clocks, jobs)
WINDOW = {"since": Moment(), "until": Moment()}
TYPES: Mapping[str, TypeEngine[Any]] = WINDOW | {f"{t.name}_{c.name}": c.type for t in TABLES for c in t.columns}
# What no two filings share. All else is mostly equal in a batch: then it is one parameter, not an array.
DIFFERENT = frozenset(
    f"{table}_{name}"
    for table, names in {
        "messages": ("id", "external_id", "fingerprint", "sender_digest", "received_at", "sealed"),
        "reports": ("id", "tracking_id", "reporter_digest", "received_at", "pin_digest", "pin_sealed", "sealed"),
        "history": ("digest", "sealed"),
        "clocks": ("rest",),
        "jobs": ("id",),
    }.items()
    for name in names
)


# A filing has one report, and its id stands in five tables.
SHARED = dict.fromkeys(("messages_report_id", "history_report_id", "clocks_report_id", "jobs_subject"), "reports_id")


class FilingRows:
    """``registers.Filings``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._messages = MessageRows(connection, vault)
        self._reports = ReportRows(connection, vault)
        self._history = HistoryRows(connection, vault)
        self._clocks = ClockRows(connection)
        self._jobs = JobRows(connection)

    def add(self, filings: Sequence[Filing], *, now: datetime) -> Mapping[str, tuple[str, bytes] | None]:
        """On PostgreSQL one statement; further ones only where something was not new."""
        once = list({filing.report.tracking_id: filing for filing in reversed(filings)}.values())
        new = self._add_at_once(once, now) if locks_rows(self._connection) else self._add_in_turn(once, now)
        left = [filing.message for filing in filings if filing.message.id not in new]
        return dict.fromkeys((message.id for message in left), None) | self._messages.known(left)

    def _add_at_once(self, filings: Sequence[Filing], now: datetime) -> frozenset[str]:
        columns = self._columns(filings, now)
        same = tuple(name for name, values in columns.items() if name not in DIFFERENT and _are_equal(values))
        names = tuple(name for name in columns if name not in same)
        given = columns | {name: columns[name][0] for name in same}
        return frozenset(self._connection.execute(_filing(names, same), given).scalars())

    def _columns(self, filings: Sequence[Filing], now: datetime) -> dict[str, list[Any]]:
        """By the names of TYPES, one value for each filing."""
        rows: dict[Table, list[dict[str, Any]]] = {
            messages: [self._messages.row(filing.message) | {"stored_at": now, "note": ""} for filing in filings],
            reports: [self._reports.row(filing.report, filing.pin) for filing in filings],
            history: [self._history.first_row(filing.begun) for filing in filings],
            clocks: [clock_row(filing.clock) for filing in filings],
            jobs: [job_row(filing.job, now=now) for filing in filings],
        }
        named = {f"{table.name}_{name}": (name, of) for table, of in rows.items() for name in of[0]}
        columns = {key: [row[name] for row in of] for key, (name, of) in named.items() if key not in SHARED}
        windows = [window(filing.message.inbound) for filing in filings]
        return columns | {name: [each[name] for each in windows] for name in WINDOW}

    def _add_in_turn(self, filings: Sequence[Filing], now: datetime) -> frozenset[str]:
        """Reports come last, so their numbers are looked up first; nobody else writes meanwhile."""
        numbers = one_of(self._connection, reports.c.tracking_id, [filing.report.tracking_id for filing in filings])
        taken = set(self._connection.execute(select(reports.c.tracking_id).where(numbers)).scalars())
        free = [filing for filing in filings if filing.report.tracking_id not in taken]
        known = self._messages.take([filing.message for filing in free], now=now)
        new = [filing for filing in free if filing.message.id not in known]
        self._reports.add_all([(filing.report, filing.pin) for filing in new])
        self._history.begin([filing.begun for filing in new])
        self._clocks.add([filing.clock for filing in new])
        self._jobs.add([filing.job for filing in new], now=now)
        return frozenset(filing.message.id for filing in new)


def _are_equal(values: list[Any]) -> bool:
    return values.count(values[0]) == len(values)


@lru_cache(maxsize=64)
def _filing(names: tuple[str, ...], same: tuple[str, ...]) -> Select[Any]:
    """``names`` come as one array each, ``same`` as one parameter each.

    A number that another transaction takes at the same moment fails the whole statement: it then runs again.
    """
    arrays = [bindparam(name, type_=ArrayOf(TYPES[name])) for name in names]
    columns = (column(name, TYPES[name]) for name in names)
    constants = (bindparam(name, type_=TYPES[name]).label(name) for name in same)
    unnested = func.unnest(*arrays).table_valued(*columns).render_derived(name="unnested")
    given = select(unnested, *constants).cte("given")
    taken = exists().where(reports.c.tracking_id == given.c.reports_tracking_id)
    stored, values = _of(messages, given)
    fresh = select(*values).where(first_of(given.c.messages_fingerprint, given.c).is_(None), ~taken)
    insert = postgresql.insert(messages).from_select(stored, fresh)
    new = insert.on_conflict_do_nothing().returning(messages.c.id).cte("new")
    others = (_insert(table, given, new) for table in TABLES[1:])
    return select(new.c.id).add_cte(*others)


def _of(table: Table, given: Any) -> tuple[list[str], list[Any]]:
    """The table's columns and what was given for them."""
    names = [each.name for each in table.columns]
    keys = (f"{table.name}_{name}" for name in names)
    return names, [given.c[SHARED.get(key, key)] for key in keys]


def _insert(table: Table, given: Any, new: Any) -> Any:
    names, values = _of(table, given)
    belonging = select(*values).join_from(given, new, new.c.id == given.c.messages_id)
    return postgresql.insert(table).from_select(names, belonging).cte(f"new_{table.name}")
