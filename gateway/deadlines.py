"""Runs what the clocks ask for, and has deadlines reckoned anew where this process has other holidays."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from core import deadlines
from core.model.clock import Clock
from core.office import Office
from core.ports import Clock as Time
from core.ports import Store, Tx, Unavailable
from gateway.rounds import keep_doing

log = logging.getLogger(__name__)

TOGETHER = 20
LOOKED_AT_TOGETHER = 50
PUT_OFF = timedelta(hours=1)


class DeadlineWatch:
    """One for each process. It reckons deadlines anew once, at its start: of processes with different holidays the
    one that started last decides, and the others do not undo it.
    """

    def __init__(self, store: Store, office: Office, clock: Time) -> None:
        self._store, self._office, self._clock = store, office, clock
        self._begun = False

    async def once(self) -> None:
        """Do everything that is due. Raises Unavailable."""
        if not self._begun:
            if not await self._store.read(lambda tx: deadlines.is_current(tx, office=self._office)):
                await recalculate(self._store, self._office, now=self._clock.now())
            self._begun = True
        elif await self._store.write(lambda tx: _is_outdated(tx, self._office)):
            log.warning("Another process has other holidays: restart this one, it then reckons its deadlines anew")
        await run_due(self._store, self._office, now=self._clock.now())

    async def run(self, *, every: timedelta) -> None:
        """Until cancelled."""
        await keep_doing(self.once, every=every, what="deadlines")


def _is_outdated(tx: Tx, office: Office) -> bool:
    """What this process reckons from now on is by other holidays than the rest: whoever starts next looks at it all."""
    known = tx.cursors.get(deadlines.CALENDAR)
    if known in (None, "", office.calendar.digest):
        return False
    tx.cursors.save(deadlines.CALENDAR, "")
    return True


async def recalculate(store: Store, office: Office, *, now: datetime) -> int:
    """Reckon every deadline anew, a batch for each transaction; how many moved. Raises Unavailable."""
    looked = moved = 0
    while True:
        batch = await store.write(
            lambda tx: deadlines.recalculate(tx, office=office, now=now, limit=LOOKED_AT_TOGETHER)
        )
        looked, moved = looked + batch.looked, moved + batch.moved
        if batch.finished:
            log.info("Deadlines were reckoned anew", extra={"looked_at": looked, "moved": moved})
            return moved


async def run_due(store: Store, office: Office, *, now: datetime) -> int:
    """Do steps until none is due; how many. A step that fails is tried again in an hour. Raises Unavailable."""
    count = 0
    while some := await _run_together(store, office, now):
        count += some
    if count:
        log.info("Deadlines did their steps", extra={"steps": count})
    return count


async def _run_together(store: Store, office: Office, now: datetime) -> int:
    try:
        return await store.write(lambda tx: deadlines.due(tx, office=office, now=now, limit=TOGETHER))
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the failing one is found and told below
        log.warning("A batch of deadlines failed; each is tried alone", extra={"why": type(error).__name__})
        return await _run_apart(store, office, now)


async def _run_apart(store: Store, office: Office, now: datetime) -> int:
    taken = await store.write(lambda tx: _take(tx, now))
    for clock in taken:
        await _run_one(store, office, clock, now)
    return len(taken)


def _take(tx: Tx, now: datetime) -> Sequence[Clock]:
    return tx.clocks.take_due(now=now, limit=TOGETHER)


async def _run_one(store: Store, office: Office, clock: Clock, now: datetime) -> None:
    try:
        await store.write(lambda tx: deadlines.due_alone(tx, clock, office=office, now=now))
    except Unavailable:
        raise
    except Exception:
        log.exception("A deadline's step failed", extra={"report": clock.report_id, "clock": clock.kind.value})
        await store.write(lambda tx: tx.clocks.put_off(clock, until=now + PUT_OFF))
