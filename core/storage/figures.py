"""What operators watch, counted in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from core.model.work import Outcome
from core.storage.tables import jobs, messages, outbox, reports


class FigureRows:
    """``registers.Figures``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def balance(self, *, since: datetime | None = None) -> Mapping[str, int]:
        """By channel: messages received that are neither settled nor waiting for a job, and reports that do not exist.

        Every message is accounted for by its outcome, by an open job of its own, or, as a piece of a long message, by
        its group's. An outcome that names a report must name one that exists; only messages from ``since`` on (their
        ids begin with their time) are asked for that, as it means reading them all.
        """
        waiting = select(jobs.c.id).where(or_(jobs.c.subject == messages.c.id, jobs.c.subject == messages.c.part_group))
        forgotten = and_(messages.c.outcome == Outcome.NONE.value, ~waiting.exists())
        report = select(reports.c.id).where(reports.c.id == messages.c.report_id)
        recent = messages.c.id >= (f"{int(since.timestamp() * 1000):012x}" if since else "")
        dangling = and_(recent, messages.c.outcome == Outcome.REPORT.value, ~report.exists())
        counts = dict.fromkeys(
            self._connection.execute(select(messages.c.channel).where(recent).distinct()).scalars(), 0
        )
        for condition in (forgotten, dangling):
            statement = select(messages.c.channel, func.count()).where(condition).group_by(messages.c.channel)
            for channel, count in self._connection.execute(statement):
                counts[channel] = counts.get(channel, 0) + count
        return counts

    def jobs_due(self, *, now: datetime) -> int:
        """Jobs whose time has come."""
        statement = select(func.count()).select_from(jobs).where(jobs.c.not_before <= now, jobs.c.parked.is_(False))
        return self._connection.execute(statement).scalar_one()

    def jobs_parked(self) -> int:
        """Jobs that wait for a person."""
        return self._connection.execute(
            select(func.count()).select_from(jobs).where(jobs.c.parked.is_(True))
        ).scalar_one()

    def outbox(self) -> Mapping[tuple[str, str], int]:
        """Replies by channel and state."""
        return self._pairs(outbox.c.channel, outbox.c.state)

    def received(self) -> Mapping[str, int]:
        """Messages by channel."""
        statement = select(messages.c.channel, func.count()).group_by(messages.c.channel)
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Messages by channel and outcome."""
        return self._pairs(messages.c.channel, messages.c.outcome)

    def _pairs(self, first: Any, second: Any) -> Mapping[tuple[str, str], int]:
        statement = select(first, second, func.count()).group_by(first, second)
        return {(row[0], row[1]): row[2] for row in self._connection.execute(statement)}
