"""Who is logged in where, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from core.model.people import Session
from core.storage.rows import encode
from core.storage.tables import sessions
from core.vault import Vault


class SessionRows:
    """``rosters.Sessions``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, session: Session, token: str) -> None:
        """The token itself is not kept."""
        row = {
            "id": session.id,
            "digest": self._digest(token),
            "staff_id": session.staff_id,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
            "complete": session.complete,
            "sealed": self._vault.seal(encode((session.agent, session.address))),
        }
        self._connection.execute(insert(sessions).values(row))

    def find(self, token: str) -> Session | None:
        """By the digest of its token, which tells nothing about the tokens near it."""
        found = select(sessions).where(sessions.c.digest == self._digest(token))
        row = self._connection.execute(found).one_or_none()
        return None if row is None else self._session(row)

    def save(self, session: Session) -> None:
        """What changes while a session goes on."""
        times = {"seen_at": session.seen_at, "expires_at": session.expires_at}
        self._connection.execute(update(sessions).where(sessions.c.id == session.id).values(times))

    def of_staff(self, staff_id: str) -> Sequence[Session]:
        """The one seen last first."""
        theirs = select(sessions).where(sessions.c.staff_id == staff_id).order_by(sessions.c.seen_at.desc()).limit(100)
        return [self._session(row) for row in self._connection.execute(theirs)]

    def end(self, session_id: str) -> None:
        """One."""
        self._connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def end_all(self, staff_id: str, *, but: str = "") -> None:
        """Those of a person."""
        self._connection.execute(delete(sessions).where(sessions.c.staff_id == staff_id, sessions.c.id != but))

    def forget(self, *, before: datetime) -> None:
        """Those that ended."""
        self._connection.execute(delete(sessions).where(sessions.c.expires_at < before))

    def _digest(self, token: str) -> bytes:
        return self._vault.digest("session", token)

    def _session(self, row: Row[Any]) -> Session:
        agent, address = msgspec.msgpack.decode(self._vault.open(row.sealed), type=tuple[str, str])
        return Session(
            id=row.id,
            staff_id=row.staff_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            complete=row.complete,
            agent=agent,
            address=address,
        )
