"""PostgreSQL: a fresh database for a run, dropped afterwards, and the CPU time of its backends."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from benchmarks.processes import NotMeasured, cpu_seconds

SERVER = os.environ.get("LAPOR_BENCH_POSTGRES", "postgresql://postgres@127.0.0.1:5432")


def ask(query: str, *arguments: object, database: str = "postgres") -> list[Any]:
    """The rows of one statement, outside a transaction. Raises NotMeasured where PostgreSQL does not answer."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(f"{SERVER}/{database}", timeout=10)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except (OSError, asyncpg.PostgresConnectionError, TimeoutError) as error:
        raise NotMeasured(f"PostgreSQL at 127.0.0.1:5432 does not answer ({type(error).__name__})") from error


def one(query: str, *arguments: object, database: str = "postgres") -> Any:
    """The first value."""
    return ask(query, *arguments, database=database)[0][0]


@contextmanager
def fresh_database() -> Iterator[str]:
    """The name of a new, empty database."""
    name = f"lapor_bench_{secrets.token_hex(4)}"
    ask(f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def backend_seconds(name: str) -> dict[int, float]:
    """CPU seconds so far of each backend that serves this database."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
    return {row[0]: cpu_seconds(row[0]) for row in ask(query, name)}


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """CPU seconds between two looks; backends that ended in between are not counted."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
