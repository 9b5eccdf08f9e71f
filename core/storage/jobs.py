"""Steps to be done, in the database: leased, never locked for longer than a statement."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from core.model.work import Job, JobKind
from core.storage.rows import add_rows, dialect_of, locks_rows, one_of
from core.storage.tables import jobs
from core.talks import JOBS

ERROR_LENGTH = 300
UNTOUCHED: dict[str, Any] = {
    "lease_until": None,
    "owner": "",
    "attempts": 0,
    "parked": False,
    "error": "",
}
LANES = {JobKind.CONVERSE: 0, JobKind.JOIN: 0, JobKind.MATCH: 1, JobKind.ROUTE: 1, JobKind.GREET: 0, JobKind.TALK: 0}


class JobRows:
    """``registers.Jobs``. ``tell`` announces with the commit."""

    def __init__(self, connection: Connection, tell: Callable[[str], None] = lambda _: None) -> None:
        self._connection = connection
        self._tell = tell

    def add(self, given: Iterable[Job], *, now: datetime, told: bool = False) -> None:
        """One statement for all."""
        rows = [_columns(job) for job in given]
        same = UNTOUCHED | {"created_at": now, "published_at": now if told else None}
        add_rows(self._connection, jobs, rows, same=same)

    def by(self, job: Job, *, now: datetime) -> None:
        """Whoever was told of the later time is told again. What is due at once does not wait for the next look."""
        insertion: Any = dialect_of(self._connection).insert(jobs).values(job_row(job, now=now))
        sooner = insertion.on_conflict_do_update(
            index_elements=["subject", "kind"],
            set_={"not_before": insertion.excluded.not_before, "published_at": None},
            where=insertion.excluded.not_before < jobs.c.not_before,
        )
        self._connection.execute(sooner)
        if job.not_before <= now:
            self._tell(JOBS)

    def next_due(self, kinds: Collection[JobKind]) -> datetime | None:
        """By the index of what waits: one look in each lane."""
        lanes = sorted({LANES[kind] for kind in kinds})
        free = jobs.c.parked.is_(False), jobs.c.lane.in_(lanes), jobs.c.lease_until.is_(None)
        named = jobs.c.kind.in_([kind.value for kind in kinds])
        statement = select(jobs.c.not_before).where(*free, named).order_by(jobs.c.not_before).limit(1)
        return self._connection.execute(statement).scalar_one_or_none()

    def claim(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, ids: Collection[str] | None = None
    ) -> Sequence[Job]:
        """What somebody waits for first, then oldest first; rows that another claims at the same moment are
        passed over.
        """
        wanted = select(jobs).where(*self._is_due(now)).order_by(jobs.c.lane, jobs.c.not_before, jobs.c.id).limit(limit)
        if ids is not None:
            wanted = wanted.where(one_of(self._connection, jobs.c.id, ids))
        wanted = wanted.with_for_update(skip_locked=True) if locks_rows(self._connection) else wanted
        found = self._connection.execute(wanted).all()
        if found:
            taken = {"owner": owner, "lease_until": now + lease, "attempts": jobs.c.attempts + 1}
            mine = one_of(self._connection, jobs.c.id, [row.id for row in found])
            self._connection.execute(update(jobs).where(mine).values(taken))
        return [_job(row, attempts=row.attempts + 1) for row in found]

    def take(
        self, *, now: datetime, limit: int, ids: Collection[str] | None = None, kinds: Collection[JobKind] = ()
    ) -> Sequence[Job]:
        """One statement; rows that another takes at the same moment are passed over."""
        wanted = select(jobs.c.id).where(*self._is_due(now))
        wanted = wanted.order_by(jobs.c.lane, jobs.c.not_before, jobs.c.id).limit(limit)
        if ids is not None:
            wanted = wanted.where(one_of(self._connection, jobs.c.id, ids))
        if kinds:
            wanted = wanted.where(jobs.c.kind.in_([kind.value for kind in kinds]))
        wanted = wanted.with_for_update(skip_locked=True) if locks_rows(self._connection) else wanted
        taking = delete(jobs).where(jobs.c.id.in_(wanted)).returning(jobs)
        found = sorted(self._connection.execute(taking), key=lambda row: (row.lane, row.not_before, row.id))
        return [_job(row, attempts=row.attempts) for row in found]

    def _is_due(self, now: datetime) -> tuple[Any, ...]:
        unleased = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now)
        return jobs.c.parked.is_(False), jobs.c.not_before <= now, unleased

    def finish(self, job_id: str, *, owner: str) -> bool:
        """Its removal is part of the step's own transaction: done and gone together."""
        return self._connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.owner == owner)).rowcount == 1

    def postpone(self, job_id: str, *, owner: str, not_before: datetime, error: str) -> None:
        """Give the claim back for later."""
        self._give_back(job_id, owner, not_before=not_before, error=error[:ERROR_LENGTH])

    def park(self, job_id: str, *, owner: str, error: str) -> None:
        """No machine tries again; a person looks at it."""
        self._give_back(job_id, owner, parked=True, error=error[:ERROR_LENGTH])

    def _give_back(self, job_id: str, owner: str, **values: Any) -> None:
        mine = jobs.c.id == job_id, jobs.c.owner == owner
        self._connection.execute(update(jobs).where(*mine).values(owner="", lease_until=None, **values))

    def publish(self, *, now: datetime, stale: timedelta, limit: int) -> Sequence[str]:
        """Locked rows are being published by another process and are passed over."""
        unpublished = or_(jobs.c.published_at.is_(None), jobs.c.published_at < now - stale)
        wanted = (
            select(jobs.c.id)
            .where(*self._is_due(now), unpublished)
            .order_by(jobs.c.lane, jobs.c.not_before)
            .limit(limit)
        )
        wanted = wanted.with_for_update(skip_locked=True) if locks_rows(self._connection) else wanted
        ids = list(self._connection.execute(wanted).scalars())
        if ids:
            told = update(jobs).where(one_of(self._connection, jobs.c.id, ids)).values(published_at=now)
            self._connection.execute(told)
        return ids

    def find(self, kind: JobKind, subject: str) -> Job | None:
        """The open job of a kind for a subject."""
        statement = select(jobs).where(jobs.c.kind == kind.value, jobs.c.subject == subject)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _job(row, attempts=row.attempts)


def job_row(job: Job, *, now: datetime) -> dict[str, Any]:
    """Every column of ``jobs``, for one that was told to nobody."""
    return _columns(job) | UNTOUCHED | {"created_at": now, "published_at": None}


def _columns(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind.value,
        "subject": job.subject,
        "lane": LANES[job.kind],
        "not_before": job.not_before,
    }


def _job(row: Row[Any], *, attempts: int) -> Job:
    return Job(id=row.id, kind=JobKind(row.kind), subject=row.subject, not_before=row.not_before, attempts=attempts)
