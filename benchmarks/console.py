"""The console's queue page and dashboard over a million reports: server time, database included."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import million
from benchmarks.database import SERVER, fresh_database, one
from benchmarks.processes import ROOT
from benchmarks.tables import aim, show
from core import listing
from core.calendar import load_calendar
from core.directory import Directory
from core.filters import Filter, parse_filter
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.listing import Order, Position
from core.model.people import Staff
from core.office import Office
from core.phrasebook import load_replies
from core.places import write_place
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.migrate import migrate
from core.storage.store import SqlStore
from core.vault import make_vault

ROUNDS = int(os.environ.get("LAPOR_BENCH_ROUNDS", "30"))
SLOWEST = 150.0
PEOPLE: Mapping[str, tuple[Role, str]] = {
    "national admin": (Role.NATIONAL_ADMIN, "nasional"),
    "province, 200 units": (Role.AGENCY_ADMIN, million.FIRST),
    "officer": (Role.LIAISON_OFFICER, million.UNIT),
}
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    **{f"tab {tab.value}": {"tab": tab.value} for tab in listing.Tab},
    "all tabs": {},
    "done, oldest": {"tab": "done", "order": "oldest"},
    "done, rare category": {"tab": "done", "category": "kebersihan", "channel": "form"},
    "unverified, nobody's, by e-mail": {"tab": "unverified", "claimed": "nobody", "channel": "email"},
    "mine": {"claimed": "mine"},
    "overdue": {"due": "overdue"},
    "due within 3 days": {"due": "3"},
    "received in a month of last year": {"from": "{year}-03-01", "to": "{year}-03-31"},
    "one unit": {"agency": million.UNIT},
    "search, a common word": {"q": "lampu"},
    "search, common words": {"q": "puskesmas antrian"},
    "search, common words that never meet": {"q": "puskesmas lampu"},
    "search, a house number": {"q": "1017"},
    "search, common words in a tab": {"tab": "to_follow_up", "q": "lampu jalan"},
    "search, no such word": {"q": "xylofonqwerty"},
}


def run() -> None:
    """One table for each person."""
    vault = make_vault([os.urandom(32)])
    with fresh_database() as name:
        asyncio.run(_migrate(f"{SERVER}/{name}"))
        begun = time.monotonic()
        million.fill(name, vault)
        took = time.monotonic() - begun
        sizes = [one(f"SELECT pg_total_relation_size('{table}')", database=name) for table in million.TABLES]
        said = ", ".join(f"{table} {size / 2**30:.1f} GiB" for table, size in zip(million.TABLES, sizes, strict=True))
        print(f"{million.REPORTS:,} reports filled in {took:.0f} s; with indexes: {said}", flush=True)
        asyncio.run(_measure(SqlStore(open_database(f"{SERVER}/{name}"), vault)))


async def _migrate(url: str) -> None:
    database = open_database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _measure(store: SqlStore) -> None:
    office, slowest = _office(), 0.0
    try:
        for who, (role, agency) in PEOPLE.items():
            staff = Staff(new_id(), "dewi.lestari", role, agency, datetime.now(UTC))
            rows = [(name, *await _times(store, staff, query, office)) for name, query in QUESTIONS.items()]
            rows.append(("deep in done", *await _deep(store, staff, office)))
            rows.append(("dashboard", *await _repeat(partial(_dashboard, store, staff, office))))
            show(f"console: {who}, ms, {ROUNDS} times each", ("page with counts", "rows", "p50", "p95", "p99"), rows)
            slowest = max(slowest, *(float(row[3]) for row in rows))
    finally:
        await store.close()
    aim("slowest p95, ms", slowest, most=SLOWEST)


def _office() -> Office:
    return Office(
        calendar=load_calendar(ROOT / Path("config/holidays.toml")),
        directory=Directory(agencies=million.agencies()),
        replies=load_replies(ROOT / Path("config/replies")),
        capabilities={},
        readers={},
        new_id=new_id,
        random_below=secrets.randbelow,
    )


async def _times(store: SqlStore, staff: Staff, query: Mapping[str, str], office: Office) -> tuple[object, ...]:
    year = datetime.now(UTC).year - 1
    filter_ = parse_filter({name: value.format(year=year) for name, value in query.items()})
    return await _repeat(lambda: _page(store, staff, filter_, office))


async def _deep(store: SqlStore, staff: Staff, office: Office) -> tuple[object, ...]:
    """A page in the middle of all that is done."""
    two_years_ago = int((time.time() - 2 * 365 * 86400) * 1e6)
    after = write_place(Order.NEWEST, Position(two_years_ago, "0"))
    return await _repeat(lambda: _page(store, staff, parse_filter({"tab": "done"}), office, after))


async def _page(store: SqlStore, staff: Staff, filter_: Filter, office: Office, after: str = "") -> int:
    """As the console asks: the page and the counts on the tabs, in one transaction."""
    now = datetime.now(UTC)

    def look(tx: Tx) -> int:
        listing.counts(tx, staff, office=office)
        return len(listing.page(tx, staff, filter_, office=office, now=now, after=after).rows)

    return await store.read(look)


async def _dashboard(store: SqlStore, staff: Staff, office: Office) -> int:
    found = await store.read(lambda tx: listing.dashboard(tx, staff, office=office, now=datetime.now(UTC)))
    return found.incoming


async def _repeat(ask: Callable[[], Awaitable[int]]) -> tuple[object, ...]:
    """Rows, then p50, p95 and p99 in ms; the first time warms the caches and does not count."""
    rows, times = await ask(), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    return rows, *(times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99))
