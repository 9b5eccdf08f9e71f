"""A second way into the database of a test: plain SQL, as somebody with access to the server has it."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from core.storage.engine import Database, open_database

Sql = Callable[..., Any]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The migrated database without the store, as a second connection beside it."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def empty_database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database without tables."""
    opened = open_database(empty_database_url)
    yield opened
    await opened.close()


@pytest.fixture
def run_sql(database: Database) -> Sql:
    """Run statements one after another in a transaction."""

    async def run(*statements: str) -> None:
        def work(connection: Connection) -> None:
            for statement in statements:
                connection.exec_driver_sql(statement)

        await database.write(work)

    return run


def every_row(connection: Connection) -> Sequence[tuple[Any, ...]]:
    """All rows of all tables."""
    tables = inspect(connection).get_table_names()
    return [tuple(row) for table in tables for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]


@pytest.fixture
def read_rows(database: Database) -> Sql:
    """Read every column of every row."""

    async def read() -> Sequence[tuple[Any, ...]]:
        return await database.read(every_row)

    return read
