"""Statements that both databases know under different names, and the sealing of rows."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Connection, Insert, Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

encode = msgspec.msgpack.Encoder().encode


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Insert rows, leaving out those that break a unique key; the values of ``id`` of the rows that went in.

    One statement whatever the number of rows. Every row has the same columns, among them the first primary key column.
    """
    if not rows:
        return frozenset()
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        given: Any = {name: [row[name] for row in rows] for name in names}
        found = connection.execute(_insert_arrays(table, names), given)
    else:
        found = connection.execute(_insert_each(table), list(rows))
    return frozenset(found.scalars())


@lru_cache(maxsize=64)
def _insert_arrays(table: Table, names: tuple[str, ...]) -> Insert:
    """``unnest`` keeps one prepared statement for any number of rows and may still ignore repeats, which COPY
    may not.
    """
    columns = [table.c[name] for name in names]
    arrays = [bindparam(c.name, type_=ARRAY(c.type, dimensions=1)) for c in columns]
    given = func.unnest(*arrays).table_valued(*(column(c.name, c.type) for c in columns)).render_derived(name="given")
    insert = postgresql.insert(table).from_select(names, select(*(given.c[name] for name in names)))
    return insert.on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))


@lru_cache(maxsize=64)
def _insert_each(table: Table) -> Insert:
    return sqlite.insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))


def one_of(connection: Connection, of: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """``of IN (values)``, as one array parameter in PostgreSQL so that the statement stays the same for any number."""
    if connection.dialect.name == "postgresql":
        return of == func.any(bindparam(None, list(values), type_=ARRAY(of.type, dimensions=1)))
    return of.in_(list(values))


def locks_rows(connection: Connection) -> bool:
    """Whether rows can be locked; SQLite has one writer at a time and needs no row locks."""
    return connection.dialect.name == "postgresql"
