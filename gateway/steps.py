"""Which function does which job. The same functions run in the gateway's loop and in Celery workers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from core import conversation, manual, matching, routing, talking
from core.model.work import Job, JobKind
from core.office import Office
from core.ports import Tx


class Step(Protocol):
    """Does one job on its subject, within a transaction; doing it again changes nothing."""

    def __call__(self, tx: Tx, subject: str, /, *, office: Office, now: datetime) -> None: ...


STEPS: Mapping[JobKind, Step] = MappingProxyType(
    {
        JobKind.CONVERSE: conversation.converse,
        JobKind.JOIN: conversation.complete,
        JobKind.MATCH: matching.match,
        JobKind.ROUTE: routing.route,
        JobKind.GREET: manual.greet,
        JobKind.TALK: talking.time_passed,
    }
)


AWAITED = frozenset({JobKind.CONVERSE, JobKind.JOIN, JobKind.GREET, JobKind.TALK})
"""Somebody waits for their reply."""
AFTERWARDS = frozenset(STEPS) - AWAITED


def doing_due(
    *, limit: int, ids: Collection[str] | None, kinds: Collection[JobKind], office: Office, now: datetime
) -> Callable[[Tx], int]:
    """The work of up to ``limit`` due jobs, taken and done in one transaction; how many there were."""

    def do(tx: Tx) -> int:
        jobs = tx.jobs.take(now=now, limit=limit, ids=ids, kinds=kinds)
        _hold_talks(tx, jobs, office)
        for job in jobs:
            STEPS[job.kind](tx, job.subject, office=office, now=now)
        return len(jobs)

    return do


def _hold_talks(tx: Tx, jobs: Sequence[Job], office: Office) -> None:
    """Where messages enter their talks many at a time, so do steps: both lock them in one order."""
    if len(jobs) > 1 and any(manner.is_chat for manner in office.manners.values()):
        tx.talks.hold([job.subject for job in jobs if job.kind in AWAITED])


def doing(job: Job, *, owner: str, office: Office, now: datetime) -> Callable[[Tx], bool]:
    """The work of one claimed job: its removal and its effects are one commit. False where the lease was lost."""

    def do(tx: Tx) -> bool:
        if not tx.jobs.finish(job.id, owner=owner):
            return False
        STEPS[job.kind](tx, job.subject, office=office, now=now)
        return True

    return do
