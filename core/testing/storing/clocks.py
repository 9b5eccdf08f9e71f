"""The kit's tests of clocks."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from core.model.clock import Clock, ClockKind, Mark, Stage, Trace
from core.model.lifecycle import State
from core.model.report import Report
from core.ports import Store, Tx
from core.testing.builders import a_report
from core.testing.storing.rules import MINUTE, NOW, agree


def a_clock(report: Report, kind: ClockKind = ClockKind.VERIFY, *, number: int = 1) -> Clock:
    """A clock whose next step is due at NOW."""
    spans = ((NOW - MINUTE, NOW), (NOW, None))
    trail = (Trace(NOW, Mark.STARTED, NOW + MINUTE),)
    return Clock(report.id, kind, number, 3, "Asia/Jayapura", "papua", spans, NOW + MINUTE, next_at=NOW, trail=trail)


async def filed(store: Store, count: int) -> list[Report]:
    """Reports, in the order of their ids."""
    reports = sorted((a_report() for _ in range(count)), key=lambda report: report.id)
    await store.write(lambda tx: tx.reports.add_all([(report, "482913") for report in reports]))
    return reports


class ClockTests:
    """Kept whole, found when their next step is due, taken by one process at a time."""

    async def test_a_clock_comes_back_as_it_was_stored(self, store: Store) -> None:
        (report,) = await filed(store, 1)
        clock, standing = a_clock(report), replace(a_clock(report, ClockKind.CLOSE), spans=(), next_at=None, trail=())

        await store.write(lambda tx: tx.clocks.add([clock, standing]))

        agree(await self._clocks(store, report), [standing, clock], "whole, by kind")

    async def _clocks(self, store: Store, report: Report) -> list[Clock]:
        return list(await store.read(lambda tx: tx.clocks.of(report.id)))

    async def test_a_saved_clock_replaces_its_own_earlier_form_alone(self, store: Store) -> None:
        (report,) = await filed(store, 1)
        first, second = a_clock(report), a_clock(report, number=2)
        await store.write(lambda tx: tx.clocks.save([first]))

        ended = replace(first, ended_at=NOW, next_at=None, stage=Stage.REMINDED)
        await store.write(lambda tx: tx.clocks.save([ended, second]))
        await store.write(lambda tx: tx.clocks.save([]))

        agree(await self._clocks(store, report), [ended, second], "the newest last")

    async def test_only_what_is_due_is_taken_the_longest_due_first(self, store: Store) -> None:
        reports = await filed(store, 4)
        waits = [MINUTE, 2 * MINUTE, -MINUTE, None]
        clocks = [
            replace(a_clock(r), next_at=None if w is None else NOW - w) for r, w in zip(reports, waits, strict=True)
        ]
        await store.write(lambda tx: tx.clocks.add(clocks))

        taken = await self._take_due(store)

        agree(taken, [clocks[1], clocks[0]], "due, oldest first")
        agree(await self._take_due(store, limit=1), [clocks[1]], "no more than asked for")

    async def _take_due(self, store: Store, *, limit: int = 9) -> list[Clock]:
        return list(await store.write(lambda tx: tx.clocks.take_due(now=NOW, limit=limit)))

    async def test_processes_never_do_the_same_step(self, store: Store) -> None:
        reports = await filed(store, 12)
        await store.write(lambda tx: tx.clocks.add([a_clock(report) for report in reports]))

        def step(tx: Tx) -> Sequence[Clock]:
            taken = tx.clocks.take_due(now=NOW, limit=3)
            tx.clocks.save([replace(clock, next_at=None) for clock in taken])
            return taken

        done = [
            clock.report_id for taken in await asyncio.gather(*(store.write(step) for _ in range(6))) for clock in taken
        ]

        agree(len(done), len(set(done)), "no step is done twice")
        agree(len(done) + len(await self._take_due(store, limit=20)), 12, "and none is passed over for good")

    async def test_a_step_that_cannot_be_done_is_put_off_unless_it_was_done(self, store: Store) -> None:
        one, two = await filed(store, 2)
        moved = replace(a_clock(two), next_at=NOW - MINUTE)
        await store.write(lambda tx: tx.clocks.add([a_clock(one), moved]))

        def put_off(tx: Tx) -> None:
            for report in (one, two):
                tx.clocks.put_off(a_clock(report), until=NOW + MINUTE)

        await store.write(put_off)

        agree(await self._take_due(store), [moved], "the one whose step is another by now stays due")

    async def test_what_has_not_ended_is_walked_by_report(self, store: Store) -> None:
        reports = await filed(store, 4)
        ended = replace(a_clock(reports[1]), ended_at=NOW, next_at=None)
        clocks = [a_clock(report, kind) for report in (reports[0], *reports[2:]) for kind in sorted(ClockKind)]
        await store.write(lambda tx: tx.clocks.add([ended, *clocks]))

        batches = [
            list(await store.read(lambda tx, after=after: tx.clocks.alive(after=after, limit=2)))  # type: ignore[misc]
            for after in ("", reports[2].id, reports[3].id)
        ]

        agree(batches, [clocks[:8], clocks[8:], []], "all clocks of so many reports")

    async def test_reports_without_clocks_are_found(self, store: Store) -> None:
        with_clock, without = await filed(store, 2)
        closed = a_report(state=State.CLOSED_BY_ADMIN)
        await store.write(lambda tx: tx.reports.add_all([(closed, "482913")]))
        await store.write(lambda tx: tx.clocks.add([a_clock(with_clock)]))

        found = await store.read(lambda tx: tx.clocks.without(states=[State.UNVERIFIED.value], limit=9))

        agree(list(found), [without.id], "those in these states")

    async def test_clocks_are_listed_by_deadline(self, store: Store) -> None:
        one, two = await filed(store, 2)
        late, early = replace(a_clock(one), due_at=NOW - MINUTE), replace(a_clock(two), due_at=NOW - 2 * MINUTE)
        standing = replace(a_clock(one, ClockKind.CLOSE), due_at=NOW - MINUTE, next_at=None)
        ended = replace(a_clock(two, ClockKind.CLOSE), ended_at=NOW, next_at=None)
        await store.write(lambda tx: tx.clocks.add([late, early, standing, ended]))

        agree(list(await store.read(lambda tx: tx.clocks.listing(limit=9))), [early, standing, late], "nearest first")
