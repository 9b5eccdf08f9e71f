"""The accept path's one statement: messages that are new, and the job of each, in a single round trip."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, column, func, literal, select
from sqlalchemy.dialects import postgresql

from core.model.work import JobKind, Outcome
from core.storage.direct import Direct, compile_direct, first_column
from core.storage.jobs import LANES
from core.storage.rows import ArrayOf
from core.storage.tables import Moment, jobs, messages

WINDOW = {"since": Moment(), "until": Moment()}
# Mostly equal in a whole batch; then one parameter serves, where an array costs the driver a look at each element.
OFTEN_EQUAL = ("channel", "connection", "outcome", "report_id", "part_group", "part_number")


def take_new(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime, told_at: datetime | None
) -> frozenset[str]:
    """Insert the rows that are neither known nor redelivered, with a job for each that has no outcome; the new ids.

    A row has the columns of ``messages`` but ``stored_at`` and ``note``, and its redelivery window ``since`` and
    ``until``. ``told_at``: when a broker was told of the jobs, None where it was not. PostgreSQL only.
    """
    same = tuple(name for name in OFTEN_EQUAL if all(row[name] == rows[0][name] for row in rows))
    names = tuple(name for name in rows[0] if name not in same)
    given: dict[str, Any] = {name: [row[name] for row in rows] for name in names}
    constants = {name: rows[0][name] for name in same} | {"now": now, "told_at": told_at}
    return frozenset(first_column(connection, _compiled(names, same), given | constants))


@lru_cache(maxsize=64)
def _compiled(names: tuple[str, ...], same: tuple[str, ...]) -> Direct:
    return compile_direct(_taking(names, same))


def _taking(names: tuple[str, ...], same: tuple[str, ...]) -> Select[Any]:
    """``names`` come as one array each, ``same`` as one parameter each."""
    types: dict[str, Any] = {name: WINDOW.get(name) or messages.c[name].type for name in names}
    arrays = [bindparam(name, type_=ArrayOf(kind)) for name, kind in types.items()]
    columns = (column(name, kind) for name, kind in types.items())
    given = func.unnest(*arrays).table_valued(*columns).render_derived(name="given")
    stored = [name for name in names if name not in WINDOW]
    constants = [bindparam(name, type_=messages.c[name].type) for name in same]
    now = bindparam("now", type_=Moment())
    fresh = select(*(given.c[name] for name in stored), *constants, now, literal("")).where(
        first_of(given.c.fingerprint, given.c).is_(None)
    )
    insert = postgresql.insert(messages).from_select([*stored, *same, "stored_at", "note"], fresh)
    new = insert.on_conflict_do_nothing().returning(messages.c.id, messages.c.outcome).cte("new")
    return select(new.c.id).add_cte(_queueing(new, now))


def first_of(fingerprint: Any, window: Any) -> Any:
    """The message of which a row is the redelivery: stored within the row's window. Rows without one compare with NULL.

    LIMIT keeps the planner from turning it into a join that reads the whole table for each batch.
    """
    repeated = (
        messages.c.fingerprint == fingerprint,
        messages.c.stored_at >= window.since,
        messages.c.received_at < window.until,
    )
    return select(messages.c.id).where(*repeated).limit(1).scalar_subquery()


def _queueing(new: Any, now: Any) -> Any:
    """The job has the message's id."""
    values: dict[str, Any] = {
        "id": new.c.id,
        "kind": literal(JobKind.CONVERSE.value),
        "subject": new.c.id,
        "lane": literal(LANES[JobKind.CONVERSE]),
        "published_at": bindparam("told_at", type_=Moment()),
        "not_before": now,
        "lease_until": literal(None, Moment()),
        "owner": literal("", String()),
        "attempts": literal(0),
        "parked": literal(False),
        "error": literal(""),
        "created_at": now,
    }
    waiting = select(*values.values()).where(new.c.outcome == Outcome.NONE.value)
    return postgresql.insert(jobs).from_select(list(values), waiting).cte("queued")
