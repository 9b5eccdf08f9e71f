"""Codes by which somebody goes on with a talk on another channel, in the database."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from core.storage.tables import codes
from core.vault import Vault


class CodeRows:
    """``talks.Codes``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, code: str, *, talk: str, until: datetime) -> bool:
        """One open code for each talk. What was given out before, to whomever, is not given again."""
        unused = codes.c.talk == talk, codes.c.used_at.is_(None)
        self._connection.execute(delete(codes).where(*unused))
        digest = self._digest(code)
        if self._connection.execute(select(codes.c.talk).where(codes.c.digest == digest)).one_or_none() is not None:
            return False
        row = {"digest": digest, "talk": talk, "until": until, "used_at": None}
        self._connection.execute(insert(codes).values(row))
        return True

    def use(self, code: str, *, now: datetime) -> str:
        """Of two at once the database lets one through."""
        good = codes.c.digest == self._digest(code), codes.c.used_at.is_(None), codes.c.until > now
        statement = update(codes).where(*good).values(used_at=now).returning(codes.c.talk)
        return self._connection.execute(statement).scalar_one_or_none() or ""

    def forget(self, *, before: datetime) -> None:
        """Used or not."""
        self._connection.execute(delete(codes).where(codes.c.until < before))

    def _digest(self, code: str) -> bytes:
        """Keyed: the table alone opens nothing."""
        return self._vault.digest("code", code)
