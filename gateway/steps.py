"""Which function does which job. The same functions run in the gateway's loop and in Celery workers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from core import conversation, matching, routing
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
    }
)


def doing(job: Job, *, owner: str, office: Office, now: datetime) -> Callable[[Tx], bool]:
    """The work of one claimed job: its removal and its effects are one commit. False where the lease was lost."""

    def do(tx: Tx) -> bool:
        if not tx.jobs.finish(job.id, owner=owner):
            return False
        STEPS[job.kind](tx, job.subject, office=office, now=now)
        return True

    return do
