"""Runs transactions: in the loop on PostgreSQL, in one writer thread with shared commits on SQLite."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.ports import Unavailable
from core.storage.errors import TRANSLATED, is_worth_a_retry, translate

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

MOST_WORKS_IN_A_COMMIT = 200
ATTEMPTS = 4
# A plan made while a table was empty scans it whole, and a cached one would go on doing so while it fills.
SERVER_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off", "application_name": "lapor"}
READERS = 4
TOPICS = "topics"
"""Where a SQLite connection keeps what is to be told after its commit."""


class Database(Protocol):
    """A database that runs a function in a transaction."""

    async def read(self, work: Work[Result]) -> Result: ...
    async def write(self, work: Work[Result]) -> Result: ...
    async def write_at_once(self, work: Work[Result]) -> Result: ...
    async def close(self) -> None: ...


def open_database(url: str, *, pool_size: int = 10) -> Database:
    """A database by its URL, ``sqlite:///path`` or ``postgresql://…``. Opens no connection yet. Raises ValueError."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("a SQLite database must be a file, such as sqlite:///var/lapor.db")
        return SqliteDatabase(parsed.database)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed.set(drivername="postgresql+asyncpg"), pool_size=pool_size)
    raise ValueError(f"'{parsed.get_backend_name()}' is not supported; use sqlite:///… or postgresql://…")


class PostgresDatabase:
    """PostgreSQL through asyncpg, in the caller's event loop."""

    def __init__(self, url: Any, *, pool_size: int) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,
            connect_args={"server_settings": SERVER_SETTINGS},
        )
        # One snapshot for all statements of a read; "read committed" would take a new one for each.
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._statements = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._closed = False

    async def read(self, work: Work[Result]) -> Result:
        """Run ``work`` in a transaction that is rolled back."""
        _refuse_when_closed(self._closed)
        try:
            async with self._snapshots.connect() as connection:
                return await connection.run_sync(work)
        except TRANSLATED as error:
            raise translate(error) from None

    async def write(self, work: Work[Result]) -> Result:
        """Run ``work`` and commit; again after a deadlock."""
        return await self._persist(work, self._engine.begin)

    async def write_at_once(self, work: Work[Result]) -> Result:
        """Run ``work``, whose statements are transactions of their own; again after a deadlock."""
        return await self._persist(work, self._statements.connect)

    async def _persist(
        self, work: Work[Result], connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    ) -> Result:
        _refuse_when_closed(self._closed)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with connect() as connection:
                    return await connection.run_sync(work)
            except TRANSLATED as error:
                if attempt == ATTEMPTS or not is_worth_a_retry(error):
                    raise translate(error) from None
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        await self._engine.dispose()


def _refuse_when_closed(closed: bool) -> None:
    """A late caller gets an answer instead of a new connection that nobody closes."""
    if closed:
        raise Unavailable("the database was closed")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A work that waits for the writer thread, and who waits for it."""

    work: Work[Any]
    done: "Future[Any]"


class SqliteDatabase:
    """SQLite in WAL mode with ``synchronous=FULL``. All writes go through one thread, which commits together
    what waits together.
    """

    def __init__(self, path: str) -> None:
        # The writer has one connection for good: what others change shows in its ``data_version``.
        self._engine = _sqlite_engine(path, pool_size=1, max_overflow=0)
        self._reading = _sqlite_engine(path)
        self._told: list[Callable[[Collection[str]], None]] = []
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._writer: threading.Thread | None = None
        self._closed = False

    async def read(self, work: Work[Result]) -> Result:
        """Run ``work`` in a reader thread."""
        _refuse_when_closed(self._closed)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[Result]) -> Result:
        try:
            with self._reading.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                try:
                    return work(connection)
                finally:
                    _roll_back(connection)
        except TRANSLATED as error:
            raise translate(error) from None

    async def write(self, work: Work[Result]) -> Result:
        """Run ``work`` in the writer thread; return when its commit is on disk."""
        _refuse_when_closed(self._closed)
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
            self._writer.start()
        done: Future[Result] = Future()
        self._waiting.put(_Waiting(work, done))
        return await asyncio.wrap_future(done)

    async def write_at_once(self, work: Work[Result]) -> Result:
        """As ``write``: commits are shared anyway."""
        return await self.write(work)

    def _write_all(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._take()
            topics = _commit_together(self._engine, batch) if batch else frozenset()
            for told in self._told if topics else ():
                told(topics)

    def _take(self) -> tuple[list[_Waiting], bool]:
        """All that waits now, at least one; and whether the end was asked for behind it."""
        batch: list[_Waiting] = []
        while len(batch) < MOST_WORKS_IN_A_COMMIT and not (batch and self._waiting.empty()):
            waiting = self._waiting.get()
            if waiting is None:
                return batch, True
            if waiting.done.set_running_or_notify_cancel():
                batch.append(waiting)
        return batch, False

    def on_commit(self, told: Callable[[Collection[str]], None]) -> None:
        """Call ``told`` in the writer's thread after each commit that has something to tell; it must not raise."""
        self._told.append(told)

    async def foreign_changes(self) -> int:
        """Another number than before when another process committed something in between."""
        return await self.write(lambda connection: int(connection.exec_driver_sql("PRAGMA data_version").scalar_one()))

    async def close(self) -> None:
        """Finish what waits, then close."""
        self._closed = True
        if self._writer is not None:
            self._waiting.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()
        self._reading.dispose()


def _commit_together(engine: Engine, batch: Sequence[_Waiting]) -> Collection[str]:
    """Run each work in its own savepoint, commit once, then tell each; what the world is to be told. One that fails
    takes none of the others with it.
    """
    topics: Collection[str] = frozenset()
    try:
        with engine.connect() as connection:
            connection.info.pop(TOPICS, None)
            outcomes = _run_all(connection, batch)
            topics = connection.info.pop(TOPICS, topics)
    except SQLAlchemyError as error:
        outcomes = [(translate(error), None)] * len(batch)
    for waiting, (failure, result) in zip(batch, outcomes, strict=True):
        _tell(waiting.done, failure, result)
    return topics


def _run_all(connection: Connection, batch: Sequence[_Waiting]) -> list[tuple[Exception | None, Any]]:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcomes = [_run_in_savepoint(connection, waiting.work) for waiting in batch]
        connection.exec_driver_sql("COMMIT")
    except SQLAlchemyError:
        _roll_back(connection)
        raise
    return outcomes


def _run_in_savepoint(connection: Connection, work: Work[Any]) -> tuple[Exception | None, Any]:
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        result = work(connection)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for this work
        connection.exec_driver_sql("ROLLBACK TO work")
        connection.exec_driver_sql("RELEASE work")
        return (translate(error) if isinstance(error, TRANSLATED) else error), None
    connection.exec_driver_sql("RELEASE work")
    return None, result


def _roll_back(connection: Connection) -> None:
    with contextlib.suppress(OperationalError):  # No transaction is open: there is nothing to roll back.
        connection.exec_driver_sql("ROLLBACK")


def _tell(done: "Future[Any]", failure: BaseException | None, result: Any) -> None:
    if failure is not None:
        done.set_exception(failure)
    else:
        done.set_result(result)


def _sqlite_engine(path: str, **pool: Any) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        **pool,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 30},
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
