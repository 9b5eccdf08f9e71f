"""Statements that select reports for a list, so that each touches few rows however many there are.

PostgreSQL cannot read an index in order for ``agency = ANY (…)``. So a page is put together from the first rows of each
(agency, state), which are next to one another in an index, and sealed values are read for the page alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from core.model.lifecycle import State
from core.model.listing import AHEAD, EPOCH, Order, Position, Selection, milliseconds
from core.storage.rows import ArrayOf, one_of
from core.storage.tables import report_copies, reports, search_keys

RARE = 2_000
MOST_WALKED = 20_000
"""How many rows of each (agency, state) are looked through for words that are all common; older ones are not found."""

KEYS = {Order.URGENT: reports.c.urgency, Order.NEWEST: reports.c.received_at, Order.OLDEST: reports.c.received_at}


@dataclass(frozen=True, slots=True)
class Asked:
    """A selection with the digests of its words; ``rare``: the first of them is in fewer than ``RARE`` reports."""

    connection: Connection
    selection: Selection
    keys: tuple[int, ...] = ()
    rare: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether few reports can match, so that they are found first and sorted afterwards."""
        asked = self.selection
        return self.rare or bool(asked.decider or asked.copied_to or asked.claimed_by)

    @property
    def ordered(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """What rows are sorted by."""
        key = KEYS[self.selection.order]
        return (key.desc(), reports.c.id.desc()) if self.selection.order is Order.NEWEST else (key, reports.c.id)


def plainly(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """One condition after another: what SQLite needs."""
    wanted = matching(asked, sealed=True).order_by(*asked.ordered).limit(limit)
    return wanted.where(*_behind(asked, after))


def narrowly(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """Everything that matches, then sorted: the planner must not walk an ordered index in search of few rows."""
    found = matching(asked).where(*_behind(asked, after)).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    return _opened(asked, found, limit)


def laterally(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """The first rows of each agency and state, then the first of those."""
    selection = asked.selection
    groups = _unnested("state", [state.value for state in selection.states])
    here = [reports.c.state == groups.c.state]
    source: Any = groups
    outer = [groups]
    if selection.agencies is not None:
        owners = _unnested("agency", sorted(selection.agencies))
        here.append(reports.c.agency == owners.c.agency)
        source = groups.join(owners, true())
        outer.append(owners)
    first = _columns(asked).where(*here, *_details(asked), *_behind(asked, after)).order_by(*asked.ordered)
    first = first.correlate(*outer)
    each = (_saying(asked, first, limit) if asked.keys else first.limit(limit)).lateral("each")
    top = select(each.c.id, each.c.key).select_from(source.join(each, true()))
    return _opened(asked, top.order_by(*_sorting(asked, each)).limit(limit).subquery("top"), limit)


def _saying(asked: Asked, first: Select[Any], limit: int) -> Select[Any]:
    """Of the first rows those that say all the words."""
    walked = first.limit(MOST_WALKED).subquery("walked")
    said = [_says(key, walked.c.id) for key in asked.keys]
    return select(walked.c.id, walked.c.key).where(*said).order_by(*_sorting(asked, walked)).limit(limit)


def _opened(asked: Asked, found: Any, limit: int) -> Select[Any]:
    joined = select(reports.c.sealed).join(found, found.c.id == reports.c.id)
    return joined.order_by(*_sorting(asked, found)).limit(limit)


def _sorting(asked: Asked, rows: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    newest = asked.selection.order is Order.NEWEST
    return (rows.c.key.desc(), rows.c.id.desc()) if newest else (rows.c.key, rows.c.id)


def _columns(asked: Asked) -> Select[Any]:
    return select(reports.c.id, KEYS[asked.selection.order].label("key"))


def matching(asked: Asked, *, sealed: bool = False) -> Select[Any]:
    """Every report of a selection, unsorted."""
    selection, connection = asked.selection, asked.connection
    found = select(reports.c.sealed) if sealed else _columns(asked)
    found = found.where(one_of(connection, reports.c.state, sorted(state.value for state in selection.states)))
    if selection.agencies is not None:
        found = found.where(one_of(connection, reports.c.agency, sorted(selection.agencies)))
    for place, key in enumerate(asked.keys):
        rarest = asked.rare and place == 0
        found = found.where(reports.c.id.in_(_with_key(key)) if rarest else _says(key, reports.c.id))
    return found.where(*_details(asked))


def _with_key(key: int) -> Select[Any]:
    return select(search_keys.c.report_id).where(search_keys.c.key == key).limit(RARE)


def _says(key: int, report_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(search_keys.c.key == key, search_keys.c.report_id == report_id)


def _details(asked: Asked) -> list[ColumnElement[bool]]:
    """Every condition but state, agency and words."""
    selection, c = asked.selection, reports.c
    same = {c.decider: selection.decider, c.channel: selection.channel, c.category: selection.category}
    same[c.classification] = selection.classification
    found: list[ColumnElement[bool]] = [column == value for column, value in same.items() if value]
    if selection.order is Order.URGENT or selection.due_from or selection.due_until:
        found.append(c.urgency.is_not(None))
    if selection.priority is not None:
        found.append(c.priority.is_(selection.priority))
    if selection.copied_to:
        copies = select(report_copies.c.report_id).where(report_copies.c.agency == selection.copied_to)
        found.append(c.id.in_(copies))
    if selection.contact:
        found += [c.anonymous.is_(False), c.secret.is_(False)]
    return [*found, *_claimed(selection), *_received(selection), *_due(selection)]


def _claimed(selection: Selection) -> list[ColumnElement[bool]]:
    by, until = reports.c.claimed_by, reports.c.claimed_until
    if selection.claimed_by:
        return [by != "", by == selection.claimed_by, until > selection.now]
    return [or_(by == "", until <= selection.now)] if selection.unclaimed else []


def _received(selection: Selection) -> list[ColumnElement[bool]]:
    at, since, until = reports.c.received_at, selection.received_from, selection.received_until
    return [*([at >= since] if since else []), *([at < until] if until else [])]


def _due(selection: Selection) -> list[ColumnElement[bool]]:
    """A priority report's urgency is its deadline less ``AHEAD``."""
    since, until = selection.due_from, selection.due_until
    if not since and not until:
        return []
    start = milliseconds(since) if since else 0
    end = milliseconds(until) if until else AHEAD
    urgency = reports.c.urgency
    ordinary = (urgency >= start) & (urgency < end)
    return [ordinary | ((urgency >= start - AHEAD) & (urgency < end - AHEAD))]


def _behind(asked: Asked, after: Position | None) -> list[ColumnElement[bool]]:
    """A comparison of pairs is read from the index; two comparisons joined by OR are not."""
    if after is None:
        return []
    key = KEYS[asked.selection.order]
    urgent = asked.selection.order is Order.URGENT
    at = after.key if urgent else EPOCH + timedelta(microseconds=after.key)
    here = tuple_(key, reports.c.id)
    there = tuple_(literal(at, key.type), literal(after.id, reports.c.id.type))
    return [here < there] if asked.selection.order is Order.NEWEST else [here > there]


def _unnested(name: str, values: Sequence[str]) -> Any:
    kind = reports.c[name].type
    given = func.unnest(bindparam(None, list(values), type_=ArrayOf(kind)))
    return given.table_valued(column(name, kind)).render_derived(name=f"{name}_groups")


def state_counts(connection: Connection, agencies: Collection[str] | None, *, most: int) -> Select[Any]:
    """The number of reports in each state that has any, up to ``most``."""
    groups = _unnested("state", [state.value for state in State])
    some = select(literal(1).label("one")).where(reports.c.state == groups.c.state)
    if agencies is not None:
        some = some.where(one_of(connection, reports.c.agency, sorted(agencies)))
    return _counted(groups.c.state, groups, some.limit(most))


def group_counts(connection: Connection, agencies: Collection[str] | None) -> Select[Any]:
    """The number of reports in each state that has any."""
    counted = select(reports.c.state, func.count()).group_by(reports.c.state).order_by(reports.c.state)
    return counted if agencies is None else counted.where(one_of(connection, reports.c.agency, sorted(agencies)))


def key_counts() -> Select[Any]:
    """How many reports have each of ``:keys``, up to ``RARE``."""
    keys = func.unnest(bindparam("keys", type_=ArrayOf(BigInteger()))).table_valued(column("key", BigInteger))
    keys = keys.render_derived(name="keys")
    some = select(literal(1).label("one")).where(search_keys.c.key == keys.c.key)
    return _counted(keys.c.key, keys, some.limit(RARE))


def _counted(of: ColumnElement[Any], groups: Any, some: Select[Any]) -> Select[Any]:
    """The number of rows of ``some`` for each group that has any."""
    each = some.lateral("each")
    return select(of, func.count().label("number")).select_from(groups.join(each, true())).group_by(of)
