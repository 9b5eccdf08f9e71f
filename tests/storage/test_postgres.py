"""PostgreSQL: deadlocks, refused data, a server that is away or goes away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection

from core.ports import Poison, Unavailable
from core.storage.engine import Database, open_database
from tests.storage.cursors import names, note, run


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database."""
    opened = open_database(postgres_url, pool_size=4)
    yield opened
    await opened.close()


async def test_after_a_deadlock_the_transaction_runs_again(postgres: Database) -> None:
    for name in ("a", "b"):
        await postgres.write(note(name, ""))
    runs: list[str] = []

    def lock_both(first: str, second: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            runs.append(first)
            add = "UPDATE cursors SET value = value || '{}' WHERE name = '{}'"
            run(connection, add.format(first, first))
            run(connection, "SELECT pg_sleep(0.2)")
            run(connection, add.format(first, second))

        return work

    await asyncio.gather(postgres.write(lock_both("a", "b")), postgres.write(lock_both("b", "a")))

    assert len(runs) >= 3, "one of the two is chosen as the victim and runs again"
    found = await postgres.read(lambda c: set(c.exec_driver_sql("SELECT value FROM cursors").scalars()))
    assert {frozenset(value) for value in found} == {frozenset("ab")}


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO cursors VALUES ('{'x' * 161}', '')",
        "INSERT INTO cursors VALUES ('x', E'\\xff')",
        "INSERT INTO guesses VALUES ('x', 99999999999999999999, 1)",
    ],
    ids=["too long", "no text", "too large"],
)
async def test_data_that_postgres_refuses_is_poison(postgres: Database, statement: str) -> None:
    with pytest.raises(Poison) as refused:
        await postgres.write(lambda connection: run(connection, statement))

    assert "xxx" not in str(refused.value)
    await postgres.write(note("next"))


@pytest.mark.parametrize(
    "value", ["with \0 inside", "with \ud800 inside", 1708], ids=["NUL", "lone surrogate", "number"]
)
async def test_a_value_that_cannot_be_sent_is_poison(postgres: Database, value: object) -> None:
    with pytest.raises(Poison):
        await postgres.write(
            lambda connection: connection.exec_driver_sql("INSERT INTO cursors VALUES ($1, '')", (value,))
        )


async def test_a_server_that_is_away_is_unavailable(postgres_server: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = open_database(f"postgresql://postgres@127.0.0.1:{nobody.getsockname()[1]}/test")

        for asked in (database.write(note("a")), database.read(note("a"))):
            with pytest.raises(Unavailable):
                await asyncio.wait_for(asked, 5)
        await database.close()


async def test_a_database_that_does_not_exist_is_unavailable(postgres_url: str) -> None:
    database = open_database(f"{postgres_url}_and_no_more")

    with pytest.raises(Unavailable):
        await database.write(note("a"))

    await database.close()


async def test_a_connection_that_breaks_in_the_middle_is_unavailable_and_the_next_one_works(postgres: Database) -> None:
    def cut_off(connection: Connection) -> None:
        note("lost")(connection)
        run(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
        note("lost too")(connection)

    with pytest.raises(Unavailable):
        await postgres.write(cut_off)

    await postgres.write(note("next"))
    assert await names(postgres) == ["next"]


async def test_connections_that_broke_while_they_rested_cost_one_answer_at_most(postgres: Database) -> None:
    await postgres.write(note("first"))
    others = "datname = current_database() AND pid != pg_backend_pid()"
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    await asyncio.gather(*(postgres.read(lambda c: run(c, "SELECT pg_sleep(0.02)")) for _ in range(3)))
    await postgres.read(lambda c: run(c, cut))

    ends = await asyncio.gather(*(postgres.write(note(f"n{n}")) for n in range(6)), return_exceptions=True)

    assert {type(end) for end in ends} <= {type(None), Unavailable}
    await postgres.write(note("works again"))


async def test_when_no_connection_gets_free_the_database_is_unavailable(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(postgres_url, pool_size=1)
    monkeypatch.setattr(database._engine.pool, "_timeout", 0.05)  # type: ignore[attr-defined]
    busy = asyncio.ensure_future(database.read(lambda c: run(c, "SELECT pg_sleep(0.5)")))
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await database.write(note("a"))

    await busy
    await database.close()
