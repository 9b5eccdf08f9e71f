"""Which function does which job. The same functions run in the gateway's loop and in Celery workers."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from core import conversation, manual, matching, routing
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
    }
)


AWAITED = frozenset({JobKind.CONVERSE, JobKind.JOIN, JobKind.GREET})
"""Somebody waits for their reply."""
AFTERWARDS = frozenset(STEPS) - AWAITED


def doing_due(
    *, limit: int, ids: Collection[str] | None, kinds: Collection[JobKind], office: Office, now: datetime
) -> Callable[[Tx], int]:
    """The work of up to ``limit`` due jobs, taken and done in one transaction; how many there were."""

    def do(tx: Tx) -> int:
        jobs = tx.jobs.take(now=now, limit=limit, ids=ids, kinds=kinds)
        for job in jobs:
            STEPS[job.kind](tx, job.subject, office=office, now=now)
        return len(jobs)

    return do


def doing(job: Job, *, owner: str, office: Office, now: datetime) -> Callable[[Tx], bool]:
    """The work of one claimed job: its removal and its effects are one commit. False where the lease was lost."""

    def do(tx: Tx) -> bool:
        if not tx.jobs.finish(job.id, owner=owner):
            return False
        STEPS[job.kind](tx, job.subject, office=office, now=now)
        return True

    return do
