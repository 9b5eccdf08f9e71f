"""Statements that both databases know under different names, and the sealing of rows."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType, ModuleType
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine, UserDefinedType

NOTHING: Mapping[str, Any] = MappingProxyType({})
NEW = "new_"
encode = msgspec.msgpack.Encoder().encode


class ArrayOf(UserDefinedType[Sequence[Any]]):
    """A PostgreSQL array whose elements go to the driver as they are; SQLAlchemy's own looks at each several times."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        self.item = item

    def get_col_spec(self, **_options: Any) -> str:
        """The type's name in SQL."""
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        return f"{self.item.compile(dialect=dialect)}[]"


def add_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, same: Mapping[str, Any] = NOTHING
) -> frozenset[str]:
    """Insert rows, leaving out those that break a unique key; the first primary key column of the rows that went in.

    One statement whatever the number of rows. Every row has the same columns; ``same`` holds those that have one value
    in all rows.
    """
    if not rows:
        return frozenset()
    if connection.dialect.name == "postgresql":
        names = tuple(rows[0])
        given: Any = _arrays(rows, names) | dict(same)
        found = connection.execute(_insert_arrays(table, names, tuple(same)), given)
    else:
        found = connection.execute(_insert_each(table), [{**row, **same} for row in rows])
    return frozenset(found.scalars())


def put_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; one that breaks a unique key fails all. One statement whatever the number of rows."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        names = tuple(rows[0])
        connection.execute(_insert_arrays(table, names, (), lenient=False), _arrays(rows, names))
    else:
        connection.execute(table.insert(), list(rows))


def change_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, same: Mapping[str, Any] = NOTHING
) -> None:
    """Write these columns of rows that are there, found by ``id``. One statement whatever the number of rows."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        given = _arrays(rows, names) | dict(same)
        connection.execute(_change_arrays(table, names, tuple(same)), _marked(given))
    else:
        connection.execute(_change_each(table, (*names, *same)), [_marked({**row, **same}) for row in rows])


def _arrays(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in names}


def _marked(given: Mapping[str, Any]) -> dict[str, Any]:
    """In an UPDATE no parameter may have the name of a column."""
    return {f"{NEW}{name}": value for name, value in given.items()}


@lru_cache(maxsize=64)
def _change_arrays(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Update:
    given = _given(table, names, mark=NEW)
    values: dict[str, Any] = {name: given.c[name] for name in names if name != "id"}
    values |= {name: bindparam(f"{NEW}{name}", type_=table.c[name].type) for name in same}
    return update(table).where(table.c.id == given.c.id).values(values)


@lru_cache(maxsize=64)
def _change_each(table: Table, names: tuple[str, ...]) -> Update:
    values = {name: bindparam(f"{NEW}{name}", type_=table.c[name].type) for name in names if name != "id"}
    return update(table).where(table.c.id == bindparam(f"{NEW}id")).values(values)


def _given(table: Table, names: Sequence[str], *, mark: str = "") -> TableValuedAlias:
    """``unnest`` keeps one prepared statement for any number of rows and may still ignore repeats, unlike COPY."""
    columns = [table.c[name] for name in names]
    arrays = [bindparam(f"{mark}{c.name}", type_=ArrayOf(c.type)) for c in columns]
    return func.unnest(*arrays).table_valued(*(column(c.name, c.type) for c in columns)).render_derived(name="given")


@lru_cache(maxsize=64)
def _insert_arrays(table: Table, names: tuple[str, ...], same: tuple[str, ...], *, lenient: bool = True) -> Insert:
    given = _given(table, names)
    constants = [bindparam(name, type_=table.c[name].type) for name in same]
    values = select(*(given.c[name] for name in names), *constants)
    insert = postgresql.insert(table).from_select([*names, *same], values)
    if not lenient:
        return insert
    return insert.on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))


@lru_cache(maxsize=64)
def _insert_each(table: Table) -> Insert:
    return sqlite.insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))


def one_of(connection: Connection, of: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """``of IN (values)``, as one array parameter in PostgreSQL so that the statement stays the same for any number."""
    if connection.dialect.name == "postgresql":
        return of == func.any(bindparam(None, list(values), type_=ArrayOf(of.type)))
    return of.in_(list(values))


def locks_rows(connection: Connection) -> bool:
    """Whether rows can be locked; SQLite has one writer at a time and needs no row locks."""
    return connection.dialect.name == "postgresql"


def dialect_of(connection: Connection) -> ModuleType:
    """Where the database's own INSERT is."""
    return postgresql if connection.dialect.name == "postgresql" else sqlite
