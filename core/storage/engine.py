"""Runs transactions: in the loop on PostgreSQL, in one writer thread with shared commits on SQLite."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.ports import Poison, Unavailable

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

MOST_WORKS_IN_A_COMMIT = 200
ATTEMPTS = 4
# A plan made while a table was empty scans it whole, and a cached one would go on doing so while it fills.
SERVER_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off", "application_name": "lapor"}
RETRY_STATES = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
READERS = 4


class Database(Protocol):
    """A database that runs a function in a transaction."""

    async def read(self, work: Work[Result]) -> Result: ...
    async def write(self, work: Work[Result]) -> Result: ...
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


def _translate(error: SQLAlchemyError) -> Exception:
    """Our word for what the driver said, without the statement's parameters: they may be personal data."""
    if isinstance(error, DataError):
        return Poison("the database refuses the data")
    if isinstance(error, InterfaceError | OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return Unavailable("the database does not answer")
    return error


def _is_worth_a_retry(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in RETRY_STATES


class PostgresDatabase:
    """PostgreSQL through asyncpg, in the caller's event loop."""

    def __init__(self, url: Any, *, pool_size: int) -> None:
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,
            connect_args={"server_settings": SERVER_SETTINGS},
        )

    async def read(self, work: Work[Result]) -> Result:
        """Run ``work`` in a transaction that is rolled back."""
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)
        except SQLAlchemyError as error:
            raise _translate(error) from None
        except (OSError, TimeoutError) as error:
            raise Unavailable("the database does not answer") from error

    async def write(self, work: Work[Result]) -> Result:
        """Run ``work`` and commit; again after a deadlock."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._engine.begin() as connection:
                    return await connection.run_sync(work)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _is_worth_a_retry(error):
                    raise _translate(error) from None
            except SQLAlchemyError as error:
                raise _translate(error) from None
            except (OSError, TimeoutError) as error:
                raise Unavailable("the database does not answer") from error
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


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
        self._engine = _sqlite_engine(path)
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._writer: threading.Thread | None = None

    async def read(self, work: Work[Result]) -> Result:
        """Run ``work`` in a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[Result]) -> Result:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                try:
                    return work(connection)
                finally:
                    _roll_back(connection)
        except SQLAlchemyError as error:
            raise _translate(error) from None

    async def write(self, work: Work[Result]) -> Result:
        """Run ``work`` in the writer thread; return when its commit is on disk."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
            self._writer.start()
        done: Future[Result] = Future()
        self._waiting.put(_Waiting(work, done))
        return await asyncio.wrap_future(done)

    def _write_all(self) -> None:
        with self._engine.connect() as connection:
            closing = False
            while not closing:
                batch, closing = self._take()
                _commit_together(connection, batch)

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

    async def close(self) -> None:
        """Finish what waits, then close."""
        if self._writer is not None:
            self._waiting.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()


def _commit_together(connection: Connection, batch: Sequence[_Waiting]) -> None:
    """Run each work in its own savepoint, commit once, then tell each. One that fails takes none of the others
    with it.
    """
    if not batch:
        return
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcomes = [_run_in_savepoint(connection, waiting.work) for waiting in batch]
        connection.exec_driver_sql("COMMIT")
    except SQLAlchemyError as error:
        _roll_back(connection)
        outcomes = [(_translate(error), None)] * len(batch)
    for waiting, (failure, result) in zip(batch, outcomes, strict=True):
        _tell(waiting.done, failure, result)


def _run_in_savepoint(connection: Connection, work: Work[Any]) -> tuple[BaseException | None, Any]:
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        result = work(connection)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for this work
        connection.exec_driver_sql("ROLLBACK TO work")
        connection.exec_driver_sql("RELEASE work")
        return (_translate(error) if isinstance(error, SQLAlchemyError) else error), None
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


def _sqlite_engine(path: str) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
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
