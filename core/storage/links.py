"""Recognised repeats, and the keyed word digests by which reports are found again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    column,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)

from core.model.message import Address
from core.model.work import Link, LinkDecision, LinkKind
from core.storage.rows import ArrayOf, add_rows, encode, locks_rows
from core.storage.tables import links, messages, report_keys, reports
from core.vault import Vault

KEYS_ASKED = 24
ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(1709))
POSTINGS_PER_KEY = 200
PASSED_ON = and_(links.c.kind == LinkKind.SAME_EVENT.value, links.c.message_id != "")


class LinkRows:
    """``registers.Links``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, link: Link) -> None:
        """Insert a link."""
        self._connection.execute(links.insert().values(self._row(link)))

    def save(self, link: Link) -> None:
        """Write a decision about a link."""
        values = {"decision": link.decision.value, "by": link.by}
        self._connection.execute(update(links).where(links.c.id == link.id).values(values))

    def _row(self, link: Link) -> dict[str, Any]:
        return {
            "id": link.id,
            "kind": link.kind.value,
            "decision": link.decision.value,
            "first_report": link.first_report,
            "report_id": link.report_id,
            "message_id": link.message_id,
            "score": link.score,
            "at": link.at,
            "by": link.by,
            "sealed": self._vault.seal(encode(link.reasons)),
        }

    def get(self, link_id: str) -> Link | None:
        """By id."""
        row = self._connection.execute(select(links).where(links.c.id == link_id)).one_or_none()
        return None if row is None else self._link(row)

    def of_report(self, report_id: str) -> Sequence[Link]:
        """Links in which the report is the repeat or the first: a thousand who pass a report on hide no report."""
        involved = (links.c.report_id == report_id) | (links.c.first_report == report_id)
        statement = select(links).where(involved).order_by(PASSED_ON, links.c.at, links.c.id).limit(1000)
        return [self._link(row) for row in self._connection.execute(statement)]

    def supporters(self, report_id: str) -> int:
        """One statement."""
        statement = select(func.count()).select_from(links).where(*_supports(report_id))
        return self._connection.execute(statement).scalar_one()

    def is_supporter(self, report_id: str, supporter: Address) -> bool:
        """By the sender of the message or the reporter of the report that supports."""
        digest = self._vault.digest(supporter.scheme, supporter.value)
        sender = select(messages.c.sender_digest).where(messages.c.id == links.c.message_id).scalar_subquery()
        reporter = select(reports.c.reporter_digest).where(reports.c.id == links.c.report_id).scalar_subquery()
        theirs = or_(sender == digest, reporter == digest)
        statement = select(links.c.id).where(*_supports(report_id), theirs).limit(1)
        return self._connection.execute(statement).scalar_one_or_none() is not None

    def counts(self) -> Mapping[tuple[LinkKind, str], int]:
        """Links by kind and decision."""
        statement = select(links.c.kind, links.c.decision, func.count()).group_by(links.c.kind, links.c.decision)
        return {(LinkKind(row[0]), row[1]): row[2] for row in self._connection.execute(statement)}

    def index(self, report_id: str, keys: Sequence[str]) -> None:
        """Keep the digests of a report's keys; repeating it changes nothing.

        Until the transaction ends no other indexes: of two reports of one event at the same moment one sees the other.
        """
        if locks_rows(self._connection):
            self._connection.execute(ONE_AT_A_TIME)
        rows = [{"key": key} for key in self._digests(keys)]
        add_rows(self._connection, report_keys, rows, same={"report_id": report_id})

    def _digests(self, keys: Sequence[str]) -> Sequence[int]:
        whole = (self._vault.digest("word", key)[:8] for key in keys)
        return sorted({int.from_bytes(digest, "big", signed=True) for digest in whole})

    def candidates(self, keys: Sequence[str], *, since: datetime, limit: int) -> Sequence[str]:
        """At most ``KEYS_ASKED`` keys, the newest postings of each: the cost does not grow with the number of
        reports.
        """
        asked = self._digests(keys[:KEYS_ASKED])
        if not asked:
            return []
        oldest = f"{int(since.timestamp() * 1000):012x}"
        if locks_rows(self._connection):
            found = self._connection.execute(_MOST_SHARED_LATERAL, {"asked": asked, "oldest": oldest, "most": limit})
        else:
            given = {f"key_{number}": asked[number % len(asked)] for number in range(KEYS_ASKED)}
            found = self._connection.execute(_MOST_SHARED, {**given, "oldest": oldest, "most": limit})
        return list(found.scalars())

    def _link(self, row: Row[Any]) -> Link:
        return Link(
            id=row.id,
            kind=LinkKind(row.kind),
            decision=LinkDecision(row.decision),
            first_report=row.first_report,
            score=row.score,
            at=row.at,
            report_id=row.report_id,
            message_id=row.message_id,
            reasons=msgspec.msgpack.decode(self._vault.open(row.sealed), type=tuple[str, ...]),
            by=row.by,
        )


def _supports(report_id: str) -> tuple[ColumnElement[bool], ...]:
    linked = links.c.decision.in_([LinkDecision.LINKED.value, LinkDecision.CONFIRMED.value])
    return links.c.first_report == report_id, linked, links.c.kind == LinkKind.SAME_EVENT.value


def _newest_postings(key: ColumnElement[int]) -> Select[Any]:
    newest = select(report_keys.c.key, report_keys.c.report_id)
    newest = newest.where(report_keys.c.key == key, report_keys.c.report_id >= bindparam("oldest"))
    return newest.order_by(report_keys.c.report_id.desc()).limit(POSTINGS_PER_KEY)


def _ranked(postings: Any) -> Select[Any]:
    """Ids of the reports that share most keys, the newest first among equals. Ids begin with their time."""
    shared = func.count(postings.c.key.distinct())
    found = select(postings.c.report_id).group_by(postings.c.report_id)
    return found.order_by(shared.desc(), postings.c.report_id.desc()).limit(bindparam("most"))


def _one_by_one() -> Select[Any]:
    """SQLite knows no LATERAL: a branch for each key."""
    keys = (bindparam(f"key_{number}", type_=BigInteger) for number in range(KEYS_ASKED))
    branches = (_newest_postings(key).subquery() for key in keys)
    return _ranked(union_all(*(select(each.c.key, each.c.report_id) for each in branches)).subquery())


def _laterally() -> Select[Any]:
    """One small plan; that of many branches takes PostgreSQL longer to make than to run."""
    asked = func.unnest(bindparam("asked", type_=ArrayOf(BigInteger()))).table_valued(column("key", BigInteger))
    asked = asked.render_derived(name="asked")
    newest = _newest_postings(asked.c.key).lateral("newest")
    return _ranked(select(newest.c.key, newest.c.report_id).select_from(asked.join(newest, true())).subquery())


_MOST_SHARED = _one_by_one()
_MOST_SHARED_LATERAL = _laterally()
