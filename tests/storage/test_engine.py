"""How transactions run: shared commits, failures kept apart, a database that is away or slow."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.ports import Unavailable
from core.storage.engine import Database, SqliteDatabase, open_database
from core.storage.migrate import migrate
from tests.storage.cursors import names, note, run


class Mistake(Exception):
    """What a work raises."""


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    """A migrated SQLite database."""
    opened = open_database(sqlite_url)
    assert isinstance(opened, SqliteDatabase)
    yield opened
    await opened.close()


@pytest.fixture
def commits(sqlite: SqliteDatabase) -> list[str]:
    """The commits that SQLite makes from now on."""
    seen: list[str] = []

    @event.listens_for(sqlite._engine, "before_cursor_execute")
    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement == "COMMIT":
            seen.append(statement)

    return seen


class Turnstile:
    """A work that holds the writer until it is let go."""

    def __init__(self) -> None:
        self.inside = threading.Event()
        self.open = threading.Event()

    def __call__(self, _connection: Connection) -> None:
        self.inside.set()
        assert self.open.wait(10)


async def held(database: Database, *waiting: Callable[[], Awaitable[object]]) -> list[object]:
    """What becomes of works that were all asked for while the writer was busy."""
    turnstile = Turnstile()
    first = asyncio.ensure_future(database.write(turnstile))
    assert await asyncio.to_thread(turnstile.inside.wait, 10)
    started = [asyncio.ensure_future(work()) for work in waiting]
    await asyncio.sleep(0)
    turnstile.open.set()
    await first
    return await asyncio.gather(*started, return_exceptions=True)


async def test_works_that_wait_together_share_a_commit(sqlite: SqliteDatabase, commits: list[str]) -> None:
    await held(sqlite, *(lambda n=n: sqlite.write(note(f"c{n}")) for n in range(5)))  # type: ignore[misc]

    assert len(commits) == 2
    assert await names(sqlite) == ["c0", "c1", "c2", "c3", "c4"]


async def test_a_failing_work_takes_none_of_the_others_with_it(sqlite: SqliteDatabase) -> None:
    def fail(connection: Connection) -> None:
        note("of the failing one")(connection)
        raise Mistake

    ends = await held(
        sqlite,
        lambda: sqlite.write(note("a")),
        lambda: sqlite.write(fail),
        lambda: sqlite.write(note("a")),
        lambda: sqlite.write(note("b")),
    )

    assert [type(end) for end in ends] == [type(None), Mistake, IntegrityError, type(None)]
    assert await names(sqlite) == ["a", "b"]


async def test_a_work_that_nobody_waits_for_any_more_is_not_done(sqlite: SqliteDatabase) -> None:
    async def give_up() -> None:
        asking = asyncio.ensure_future(sqlite.write(note("given up")))
        await asyncio.sleep(0)
        asking.cancel()
        await asking

    ends = await held(sqlite, give_up, lambda: sqlite.write(note("wanted")))

    assert isinstance(ends[0], asyncio.CancelledError)
    assert await names(sqlite) == ["wanted"]


async def test_a_commit_survives_a_caller_who_leaves_in_the_middle(sqlite: SqliteDatabase) -> None:
    turnstile = Turnstile()
    leaving = asyncio.ensure_future(sqlite.write(lambda c: (note("begun")(c), turnstile(c))))  # type: ignore[func-returns-value]
    assert await asyncio.to_thread(turnstile.inside.wait, 10)
    leaving.cancel()
    turnstile.open.set()

    await sqlite.write(note("next"))

    assert await names(sqlite) == ["begun", "next"]


async def test_a_failed_commit_is_told_to_everyone_who_shared_it(sqlite: SqliteDatabase, sqlite_url: str) -> None:
    rival = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    await sqlite.write(lambda c: run(c, "PRAGMA busy_timeout=50"))
    rival.execute("BEGIN IMMEDIATE")

    ends = await asyncio.gather(*(sqlite.write(note(f"c{n}")) for n in range(3)), return_exceptions=True)

    assert {type(end) for end in ends} == {Unavailable}
    rival.execute("ROLLBACK")
    rival.close()
    await sqlite.write(note("afterwards"))
    assert await names(sqlite) == ["afterwards"]


async def test_a_commit_is_on_disk_when_it_returns(sqlite: SqliteDatabase, sqlite_url: str) -> None:
    await sqlite.write(note("durable"))

    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert other.execute("SELECT name FROM cursors").fetchall() == [("durable",)]
    other.close()
    settings = await sqlite.write(
        lambda c: [c.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
    )
    assert settings == ["wal", 2]


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/no/such/folder/lapor.db")

    for asked in (database.write(note("a")), database.read(note("a"))):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(asked, 5)

    await database.close()


async def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "lapor.db"
    path.write_bytes(b"this is no database" * 1000)
    database = open_database(f"sqlite:///{path}")

    with pytest.raises((Unavailable, DBAPIError)):
        await asyncio.wait_for(database.write(note("a")), 5)

    await database.close()


async def test_closing_leaves_no_thread_and_finishes_what_waits(sqlite_url: str) -> None:
    before = set(threading.enumerate())
    database = open_database(sqlite_url)
    await database.read(lambda _: None)
    waiting = [asyncio.ensure_future(database.write(note(f"c{n}"))) for n in range(3)]
    await asyncio.sleep(0)

    await database.close()

    await asyncio.gather(*waiting)
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not [name for name in left if name.startswith("sqlite")]


async def test_who_comes_after_the_close_is_told(database: Database) -> None:
    await database.write(note("before"))
    await database.close()

    for asked in (database.write(note("after")), database.read(note("after"))):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(asked, 5)

    await database.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://root@127.0.0.1/lapor", "oracle://x"], ids=str
)
def test_a_database_that_cannot_serve_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_database(url)


async def test_an_exception_of_the_work_reaches_its_caller(database: Database) -> None:
    def fail(_: Connection) -> None:
        raise Mistake

    for asked in (database.write(fail), database.read(fail)):
        with pytest.raises(Mistake):
            await asked


async def test_a_read_sees_one_moment(database: Database, database_url: str) -> None:
    def count(connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT count(*) FROM cursors").scalar_one())

    def twice(connection: Connection) -> tuple[int, int]:
        first = count(connection)
        elsewhere(database_url, note("in between"))
        return first, count(connection)

    assert await database.read(twice) == (0, 0)
    assert await names(database) == ["in between"]


def elsewhere(url: str, work: Callable[[Connection], object]) -> None:
    """Commit ``work`` as another process would, while the caller's thread waits."""

    async def commit() -> None:
        other = open_database(url)
        try:
            await other.write(work)
        finally:
            await other.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, commit()).result(10)


async def test_a_new_file_is_migrated_and_written(empty_database: Database) -> None:
    await migrate(empty_database)

    await empty_database.write(note("first"))

    assert await names(empty_database) == ["first"]
