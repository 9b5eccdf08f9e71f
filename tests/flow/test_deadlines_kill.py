"""``kill -9`` of ``lapor deadlines`` between and inside its steps: afterwards each step has happened exactly once.

``LAPOR_TEST_KILLS=50`` makes the long form of it. The figures are printed (``-s``).
"""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from core.model.clock import ClockKind, Mark
from core.model.lifecycle import State
from core.model.report import Event
from core.ports import Tx
from tests.core.by_hand import at_local, last_second
from tests.flow.bureau import Bureau, open_bureau
from tests.flow.rig import ROOT, GatewayProcess, until

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "4"))
REPORTS = 60 * KILLS
JAKARTA = "Asia/Jakarta"
LATE = "2026-04-30T09:00"


def march(day: int, hour: int = 9) -> datetime:
    return at_local(date(2026, 3, day), JAKARTA, hour)


@pytest.fixture
async def bureau(database_url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    """Half of its reports are not verified, half were solved. The processes read a holiday file of their own."""
    holidays = tmp_path / "holidays.toml"
    holidays.write_bytes((ROOT / "config" / "holidays.toml").read_bytes())
    async with open_bureau(tmp_path, database_url, {"files": {"holidays": str(holidays)}}) as bureau:
        bureau.clock.set(march(2))
        await bureau.file(REPORTS // 2)
        for report_id in await bureau.file(REPORTS // 2):
            await bureau.verify(report_id)
            await bureau.solve(report_id)
        yield bureau


async def count_of(bureau: Bureau, *events: Event) -> int:
    """Committed lines, counted report by report."""

    def count(tx: Tx) -> int:
        reports = tx.reports.queue(states=(), limit=10_000)
        return sum(line.event in events for report in reports for line in tx.history.of(report.id))

    return await bureau.store.read(count)


async def kill_in_the_middle(bureau: Bureau, *command: str, done: Callable[[], Awaitable[int]], all_of: int) -> int:
    """Each life of the process ends after it did a little more; how many lives were cut short."""
    cut = 0
    for life in range(1, KILLS + 1):
        goal = all_of * life // (KILLS + 1)

        async def got_there(goal: int = goal) -> bool:
            return await done() >= goal

        async with GatewayProcess(bureau.config, "deadlines", *command) as process:
            await until(got_there, limit=60)
            await asyncio.sleep(secrets.randbelow(30) / 1000)  # the moment is random: there is nothing to wait for
            assert process.process is not None
            cut += process.process.returncode is None
            await process.kill()
    return cut


async def finish(bureau: Bureau, *command: str) -> None:
    """Two processes at once, to the end."""
    both = [GatewayProcess(bureau.config, "deadlines", *command) for _ in range(2)]
    async with both[0], both[1], asyncio.timeout(60):
        for each in both:
            assert each.process is not None
            assert await each.process.wait() == 0, each.said


@pytest.mark.timeout(1200 if KILLS > 4 else 180)
async def test_each_step_happens_once_whenever_the_process_is_killed(bureau: Bureau) -> None:
    events = (Event.REMINDED, Event.ESCALATED, Event.CLOSED)

    async def done() -> int:
        return await count_of(bureau, *events)

    cut = await kill_in_the_middle(bureau, "run", "--at", LATE, done=done, all_of=REPORTS // 2 * 3)
    between = await done()
    await finish(bureau, "run", "--at", LATE)

    print(f"\n{cut} of {KILLS} lives cut short, {between} lines before the last one, {await done()} after it")
    assert cut > 0
    reports = await bureau.store.read(lambda tx: tx.reports.queue(states=(), limit=10_000))
    assert len(reports) == REPORTS
    for report in reports:
        lines = Counter(line.event for line in await bureau.history(report.id, *events))
        told = await bureau.store.read(lambda tx, report=report: tx.outbox.of_report(report.id))  # type: ignore[misc]
        if report.state is State.CLOSED_BY_SYSTEM:
            finishing = await bureau.newest(report.id, ClockKind.FINISH)
            marks = Counter(trace.mark for trace in finishing.trail)
            assert lines == {Event.CLOSED: 1} | _lines(marks)
            assert [reply.event for reply in told].count("closed") == 1
        else:
            assert lines == {Event.REMINDED: 1, Event.ESCALATED: 2}
        assert not await bureau.store.read(lambda tx, report=report: tx.history.broken(report.id))  # type: ignore[misc]
    assert Counter(report.state for report in reports) == {
        State.UNVERIFIED: REPORTS // 2,
        State.CLOSED_BY_SYSTEM: REPORTS // 2,
    }


def _lines(marks: Counter[Mark]) -> dict[Event, int]:
    found = {Event.REMINDED: marks[Mark.REMINDED], Event.ESCALATED: marks[Mark.ESCALATED]}
    return {event: count for event, count in found.items() if count}


@pytest.mark.timeout(1200 if KILLS > 4 else 180)
async def test_a_change_of_holidays_reaches_each_deadline_once_whenever_the_process_is_killed(bureau: Bureau) -> None:
    with (bureau.config.parent / "holidays.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[holiday]]\ndate = 2026-03-05\nname = "Cuti bersama tambahan"\nkind = "collective_leave"\n')

    async def done() -> int:
        return await count_of(bureau, Event.RESCHEDULED)

    cut = await kill_in_the_middle(bureau, "recalculate", done=done, all_of=REPORTS)
    await finish(bureau, "recalculate")

    print(f"\n{cut} of {KILLS} lives cut short")
    reports = await bureau.store.read(lambda tx: tx.reports.queue(states=(), limit=10_000))
    for report in reports:
        moved = len(await bureau.history(report.id, Event.RESCHEDULED))
        assert moved == (1 if report.state is State.UNVERIFIED else 2)
    unverified = {report.verify_by for report in reports if report.state is State.UNVERIFIED}
    assert unverified == {last_second(date(2026, 3, 6), JAKARTA)}
