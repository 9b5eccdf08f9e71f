"""Statements that go straight to the driver fail as SQLAlchemy's own do, and share its transaction."""

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, String, bindparam, func, literal, select
from sqlalchemy.exc import DBAPIError

from core.ports import Poison, Unavailable
from core.storage.direct import compile_direct, first_column
from core.storage.engine import Database, open_database
from core.storage.tables import cursors

NAMES = compile_direct(select(cursors.c.name).where(cursors.c.value == bindparam("value")).order_by(cursors.c.name))
ADDING = compile_direct(
    select(
        cursors.insert()
        .values(name=bindparam("name", type_=String()), value=literal("1708"))
        .returning(cursors.c.name)
        .cte("added")
        .c.name
    )
)
CUTTING = compile_direct(select(func.pg_terminate_backend(func.pg_backend_pid())))


def add(name: str) -> Callable[[Connection], list[str]]:
    """Write a cursor, which stands for any row."""
    return lambda connection: first_column(connection, ADDING, {"name": name})


async def names(database: Database) -> list[str]:
    """The cursors that are committed."""
    return await database.read(lambda connection: first_column(connection, NAMES, {"value": "1708"}))


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database."""
    opened = open_database(postgres_url, pool_size=2)
    yield opened
    await opened.close()


async def test_a_statement_gets_its_parameters_and_gives_its_first_column(postgres: Database) -> None:
    assert await postgres.write_at_once(add("siti")) == ["siti"]
    assert await postgres.write_at_once(add("budi")) == ["budi"]

    assert await names(postgres) == ["budi", "siti"]


async def test_in_a_transaction_it_is_undone_with_everything_else(postgres: Database) -> None:
    def add_and_fail(connection: Connection) -> None:
        add("siti")(connection)
        raise KeyError("the work itself fails")

    with pytest.raises(KeyError):
        await postgres.write(add_and_fail)

    assert await names(postgres) == []


@pytest.mark.parametrize("name", ["x" * 161, "with \0 inside", 1708], ids=["too long", "NUL", "number"])
async def test_a_value_that_is_refused_is_poison_and_is_not_quoted(postgres: Database, name: str) -> None:
    with pytest.raises(Poison) as refused:
        await postgres.write_at_once(add(name))

    assert "xxx" not in str(refused.value)
    assert await postgres.write_at_once(add("next")) == ["next"]


@pytest.mark.parametrize("way", ["write", "write_at_once"])
async def test_a_lost_connection_is_unavailable_and_the_next_one_works(postgres: Database, way: str) -> None:
    with pytest.raises(Unavailable):
        await getattr(postgres, way)(lambda connection: first_column(connection, CUTTING, {}))

    assert await postgres.write_at_once(add("next")) == ["next"]


async def test_the_error_shows_neither_statement_nor_values(postgres: Database) -> None:
    def refused(connection: Connection) -> str:
        with pytest.raises(DBAPIError) as error:
            add("x" * 161)(connection)
        return str(error.value)

    assert "xxx" not in await postgres.write_at_once(refused)
