"""Statements that select reports for a list, so that each touches few rows however many there are.

PostgreSQL cannot read an index in order for ``agency = ANY (…)``. So a page is put together from the first rows of each
(agency, state), which are next to one another in an index, and sealed values are read for the page alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from core.model.lifecycle import OPEN
from core.model.listing import AHEAD, EPOCH, Order, Position, Selection, milliseconds
from core.storage.rows import ArrayOf, locks_rows, one_of
from core.storage.tables import report_copies, reports, search_keys

MOST_POSTINGS = 5_000
"""Of how many reports with the rarest of the words, the newest, a search in a large part of all reports looks at."""
FEW_AGENCIES = 20

KEYS = {Order.URGENT: reports.c.urgency, Order.NEWEST: reports.c.received_at, Order.OLDEST: reports.c.received_at}


@dataclass(frozen=True, slots=True)
class Asked:
    """A selection with the digests of its words, the rarest first, and how many reports have that one."""

    connection: Connection
    selection: Selection
    keys: tuple[int, ...] = ()
    postings: int = 0

    @property
    def is_narrow(self) -> bool:
        """Whether few reports can match, so that they are found first and sorted afterwards."""
        asked = self.selection
        return self.goes_by_word or bool(asked.decider or asked.copied_to or asked.claimed_by)

    @property
    def goes_by_word(self) -> bool:
        """Where few reports are in question they are asked for their words; else words are asked for their reports."""
        asked = self.selection
        few = asked.states <= OPEN or (asked.agencies is not None and len(asked.agencies) <= FEW_AGENCIES)
        return bool(self.keys) and (self.postings < MOST_POSTINGS or not few)

    @property
    def is_partial(self) -> bool:
        """Whether older reports are left out."""
        return self.goes_by_word and self.postings >= MOST_POSTINGS

    @property
    def ordered(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """What rows are sorted by."""
        key = KEYS[self.selection.order]
        return (key.desc(), reports.c.id.desc()) if self.selection.order is Order.NEWEST else (key, reports.c.id)


class Statement(Protocol):
    """A way to ask for a page: the sealed reports in order."""

    def __call__(self, asked: Asked, *, after: Position | None, limit: int) -> Select[Any]: ...


def plainly(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """One condition after another: what SQLite needs."""
    wanted = matching(asked, sealed=True).order_by(*asked.ordered).limit(limit)
    return wanted.where(*_behind(asked, after))


def narrowly(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """Everything that matches, then sorted: the planner must not walk an ordered index in search of few rows."""
    found = matching(asked).where(*_behind(asked, after))
    if asked.goes_by_word:
        found = _by_word(asked, found)
    return _opened(asked, found.cte("found").prefix_with("MATERIALIZED", dialect="postgresql"), limit)


def _by_word(asked: Asked, found: Select[Any]) -> Select[Any]:
    """LIMIT 1 has each report looked up by its id; the planner would read all of them to compare."""
    newest = select(search_keys.c.report_id).where(search_keys.c.key == asked.keys[0])
    newest_said = newest.order_by(search_keys.c.report_id.desc()).limit(MOST_POSTINGS).subquery("said")
    each = found.where(reports.c.id == newest_said.c.report_id).limit(1).lateral("each")
    return select(each.c.id, each.c.key).select_from(newest_said.join(each, true()))


def laterally(asked: Asked, *, after: Position | None, limit: int) -> Select[Any]:
    """The first rows of each agency and state, then the first of those."""
    source, here = groups_of(asked.selection)
    first = _columns(asked).where(*here, *details(asked), *_behind(asked, after), *said_by(asked))
    each = first.order_by(*asked.ordered).limit(limit).lateral("each")
    return _opened(asked, select(each.c.id, each.c.key).select_from(source.join(each, true())).subquery("all"), limit)


def groups_of(selection: Selection) -> tuple[Any, list[ColumnElement[bool]]]:
    """Each state, and each agency where there are some; and the condition on reports of one such group."""
    states = unnested("state", sorted(state.value for state in selection.states))
    here = [reports.c.state == states.c.state]
    if selection.agencies is None:
        return states, here
    owners = unnested("agency", sorted(selection.agencies))
    return states.join(owners, true()), [*here, reports.c.agency == owners.c.agency]


def _opened(asked: Asked, found: Any, limit: int) -> Select[Any]:
    """Only the rows of the page are read from the table."""
    top = select(found.c.id, found.c.key).order_by(*_sorting(asked, found)).limit(limit).subquery("top")
    joined = select(reports.c.sealed).join(top, top.c.id == reports.c.id)
    return joined.order_by(*_sorting(asked, top)).limit(limit)


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
    return found.where(*details(asked), *said_by(asked))


def said_by(asked: Asked) -> list[ColumnElement[bool]]:
    """The words that are asked for row by row."""
    keys = asked.keys[1:] if asked.goes_by_word and locks_rows(asked.connection) else asked.keys
    return [_says(key, reports.c.id) for key in keys]


def _says(key: int, report_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """No EXISTS: PostgreSQL would join all that say the word instead of asking row by row until the page is full."""
    said = select(true()).where(search_keys.c.key == key, search_keys.c.report_id == report_id).limit(1)
    return said.scalar_subquery().is_(True)


def details(asked: Asked) -> list[ColumnElement[bool]]:
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


def unnested(name: str, values: Sequence[str]) -> Any:
    """The values as rows with one column, that of ``reports`` with this name."""
    kind = reports.c[name].type
    given = func.unnest(bindparam(None, list(values), type_=ArrayOf(kind)))
    return given.table_valued(column(name, kind)).render_derived(name=f"{name}_groups")
