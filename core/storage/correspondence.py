"""Where people can be reached, how often they were answered, and one-time links, in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.model.message import Address, Reachable
from core.storage.rows import encode, locks_rows
from core.storage.tables import answered, passes, reachable
from core.vault import Vault

KEPT = 20
decode = msgspec.msgpack.Decoder(Reachable).decode


class ReachableRows:
    """``correspondence.Reachables``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, report_id: str, known: Reachable, *, at: datetime) -> None:
        """One row for each address; beyond so many of a report the oldest give way."""
        row = {
            "report_id": report_id,
            "digest": self._vault.digest(known.address.scheme, known.address.value),
            "at": at,
            "sealed": self._vault.seal(encode(known)),
        }
        newer: Any = _dialect(self._connection).insert(reachable).values(row)
        changed = {"at": newer.excluded.at, "sealed": newer.excluded.sealed}
        keys = ["report_id", "digest"]
        self._connection.execute(newer.on_conflict_do_update(index_elements=keys, set_=changed))
        self._drop_oldest(report_id)

    def _drop_oldest(self, report_id: str) -> None:
        mine = reachable.c.report_id == report_id
        newest = select(reachable.c.digest).where(mine).order_by(reachable.c.at.desc(), reachable.c.digest).limit(KEPT)
        self._connection.execute(delete(reachable).where(mine, reachable.c.digest.not_in(newest)))

    def of(self, report_id: str) -> Sequence[Reachable]:
        """Newest first."""
        mine = select(reachable.c.sealed).where(reachable.c.report_id == report_id)
        statement = mine.order_by(reachable.c.at.desc(), reachable.c.digest).limit(KEPT)
        return [decode(self._vault.open(sealed)) for sealed in self._connection.execute(statement).scalars()]

    def reports_of(self, digest: bytes, *, limit: int) -> Sequence[str]:
        """By the index of addresses."""
        mine = select(reachable.c.report_id).where(reachable.c.digest == digest)
        statement = mine.order_by(reachable.c.at.desc(), reachable.c.report_id.desc()).limit(limit)
        return list(self._connection.execute(statement).scalars())


class AnsweredRows:
    """``correspondence.Answered``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def count(self, to: Address, *, span: timedelta, at: datetime) -> int:
        """None is 0."""
        row = self._row(to, span, at)
        statement = select(answered.c.count).where(*(answered.c[name] == value for name, value in row.items()))
        return self._connection.execute(statement).scalar_one_or_none() or 0

    def add(self, to: Address, *, span: timedelta, at: datetime) -> None:
        """In one statement, so that two at once are two."""
        row = self._row(to, span, at) | {"count": 1}
        first: Any = _dialect(self._connection).insert(answered).values(row)
        more = {"count": answered.c.count + 1}
        self._connection.execute(first.on_conflict_do_update(index_elements=["digest", "span", "window"], set_=more))

    def forget(self, *, before: datetime) -> None:
        """By the end of the window."""
        ended = (answered.c.window + 1) * answered.c.span <= int(before.timestamp())
        self._connection.execute(delete(answered).where(ended))

    def _row(self, to: Address, span: timedelta, at: datetime) -> dict[str, Any]:
        seconds = int(span.total_seconds())
        window = int(at.timestamp()) // seconds
        return {"digest": self._vault.digest(to.scheme, to.value), "span": seconds, "window": window}


class PassRows:
    """``correspondence.Passes``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def digest(self, token: str) -> bytes:
        """Keyed: the table alone opens nothing."""
        return self._vault.digest("pass", token)

    def add(self, token: str, *, report_id: str, until: datetime) -> None:
        """One open pass for each report."""
        unused = passes.c.report_id == report_id, passes.c.used_at.is_(None)
        self._connection.execute(delete(passes).where(*unused))
        row = {"digest": self.digest(token), "report_id": report_id, "until": until, "used_at": None}
        self._connection.execute(insert(passes).values(row))

    def use(self, token: str, *, now: datetime) -> str:
        """Of two at once the database lets one through."""
        good = passes.c.digest == self.digest(token), passes.c.used_at.is_(None), passes.c.until > now
        statement = update(passes).where(*good).values(used_at=now).returning(passes.c.report_id)
        return self._connection.execute(statement).scalar_one_or_none() or ""

    def used(self, digest: bytes) -> str:
        """Whatever its age."""
        statement = select(passes.c.report_id).where(passes.c.digest == digest, passes.c.used_at.is_not(None))
        return self._connection.execute(statement).scalar_one_or_none() or ""

    def forget(self, *, before: datetime) -> None:
        """Used or not."""
        self._connection.execute(delete(passes).where(passes.c.until < before))


def _dialect(connection: Connection) -> ModuleType:
    return postgresql if locks_rows(connection) else sqlite
