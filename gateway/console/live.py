"""What changed just now, told to every open page: one look at the newest history for all listeners of a process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.model.people import Staff
from core.model.report import Event, Report
from core.office import Office
from core.permissions import Right, may, may_triage
from core.ports import Clock, Store, Tx, Unavailable
from gateway.runner import Wake

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=2)
OVERLAP = timedelta(seconds=15)
LOADING = timedelta(seconds=5)
AT_ONCE = 500
MOST_WAITING = 1000
MOST_LISTENERS = 1000
MOST_OF_ONE = 6
NEW = frozenset({Event.RECEIVED})


class TooMany(Exception):
    """So many pages listen already; another one asks now and then instead."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one listener is told: tracking numbers of reports that are new, and of those that changed their versions.

    A page knows the versions it shows, so that it does not announce what stands on it.
    ``noticed``: there is a new notice for them, maybe of a report that is out of their sight by now. ``waiting``: the
    list of messages that wait for a person changed, and they may see it; ``chats``: so did that of waiting visitors.
    """

    new: tuple[str, ...]
    changed: Mapping[str, int]
    noticed: bool
    waiting: bool
    chats: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history that was not told yet. ``noticed``: who of the listeners has new notices since then."""

    report: Report
    is_new: bool
    noticed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: new lines of history, and whether other messages, or visitors, wait for a person now."""

    lines: Sequence[Line] = ()
    waiting: bool = False
    chats: bool = False


News = asyncio.Queue[Look | None]
"""Looks to be told; None ends the stream."""


class Live:
    """Looks while somebody listens; other processes' changes are seen within ``EVERY``, one's own at once.

    The first look begins ``LOADING`` before: so long a page may take from being made to listening.
    Clocks of processes differ and commits overtake one another, so each look goes back by ``OVERLAP`` and leaves out
    what was told.
    """

    def __init__(self, store: Store, office: Office, clock: Clock) -> None:
        self._store = store
        self._office = office
        self._clock = clock
        self._listeners: dict[News, Staff] = {}
        self._told: dict[tuple[str, int], datetime] = {}
        self._waiting: int | None = None
        self._chats: int | None = None
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        self.wake = Wake()

    @asynccontextmanager
    async def listen(self, staff: Staff) -> AsyncIterator[News]:
        """A queue that fills with what changes from now on. Raises TooMany, also while the server is going."""
        mine = sum(other.id == staff.id for other in self._listeners.values())
        if self._closed or len(self._listeners) >= MOST_LISTENERS or mine >= MOST_OF_ONE:
            raise TooMany
        queue: News = asyncio.Queue(maxsize=64)
        self._listeners[queue] = staff
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="console-live")
        try:
            yield queue
        finally:
            del self._listeners[queue]
            if not self._listeners:
                await self._stop()

    async def close(self, _app: object = None) -> None:
        """End every stream: the server is going. A page that asks again at this moment must not keep it waiting."""
        self._closed = True
        for queue in self._listeners:
            _put(queue, None)
        await self._stop()

    async def _stop(self) -> None:
        task, self._looking = self._looking, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _look(self) -> None:
        begun = self._clock.now() - LOADING
        self._told.clear()
        self._waiting = self._chats = None
        while True:
            woken = self.wake.next()
            try:
                await self._tell_new(begun)
            except Unavailable:
                log.warning("Open pages are told nothing: the database does not answer")
            await asyncio.wait({woken}, timeout=EVERY.total_seconds())

    async def _tell_new(self, begun: datetime) -> None:
        now = self._clock.now()
        since = max(begun, now - OVERLAP)
        lines, waiting, chats = await self._store.read(lambda tx: self._look_into(tx, since, now))
        self._told = {key: at for key, at in self._told.items() if at >= since - OVERLAP}
        before, self._waiting = self._waiting, waiting
        chats_before, self._chats = self._chats, chats
        look = Look(lines, waiting=before not in {None, waiting}, chats=chats_before not in {None, chats})
        if not look.lines and not look.waiting and not look.chats:
            return
        for queue in self._listeners:
            _put(queue, look)

    def _look_into(self, tx: Tx, since: datetime, now: datetime) -> tuple[Sequence[Line], int, int]:
        parked, chats = tx.messages.count_parked(most=MOST_WAITING), tx.chats.count_waiting(now=now, most=MOST_WAITING)
        return self._newest(tx, since), parked, chats

    def _newest(self, tx: Tx, since: datetime) -> Sequence[Line]:
        fresh = [
            line
            for line in tx.history.newest(since=since, limit=AT_ONCE)
            if (line.report_id, line.number) not in self._told
        ]
        self._told |= {(line.report_id, line.number): line.at for line in fresh}
        new = {line.report_id for line in fresh if line.event in NEW}
        if not fresh:
            return ()
        reports = tx.reports.some({line.report_id for line in fresh})
        noticed = tx.notices.news_for({staff.id for staff in self._listeners.values()}, since=since)
        return [Line(report, report.id in new, noticed) for report in reports]

    def within_sight(self, look: Look, staff: Staff) -> Changes:
        """What of it this person may know of."""
        seen = [line for line in look.lines if may(staff, Right.VIEW, line.report, directory=self._office.directory)]
        return Changes(
            new=tuple(line.report.tracking_id for line in seen if line.is_new),
            changed={line.report.tracking_id: line.report.version for line in seen if not line.is_new},
            noticed=any(staff.id in line.noticed for line in look.lines),
            waiting=look.waiting and may_triage(staff, directory=self._office.directory),
            chats=look.chats and may(staff, Right.ATTEND, None, directory=self._office.directory),
        )


def _put(queue: News, look: Look | None) -> None:
    """Who does not read is not waited for: what is lost is only a hint to look again."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(look)
