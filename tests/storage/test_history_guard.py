"""The history cannot be changed through the database's front door, and behind it a change is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from core.model.message import Attachment
from core.model.report import Event, FollowUpKind, Report
from core.storage.store import SqlStore
from core.testing.builders import a_line, a_report

Sql = Callable[..., Any]


@pytest.fixture
def open_the_guard(database_url: str, run_sql: Sql) -> Sql:
    """Take the triggers away, as the database's owner can."""
    sqlite = ("DROP TRIGGER history_no_update", "DROP TRIGGER history_no_delete")
    postgres = ("ALTER TABLE history DISABLE TRIGGER USER",)

    async def tamper(*statements: str) -> None:
        await run_sql(*(sqlite if database_url.startswith("sqlite") else postgres))
        for statement in statements:
            await run_sql(statement)

    return tamper


@pytest.fixture
async def report(store: SqlStore) -> Report:
    """A report with a history of four lines."""
    told = a_report()
    events = (Event.RECEIVED, Event.ROUTED, Event.VERIFIED, Event.QUESTIONED)
    lines = [a_line(told, f"Baris {event}", event=event) for event in events]
    await store.write(lambda tx: tx.history.append(lines))
    return told


async def broken(store: SqlStore, report: Report) -> list[int]:
    return list(await store.read(lambda tx: tx.history.broken(report.id)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history SET actor = 'nobody'",
        "DELETE FROM history",
        "UPDATE history SET actor = 'nobody' WHERE number = 2",
    ],
)
async def test_the_database_refuses_to_change_history(
    store: SqlStore, report: Report, run_sql: Sql, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await run_sql(statement)

    assert len(await store.read(lambda tx: tx.history.of(report.id))) == 4


async def test_an_untouched_history_holds(store: SqlStore, report: Report) -> None:
    assert await broken(store, report) == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'dewi.lestari'",
        "state = 'verified'",
        "event = 'added'",
        "event = 'nonsense'",
        "public = NOT public",
        "sealed = (SELECT sealed FROM history WHERE number = 3)",
    ],
)
async def test_a_changed_line_is_found(store: SqlStore, report: Report, open_the_guard: Sql, change: str) -> None:
    await open_the_guard(f"UPDATE history SET {change} WHERE number = 2")

    assert await broken(store, report) == [2]


@pytest.fixture
async def answered(store: SqlStore) -> Report:
    """A report with an answer that has a file, a secret one, and an initial one."""
    told = a_report()
    photo = Attachment(id="0f" * 16, media_type="image/jpeg", size=48_211, name="jembatan.jpg")
    line = a_line(told, "Jembatan diganti", event=Event.FOLLOWED_UP)
    lines = [
        replace(line, attachments=(photo,)),
        replace(line, secret=True),
        replace(line, kind=FollowUpKind.INITIAL),
        line,
    ]
    await store.write(lambda tx: tx.history.append(lines))
    return told


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_what_came_with_a_line_and_was_taken_away_is_found(
    store: SqlStore, answered: Report, open_the_guard: Sql, number: int
) -> None:
    await open_the_guard(f"UPDATE history SET extras = NULL WHERE number = {number}")

    assert await broken(store, answered) == [number]


@pytest.mark.parametrize(("taken", "given"), [(1, 4), (2, 4), (3, 2), (2, 3), (1, 2)])
async def test_what_came_with_another_line_is_found(
    store: SqlStore, answered: Report, open_the_guard: Sql, *, taken: int, given: int
) -> None:
    await open_the_guard(
        f"UPDATE history SET extras = (SELECT extras FROM history WHERE number = {taken}) WHERE number = {given}"
    )

    assert await broken(store, answered) == [given]


async def test_a_changed_time_is_found(store: SqlStore, report: Report, open_the_guard: Sql, database_url: str) -> None:
    sqlite, postgres = "datetime(at, '+1 second') || '.000000'", "at + interval '1 second'"
    later = sqlite if database_url.startswith("sqlite") else postgres

    await open_the_guard(f"UPDATE history SET at = {later} WHERE number = 4")

    assert await broken(store, report) == [4]


async def test_a_text_that_was_overwritten_is_found(
    store: SqlStore, report: Report, open_the_guard: Sql, database_url: str
) -> None:
    garbage = "X'0102'" if database_url.startswith("sqlite") else r"'\x0102'::bytea"

    await open_the_guard(f"UPDATE history SET sealed = {garbage} WHERE number = 1")

    assert await broken(store, report) == [1]


async def test_a_removed_line_is_found(store: SqlStore, report: Report, open_the_guard: Sql) -> None:
    await open_the_guard("DELETE FROM history WHERE number = 2")

    assert await broken(store, report) == [3, 4]


async def test_a_removed_first_line_is_found(store: SqlStore, report: Report, open_the_guard: Sql) -> None:
    await open_the_guard("DELETE FROM history WHERE number = 1")

    assert await broken(store, report) == [2, 3, 4]


async def test_lines_in_another_order_are_found(store: SqlStore, report: Report, open_the_guard: Sql) -> None:
    await open_the_guard(
        "UPDATE history SET number = 99 WHERE number = 2",
        "UPDATE history SET number = 2 WHERE number = 3",
        "UPDATE history SET number = 3 WHERE number = 99",
    )

    assert await broken(store, report) == [2, 3, 4]


async def test_a_line_taken_from_another_report_is_found(store: SqlStore, report: Report, open_the_guard: Sql) -> None:
    other = a_report()
    await store.write(lambda tx: tx.history.append([a_line(other, "Baris lain")]))

    await open_the_guard(
        "DELETE FROM history WHERE number > 1",
        f"DELETE FROM history WHERE report_id = '{report.id}'",
        f"UPDATE history SET report_id = '{report.id}' WHERE report_id = '{other.id}'",
    )

    assert await broken(store, report) == [1]
