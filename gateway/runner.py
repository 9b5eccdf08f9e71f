"""Runs jobs: takes what is due, does it, puts off what fails and parks what keeps failing."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from core.model.work import Job, JobKind
from core.office import Office
from core.ports import Clock, Store, Unavailable
from gateway.steps import AFTERWARDS, AWAITED, doing, doing_due

log = logging.getLogger(__name__)

PUT_OFF = timedelta(seconds=2)
SOON = timedelta(seconds=0.2)
AT_ONCE = timedelta(seconds=0.02)
FEW = 4


@dataclass(frozen=True, slots=True)
class Workbench:
    """What running jobs needs. ``owner`` names this process in leases."""

    store: Store
    office: Office
    clock: Clock
    owner: str
    lease: timedelta
    attempts: int
    together: int


async def run_due(
    bench: Workbench,
    *,
    ids: Collection[str] | None = None,
    kinds: Collection[JobKind] = (),
    done: Callable[[], None] = lambda: None,
) -> int:
    """Do due jobs (of ``ids`` or ``kinds`` only, where given) until none is left; how many. Raises Unavailable.

    Jobs that wait together share a transaction. When one fails, nothing of it is kept and each is tried alone.
    ``done`` is called after each commit: there may be replies to send.
    """
    count = 0
    while some := await _run_together(bench, ids, kinds):
        count += some
        done()
    return count


async def _run_together(bench: Workbench, ids: Collection[str] | None, kinds: Collection[JobKind]) -> int:
    work = doing_due(limit=bench.together, ids=ids, kinds=kinds, office=bench.office, now=bench.clock.now())
    try:
        return await bench.store.write(work)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the failing one is found and told below
        log.warning("A batch of jobs failed; each is tried alone", extra={"why": type(error).__name__})
        return await _run_apart(bench, ids)


async def _run_apart(bench: Workbench, ids: Collection[str] | None) -> int:
    now = bench.clock.now()
    jobs = await bench.store.write(
        lambda tx: tx.jobs.claim(owner=bench.owner, now=now, lease=bench.lease, limit=bench.together, ids=ids)
    )
    for job in jobs:
        await run_one(bench, job)
    return len(jobs)


async def run_one(bench: Workbench, job: Job) -> None:
    """Do one claimed job. What fails is told to the log once, tried again later, and parked in the end."""
    now = bench.clock.now()
    try:
        await bench.store.write(doing(job, owner=bench.owner, office=bench.office, now=now))
    except Unavailable:
        raise
    except Exception as error:
        parked = job.attempts >= bench.attempts
        facts = {"job": job.id, "kind": job.kind.value, "attempts": job.attempts, "parked": parked}
        log.exception("A job failed", extra=facts)
        await _put_off(bench, job, error=type(error).__name__, parked=parked)


async def _put_off(bench: Workbench, job: Job, *, error: str, parked: bool) -> None:
    if parked:
        await bench.store.write(lambda tx: tx.jobs.park(job.id, owner=bench.owner, error=error))
        return
    later = bench.clock.now() + PUT_OFF * 2**job.attempts
    await bench.store.write(lambda tx: tx.jobs.postpone(job.id, owner=bench.owner, not_before=later, error=error))


class Wake:
    """Wakes everyone who waits for its next call."""

    def __init__(self) -> None:
        self._next: asyncio.Future[None] | None = None

    def next(self) -> "asyncio.Future[None]":
        """Done at the next call after this one; not to be cancelled."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    def __call__(self) -> None:
        """Wake them."""
        if self._next is not None:
            self._next.set_result(None)
            self._next = None


async def run_embedded(bench: Workbench, *, wake: Wake, every: timedelta, done: Callable[[], None]) -> None:
    """Run jobs in this loop until cancelled: at once when woken, else every so often for what a crash left.

    What somebody waits for goes first: what comes afterwards is done, a few at a time, while nothing is awaited.
    """
    nothing_awaited = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_answer_first(bench, nothing_awaited, wake=wake, every=every, done=done))
        group.create_task(_follow_up(bench, nothing_awaited, wake=wake, every=every, done=done))


async def _answer_first(
    bench: Workbench, nothing_awaited: asyncio.Event, *, wake: Wake, every: timedelta, done: Callable[[], None]
) -> None:
    while True:
        woken = wake.next()
        nothing_awaited.clear()
        await _run_if_possible(bench, AWAITED, done=done)
        nothing_awaited.set()
        if not woken.done():
            pause = await _until_next(bench, AWAITED, longest=every)
            await asyncio.wait({woken}, timeout=pause.total_seconds())


async def _until_next(bench: Workbench, kinds: Collection[JobKind], *, longest: timedelta) -> timedelta:
    """Until the next of these jobs falls due. One that has and was not done is another process's, or fails."""
    try:
        due = await bench.store.read(lambda tx: tx.jobs.next_due(kinds))
    except Unavailable:
        return longest
    if due is None:
        return longest
    left = due - bench.clock.now()
    return min(longest, max(left, AT_ONCE) if left > timedelta() else SOON)


async def _follow_up(
    bench: Workbench, nothing_awaited: asyncio.Event, *, wake: Wake, every: timedelta, done: Callable[[], None]
) -> None:
    few = replace(bench, together=max(1, bench.together // FEW))
    while True:
        woken = wake.next()
        await nothing_awaited.wait()
        if await _run_if_possible(few, AFTERWARDS, done=done, until_none=False) == 0:
            await asyncio.wait({woken}, timeout=every.total_seconds())


async def _run_if_possible(
    bench: Workbench, kinds: Collection[JobKind], *, done: Callable[[], None], until_none: bool = True
) -> int:
    try:
        if until_none:
            return await run_due(bench, kinds=kinds, done=done)
        count = await _run_together(bench, None, kinds)
        done()
    except Unavailable:
        log.warning("Jobs wait: the database does not answer")
        await asyncio.sleep(1)
        return 0
    return count
