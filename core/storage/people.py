"""Staff, leases, cursors and wrong guesses in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from core.model.lifecycle import Role
from core.model.people import Staff
from core.storage.rows import add_rows, encode, one_of
from core.storage.tables import cursors, guesses, jobs, leases, outbox, staff
from core.vault import Vault


class UsernameTaken(Exception):
    """Somebody else has this user name; choose another."""


class PeopleRows:
    """``registers.People``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, person: Staff) -> None:
        """Raises UsernameTaken."""
        if not add_rows(self._connection, staff, [self._row(person)]):
            raise UsernameTaken(person.username)

    def _row(self, person: Staff) -> dict[str, Any]:
        return {
            "id": person.id,
            "username": person.username,
            "role": person.role.value,
            "agency": person.agency,
            "active": person.active,
            "created_at": person.created_at,
            "sealed": self._vault.seal(encode((person.name, person.password_hash))),
        }

    def find(self, username: str) -> Staff | None:
        """By user name."""
        row = self._connection.execute(select(staff).where(staff.c.username == username)).one_or_none()
        return None if row is None else self._person(row)

    def save(self, person: Staff) -> None:
        """Write a person's details."""
        self._connection.execute(update(staff).where(staff.c.id == person.id).values(self._row(person)))

    def all(self) -> Sequence[Staff]:
        """Ordered by user name."""
        return [
            self._person(row)
            for row in self._connection.execute(select(staff).order_by(staff.c.username).limit(10_000))
        ]

    def _person(self, row: Row[Any]) -> Staff:
        name, password_hash = msgspec.msgpack.decode(self._vault.open(row.sealed), type=tuple[str, str])
        return Staff(
            id=row.id,
            username=row.username,
            role=Role(row.role),
            agency=row.agency,
            created_at=row.created_at,
            name=name,
            password_hash=password_hash,
            active=row.active,
        )


class LeaseRows:
    """``registers.Leases``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take or prolong; False while another holds it."""
        mine = (leases.c.owner == owner) | (leases.c.until < now)
        held = {"owner": owner, "until": now + lease}
        if self._connection.execute(update(leases).where(leases.c.name == name, mine).values(held)).rowcount == 1:
            return True
        return bool(add_rows(self._connection, leases, [{"name": name, **held}]))

    def give_up(self, name: str, *, owner: str) -> None:
        """So that another need not wait for the end of the lease."""
        self._connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))

    def owners(self) -> Collection[str]:
        """From the three tables that know owners."""
        held = (select(table.c.owner).where(table.c.owner != "").distinct() for table in (leases, jobs, outbox))
        return {owner for statement in held for owner in self._connection.execute(statement).scalars()}

    def end(self, owners: Collection[str], *, now: datetime) -> None:
        """Connections are given up; jobs and replies have their lease end now."""
        for table in (jobs, outbox):
            theirs = one_of(self._connection, table.c.owner, owners), table.c.lease_until.is_not(None)
            self._connection.execute(update(table).where(*theirs).values(lease_until=now - timedelta(seconds=1)))
        self._connection.execute(delete(leases).where(one_of(self._connection, leases.c.owner, owners)))


class CursorRows:
    """``registers.Cursors``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """The value saved last."""
        return self._connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar_one_or_none()

    def save(self, name: str, value: str) -> None:
        """Insert or overwrite."""
        if not add_rows(self._connection, cursors, [{"name": name, "value": value}]):
            self._connection.execute(update(cursors).where(cursors.c.name == name).values(value=value))


class GuessRows:
    """``registers.Guesses``; sources stand there as digests."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def wrong(self, source: str, *, hour: int) -> int:
        """How many in that hour."""
        mine = guesses.c.source == self._vault.digest("guess", source), guesses.c.hour == hour
        return self._connection.execute(select(guesses.c.wrong).where(*mine)).scalar_one_or_none() or 0

    def add(self, source: str, *, hour: int) -> None:
        """One more."""
        digest = self._vault.digest("guess", source)
        mine = guesses.c.source == digest, guesses.c.hour == hour
        add_rows(self._connection, guesses, [{"source": digest, "hour": hour, "wrong": 0}])
        self._connection.execute(update(guesses).where(*mine).values(wrong=guesses.c.wrong + 1))

    def forget(self, *, before_hour: int) -> None:
        """Drop what is of no use any more."""
        self._connection.execute(delete(guesses).where(guesses.c.hour < before_hour))
