"""``core.desk.Desk``: answers citizens' pages and programs from the store."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import answering, enquiry
from core.answering import Opened
from core.channel import Busy
from core.desk import NotFound, TooManyGuesses, Visits
from core.guessing import Guessing
from core.model.message import Accepted
from core.model.people import Agency, Category, Figures
from core.model.report import ReportView
from core.model.work import JobKind, Outcome
from core.ports import Tx, Unavailable
from gateway.runner import Workbench, run_due

AWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message: ``done``, or not, with the reason a citizen can read."""

    done: bool
    reason: str = ""


class Counter:
    """The desk at which citizens ask."""

    def __init__(self, bench: Workbench, talks: Visits) -> None:
        self._bench = bench
        self._talks = talks

    @property
    def talks(self) -> Visits:
        """See ``core.desk.Desk.talks``."""
        return self._talks

    async def find(self, tracking_id: str, pin: str, *, source: str) -> ReportView:
        """See ``core.desk.Desk.find``."""
        office, now = self._bench.office, self._bench.clock.now()
        try:
            found = await self._bench.store.write(
                lambda tx: enquiry.find(tx, tracking_id, pin, source, office=office, now=now)
            )
        except Unavailable as error:
            raise away() from error
        except Guessing as error:
            raise _too_many(now) from error
        if found is None:
            raise NotFound
        return found

    async def open_pass(self, token: str, source: str) -> Opened | None:
        """What a one-time link opens; None for one that is no good. Raises TooManyGuesses, core.channel.Busy."""
        office, now = self._bench.office, self._bench.clock.now()
        try:
            return await self._bench.store.write(
                lambda tx: answering.open_pass(tx, token, source=source, office=office, now=now)
            )
        except Unavailable as error:
            raise away() from error
        except Guessing as error:
            raise _too_many(now) from error

    async def settle(self, accepted: Accepted, *, limit: timedelta) -> Result | None:
        """See ``core.desk.Desk.settle``. The job may already be in other hands: then it is waited for."""
        try:
            async with asyncio.timeout(limit.total_seconds()):
                while (result := await self._bench.store.read(lambda tx: _result(tx, accepted.message_id))) is None:
                    job = await self._bench.store.read(lambda tx: tx.jobs.find(JobKind.CONVERSE, accepted.message_id))
                    if job is None or await run_due(self._bench, ids=[job.id]) == 0:
                        await asyncio.sleep(0.05)
        except (TimeoutError, Unavailable):  # It is accepted, and goes on when the database is back.
            return None
        return result

    async def agencies(self) -> tuple[Agency, ...]:
        """See ``core.desk.Desk.agencies``."""
        return tuple(sorted(self._bench.office.directory.agencies.values(), key=lambda agency: agency.name))

    async def categories(self) -> tuple[Category, ...]:
        """See ``core.desk.Desk.categories``."""
        return self._bench.office.directory.categories

    async def figures(self) -> Figures:
        """See ``core.desk.Desk.figures``."""
        try:
            return await self._bench.store.read(lambda tx: tx.reports.figures())
        except Unavailable as error:
            raise away() from error


def _too_many(now: datetime) -> TooManyGuesses:
    """Guesses are counted by the hour."""
    return TooManyGuesses(retry_after=timedelta(seconds=3600 - now.timestamp() % 3600))


def away() -> Busy:
    """The database does not answer."""
    return Busy("the database does not answer", retry_after=AWAY)


def _result(tx: Tx, message_id: str) -> Result | None:
    stored = tx.messages.get(message_id)
    if stored is None or stored.outcome is Outcome.NONE:
        return None
    if stored.note != "rejected":
        return Result(done=True)
    replies = tx.outbox.of_report(stored.report_id)
    said = next((reply.outbound.text for reply in replies if reply.cause.endswith(message_id)), "")
    return Result(done=False, reason=said)
