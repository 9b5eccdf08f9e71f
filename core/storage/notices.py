"""Notices to staff, what each person chose, and the browsers that asked for pushes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from core.model.lifecycle import Role
from core.model.notice import Choices, Notice, NoticeKind, Recipient, Subscription
from core.storage.rows import add_rows, encode, one_of
from core.storage.tables import notice_choices, notices, push_subscriptions, staff
from core.vault import Vault

MOST_RECIPIENTS = 1_000
MOST_BROWSERS = 10
MOST_COUNTED = 1_000
MOST_DUE = 10_000
decode_choices = msgspec.msgpack.Decoder(Choices).decode


class NoticeRows:
    """``registers.Notices``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def audience(self, agency: str, roles: Collection[Role], *, national: bool) -> Sequence[Recipient]:
        """Active staff of one agency with one of ``roles``; ``national``: also the national admins, who have none."""
        theirs: ColumnElement[bool] = staff.c.agency == agency
        if national:
            theirs = or_(theirs, and_(staff.c.agency == "", staff.c.role == Role.NATIONAL_ADMIN.value))
        mine = one_of(self._connection, staff.c.role, [role.value for role in roles])
        statement = (
            select(staff.c.id, staff.c.username, notice_choices.c.choices)
            .select_from(staff.outerjoin(notice_choices, notice_choices.c.staff_id == staff.c.id))
            .where(theirs, mine, staff.c.active.is_(True))
            .order_by(staff.c.username)
            .limit(MOST_RECIPIENTS)
        )
        found = self._connection.execute(statement)
        return [Recipient(row.id, row.username, _choices(row.choices)) for row in found]

    def add(self, given: Sequence[Notice]) -> None:
        """One statement for all."""
        add_rows(self._connection, notices, [_columns(notice) for notice in given])

    def of(self, staff_id: str, *, limit: int, before: str = "") -> Sequence[Notice]:
        """Newest first, from before the notice ``before`` on."""
        statement = select(notices).where(notices.c.staff_id == staff_id)
        if before:
            statement = statement.where(notices.c.id < before)
        found = self._connection.execute(statement.order_by(notices.c.id.desc()).limit(limit))
        return [_notice(row) for row in found]

    def unseen(self, staff_id: str, *, report_id: str = "") -> int:
        """How many were not looked at, all or those of one report; beyond ``MOST_COUNTED`` they are not counted."""
        some = select(notices.c.id).where(*_unseen(staff_id, report_id)).limit(MOST_COUNTED).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar_one()

    def news_for(self, staff_ids: Collection[str], *, since: datetime) -> Collection[str]:
        """Those of these people who have something unseen that is no older than ``since``."""
        fresh = one_of(self._connection, notices.c.staff_id, staff_ids), notices.c.seen_at.is_(None)
        statement = select(notices.c.staff_id).distinct().where(*fresh, notices.c.at >= since)
        return set(self._connection.execute(statement).scalars())

    def see(self, staff_id: str, *, at: datetime, report_id: str = "", until: str = "") -> None:
        """Note that they were looked at, all or those of one report, up to the notice ``until`` where it is named;
        what was seen is not mailed or pushed any more.
        """
        mine = [*_unseen(staff_id, report_id), *([notices.c.id <= until] if until else [])]
        seen = {"seen_at": at, "mail_at": None, "push_at": None}
        self._connection.execute(update(notices).where(*mine).values(seen))

    def silence(self, staff_id: str) -> None:
        """Nothing more leaves for this person: what is due is dropped, their browsers are forgotten."""
        self._connection.execute(delete(push_subscriptions).where(push_subscriptions.c.staff_id == staff_id))
        due = or_(notices.c.mail_at.is_not(None), notices.c.push_at.is_not(None))
        theirs = update(notices).where(notices.c.staff_id == staff_id, due)
        self._connection.execute(theirs.values(mail_at=None, push_at=None))

    def take_pushes(self, *, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        """Due pushes, put off by ``lease`` in case this process dies; ``settle_pushes`` ends them."""
        due = self._due(notices.c.push_at, now, limit)
        self._connection.execute(
            update(notices).where(self._among([notice.id for notice in due])).values(push_at=now + lease)
        )
        return due

    def settle_pushes(self, notice_ids: Collection[str]) -> None:
        """They are sent, or never will be."""
        self._connection.execute(update(notices).where(self._among(notice_ids)).values(push_at=None))

    def take_mails(self, *, now: datetime, limit: int) -> Sequence[Notice]:
        """All that is due for up to ``limit`` people, locked and settled: the caller writes their mails in this
        transaction. Two processes that take at the same moment may share a person's between them.
        """
        when = notices.c.mail_at
        first = select(notices.c.staff_id).where(when <= now).group_by(notices.c.staff_id)
        people = first.order_by(func.min(when), notices.c.staff_id).limit(limit)
        due = self._due(when, now, MOST_DUE, notices.c.staff_id.in_(people))
        self._connection.execute(update(notices).where(self._among([notice.id for notice in due])).values(mail_at=None))
        return due

    def _due(
        self, when: ColumnElement[Any], now: datetime, limit: int, *among: ColumnElement[bool]
    ) -> Sequence[Notice]:
        statement = select(notices).where(when <= now, *among).order_by(when, notices.c.id).limit(limit)
        found = self._connection.execute(statement.with_for_update(skip_locked=True))
        return [_notice(row) for row in found]

    def _among(self, notice_ids: Collection[str]) -> ColumnElement[bool]:
        return one_of(self._connection, notices.c.id, notice_ids)

    def forget(self, *, before: datetime) -> None:
        """Drop what was seen and is old."""
        self._connection.execute(delete(notices).where(notices.c.at < before, notices.c.seen_at.is_not(None)))

    def choices(self, staff_id: str) -> Choices:
        """What somebody chose, or the usual."""
        mine = select(notice_choices.c.choices).where(notice_choices.c.staff_id == staff_id)
        return _choices(self._connection.execute(mine).scalar_one_or_none())

    def save_choices(self, staff_id: str, choices: Choices) -> None:
        """Write over what they chose before."""
        given = {"staff_id": staff_id, "choices": encode(choices)}
        if not add_rows(self._connection, notice_choices, [given]):
            mine = notice_choices.c.staff_id == staff_id
            self._connection.execute(update(notice_choices).where(mine).values(given))

    def subscribe(self, given: Subscription) -> None:
        """Remember a browser, once by its endpoint; beyond ten of one person the oldest is forgotten."""
        endpoint = self._vault.digest("push", given.endpoint)
        self._connection.execute(delete(push_subscriptions).where(push_subscriptions.c.endpoint == endpoint))
        kept = {"id": given.id, "staff_id": given.staff_id, "created_at": given.created_at, "failures": given.failures}
        sealed = self._vault.seal(encode((given.endpoint, given.p256dh, given.auth)))
        add_rows(self._connection, push_subscriptions, [{**kept, "endpoint": endpoint, "sealed": sealed}])
        for old in list(self.subscriptions([given.staff_id]))[MOST_BROWSERS:]:
            self.unsubscribe(old.id)

    def subscriptions(self, staff_ids: Collection[str]) -> Sequence[Subscription]:
        """Of these people, newest first."""
        mine = one_of(self._connection, push_subscriptions.c.staff_id, staff_ids)
        statement = select(push_subscriptions).where(mine).order_by(push_subscriptions.c.id.desc()).limit(10_000)
        return [self._subscription(row) for row in self._connection.execute(statement)]

    def note_failure(self, subscription_id: str) -> None:
        """One more push that did not get through; ``subscribe`` begins anew."""
        mine = push_subscriptions.c.id == subscription_id
        self._connection.execute(
            update(push_subscriptions).where(mine).values(failures=push_subscriptions.c.failures + 1)
        )

    def unsubscribe(self, subscription_id: str) -> None:
        """Forget a browser."""
        self._connection.execute(delete(push_subscriptions).where(push_subscriptions.c.id == subscription_id))

    def _subscription(self, row: Row[Any]) -> Subscription:
        endpoint, p256dh, auth = msgspec.msgpack.decode(self._vault.open(row.sealed), type=tuple[str, str, str])
        return Subscription(row.id, row.staff_id, row.created_at, endpoint, p256dh, auth, row.failures)


def _unseen(staff_id: str, report_id: str) -> list[ColumnElement[bool]]:
    mine = [notices.c.staff_id == staff_id, notices.c.seen_at.is_(None)]
    return [*mine, notices.c.report_id == report_id] if report_id else mine


def _columns(notice: Notice) -> Mapping[str, Any]:
    return {
        "id": notice.id,
        "staff_id": notice.staff_id,
        "kind": notice.kind.value,
        "report_id": notice.report_id,
        "at": notice.at,
        "seen_at": notice.seen_at,
        "mail_at": notice.mail_at,
        "push_at": notice.push_at,
    }


def _notice(row: Row[Any]) -> Notice:
    kind = NoticeKind(row.kind)
    return Notice(row.id, row.staff_id, kind, row.report_id, row.at, row.seen_at, row.mail_at, row.push_at)


def _choices(written: bytes | None) -> Choices:
    return Choices() if written is None else decode_choices(written)
