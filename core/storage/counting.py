"""Statements that count reports, and stop where more would not be shown."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, column, func, literal, select, true

from core.model.lifecycle import State
from core.storage.rows import ArrayOf, locks_rows, one_of
from core.storage.selecting import MOST_POSTINGS, Asked, details, groups_of, matching, said_by, unnested
from core.storage.tables import reports, search_keys


def counted(asked: Asked, *, most: int) -> Select[Any]:
    """How many there are, up to ``most``."""
    if asked.is_narrow or not locks_rows(asked.connection):
        some = matching(asked)
    else:
        source, here = groups_of(asked.selection)
        each = select(reports.c.id).where(*here, *details(asked), *said_by(asked)).limit(most).lateral("each")
        some = select(each.c.id).select_from(source.join(each, true()))
    return select(func.count()).select_from(some.limit(most).subquery())


def state_counts(connection: Connection, agencies: Collection[str] | None, *, most: int) -> Select[Any]:
    """The number of reports in each state that has any, up to ``most``."""
    groups = unnested("state", [state.value for state in State])
    some = select(literal(1).label("one")).where(reports.c.state == groups.c.state)
    if agencies is not None:
        some = some.where(one_of(connection, reports.c.agency, sorted(agencies)))
    return _counted(groups.c.state, groups, some.limit(most))


def group_counts(connection: Connection, agencies: Collection[str] | None) -> Select[Any]:
    """The number of reports in each state that has any."""
    counted = select(reports.c.state, func.count()).group_by(reports.c.state).order_by(reports.c.state)
    return counted if agencies is None else counted.where(one_of(connection, reports.c.agency, sorted(agencies)))


def key_counts() -> Select[Any]:
    """How many reports have each of ``:keys``, up to ``MOST_POSTINGS``."""
    keys = func.unnest(bindparam("keys", type_=ArrayOf(BigInteger()))).table_valued(column("key", BigInteger))
    keys = keys.render_derived(name="keys")
    some = select(literal(1).label("one")).where(search_keys.c.key == keys.c.key)
    return _counted(keys.c.key, keys, some.limit(MOST_POSTINGS))


def _counted(of: ColumnElement[Any], groups: Any, some: Select[Any]) -> Select[Any]:
    """The number of rows of ``some`` for each group that has any."""
    each = some.lateral("each")
    return select(of, func.count().label("number")).select_from(groups.join(each, true())).group_by(of)
