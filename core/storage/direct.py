"""Statements that run for every message: compiled once, then straight to the driver.

SQLAlchemy's own execution costs 80 µs more, which is four messages' share of a batch (docs/benchmarks.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Direct:
    """A compiled statement, the names of its parameters in their order, and those that are always equal."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]


def compile_direct(statement: Select[Any]) -> Direct:
    """For PostgreSQL. Values will go to the driver as they are: no type of the statement may have to convert one."""
    compiled = statement.compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]
    names = tuple(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Direct(compiled.string, names, dict.fromkeys(names) | constants)


def first_column(connection: Connection, direct: Direct, given: Mapping[str, Any]) -> list[Any]:
    """The first column of what the statement returns. Raises DBAPIError as ``connection.execute`` does."""
    values = {**direct.constants, **given}
    cursor = connection.connection.cursor()
    try:
        cursor.execute(direct.text, [values[name] for name in direct.names])
        return [row[0] for row in cursor.fetchall()]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_execute_would(error, connection, cursor) from error


def _as_execute_would(error: Exception, connection: Connection, cursor: Any) -> BaseException:
    """A connection that is lost does not go back to the pool."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)  # type: ignore[arg-type]
    if is_lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_lost, dialect=dialect
    )
