"""Rows that stand for any row in tests of transactions."""

from collections.abc import Callable

from sqlalchemy import Connection

from core.storage.engine import Database


def note(name: str, value: str = "1708") -> Callable[[Connection], None]:
    """Write a cursor, which stands for any row."""
    return lambda connection: run(connection, f"INSERT INTO cursors VALUES ('{name}', '{value}')")


def run(connection: Connection, statement: str) -> None:
    """Any statement."""
    connection.exec_driver_sql(statement)


async def names(database: Database) -> list[str]:
    """The cursors that are committed."""
    return await database.read(
        lambda connection: list(connection.exec_driver_sql("SELECT name FROM cursors ORDER BY name").scalars())
    )
