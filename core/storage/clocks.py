"""The clocks of reports in the database: what they are found by in columns, the rest in one value. Nothing personal."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, Row, Select, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.model.clock import Clock, ClockKind, Span, Stage, Trace
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import clocks, reports

Rest = tuple[int, str, str, tuple[Span, ...], tuple[Trace, ...]]
decode = msgspec.msgpack.Decoder(Rest).decode
KEY = ("report_id", "kind", "number")
OFTEN_EQUAL = ("kind", "number", "due_at", "next_at", "stage", "ended_at")
OF_REPORT = (
    select(clocks)
    .where(clocks.c.report_id == bindparam("report_id"))
    .order_by(clocks.c.kind, clocks.c.number)
    .limit(1000)
)


class ClockRows:
    """``registers.Clocks``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, given: Sequence[Clock]) -> None:
        """One statement for all. What all of them share, as reports of one day do, goes to the driver once."""
        if not given:
            return
        rows = [clock_row(clock) for clock in given]
        same = {name: rows[0][name] for name in OFTEN_EQUAL if all(row[name] == rows[0][name] for row in rows)}
        add_rows(self._connection, clocks, [_without(row, same) for row in rows], same=same)

    def save(self, given: Sequence[Clock]) -> None:
        """Insert or overwrite, by report, kind and number."""
        if given:
            self._connection.execute(self._upsert(), [clock_row(clock) for clock in given])

    def _upsert(self) -> Insert:
        dialect: Any = postgresql if locks_rows(self._connection) else sqlite
        insert = dialect.insert(clocks)
        rest = {column.name: insert.excluded[column.name] for column in clocks.c if column.name not in KEY}
        upsert: Insert = insert.on_conflict_do_update(index_elements=KEY, set_=rest)
        return upsert

    def of(self, report_id: str) -> Sequence[Clock]:
        """By kind, then number."""
        return [_clock(row) for row in self._connection.execute(OF_REPORT, {"report_id": report_id})]

    def take_due(self, *, now: datetime, limit: int) -> Sequence[Clock]:
        """Nothing is waited for: whose report somebody else has comes another time."""
        due = (
            select(clocks)
            .join(reports, reports.c.id == clocks.c.report_id)
            .where(clocks.c.next_at <= now)
            .order_by(clocks.c.next_at, clocks.c.report_id, clocks.c.kind)
            .limit(limit)
        )
        if locks_rows(self._connection):
            due = due.with_for_update(skip_locked=True, of=[clocks, reports])
        return self._many(due)

    def put_off(self, clock: Clock, *, until: datetime) -> None:
        """Only where its step is still the same."""
        mine = (clocks.c[name] == value for name, value in zip(KEY, _key(clock), strict=True))
        same = clocks.c.next_at == clock.next_at
        self._connection.execute(update(clocks).where(*mine, same).values(next_at=until))

    def alive(self, *, after: str, limit: int) -> Sequence[Clock]:
        """All clocks of a report or none of them."""
        lives = clocks.c.ended_at.is_(None)
        some = (
            select(clocks.c.report_id)
            .where(lives, clocks.c.report_id > after)
            .group_by(clocks.c.report_id)
            .order_by(clocks.c.report_id)
            .limit(limit)
        )
        mine = select(clocks).where(lives, clocks.c.report_id.in_(some))
        return self._many(mine.order_by(clocks.c.report_id, clocks.c.kind).limit(limit * len(ClockKind)))

    def without(self, *, states: Collection[str], limit: int) -> Sequence[str]:
        """Reports from before there were clocks."""
        none = ~select(clocks.c.report_id).where(clocks.c.report_id == reports.c.id).exists()
        wanted = one_of(self._connection, reports.c.state, states), none
        return list(
            self._connection.execute(select(reports.c.id).where(*wanted).order_by(reports.c.id).limit(limit)).scalars()
        )

    def listing(self, *, limit: int) -> Sequence[Clock]:
        """The deadline that comes first, first."""
        order = clocks.c.due_at, clocks.c.report_id, clocks.c.kind
        return self._many(select(clocks).where(clocks.c.ended_at.is_(None)).order_by(*order).limit(limit))

    def _many(self, statement: Select[Any]) -> list[Clock]:
        return [_clock(row) for row in self._connection.execute(statement)]


def _key(clock: Clock) -> tuple[str, str, int]:
    return clock.report_id, clock.kind.value, clock.number


def _without(row: dict[str, Any], same: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in same}


def clock_row(clock: Clock) -> dict[str, Any]:
    """Every column of ``clocks``."""
    return {
        "report_id": clock.report_id,
        "kind": clock.kind.value,
        "number": clock.number,
        "due_at": clock.due_at,
        "next_at": clock.next_at,
        "stage": clock.stage.value,
        "ended_at": clock.ended_at,
        "rest": encode((clock.days, clock.timezone, clock.region, clock.spans, clock.trail)),
    }


def _clock(row: Row[Any]) -> Clock:
    days, timezone, region, spans, trail = decode(row.rest)
    return Clock(
        report_id=row.report_id,
        kind=ClockKind(row.kind),
        number=row.number,
        days=days,
        timezone=timezone,
        region=region,
        spans=spans,
        due_at=row.due_at,
        next_at=row.next_at,
        stage=Stage(row.stage),
        ended_at=row.ended_at,
        trail=trail,
    )
