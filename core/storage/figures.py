"""What operators watch, counted in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, text

from core.model.talk import Owner
from core.model.work import JobKind, Outcome
from core.storage.tables import chats, jobs, messages, outbox, reports, talks

# Written out, as the partial index is used only where its condition is known when the statement is planned.
DRAFTED = text("messages.outcome = 'draft'")


def _first_id(moment: datetime) -> str:
    """Not above the ids that were made from then on."""
    return f"{int(moment.timestamp() * 1000):012x}"


def _unsent(before: datetime | None) -> ColumnElement[bool]:
    """The bot's timer sends a draft in the end; where a person answers, their chat's end does."""
    theirs = talks.c.digest == messages.c.sender_digest
    with_person = exists().where(theirs, talks.c.owner != Owner.BOT.value)
    timed = exists().where(theirs, jobs.c.subject == talks.c.id, jobs.c.kind == JobKind.TALK.value)
    return and_(DRAFTED, messages.c.id < (_first_id(before) if before else "g"), ~with_person, ~timed)


class FigureRows:
    """``registers.Figures``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def balance(self, *, since: datetime | None = None, drafts_before: datetime | None = None) -> Mapping[str, int]:
        """By channel: messages received that are neither settled nor waiting for a job, drafts that nothing will send,
        and reports that do not exist.

        Every message is accounted for by its outcome, by an open job of its own, or, as a piece of a long message, by
        its group's. An outcome that names a report must name one that exists; only messages from ``since`` on (their
        ids begin with their time) are asked for that, as it means reading them all.
        """
        waiting = select(jobs.c.id).where(or_(jobs.c.subject == messages.c.id, jobs.c.subject == messages.c.part_group))
        forgotten = and_(messages.c.outcome == Outcome.NONE.value, ~waiting.exists())
        report = select(reports.c.id).where(reports.c.id == messages.c.report_id)
        recent = messages.c.id >= (_first_id(since) if since else "")
        dangling = and_(recent, messages.c.outcome == Outcome.REPORT.value, ~report.exists())
        counts = dict.fromkeys(
            self._connection.execute(select(messages.c.channel).where(recent).distinct()).scalars(), 0
        )
        for condition in (forgotten, _unsent(drafts_before), dangling):
            statement = select(messages.c.channel, func.count()).where(condition).group_by(messages.c.channel)
            for channel, count in self._connection.execute(statement):
                counts[channel] = counts.get(channel, 0) + count
        return counts

    def drafts(self) -> int:
        """From the index alone."""
        return self._connection.execute(select(func.count()).select_from(messages).where(DRAFTED)).scalar_one()

    def chats(self, *, now: datetime) -> Mapping[str, int]:
        """A lease that ran out is a chat that waits."""
        state = case((chats.c.lease_until > now, "taken"), else_="waiting")
        statement = select(state, func.count()).where(chats.c.closed_at.is_(None)).group_by(state)
        return {"waiting": 0, "taken": 0} | {row[0]: row[1] for row in self._connection.execute(statement)}

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
