"""Staff, leases, cursors and wrong guesses in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, select, update

from core.model.lifecycle import Role
from core.model.people import Staff
from core.rosters import UsernameTaken
from core.storage.rows import add_rows, encode, one_of
from core.storage.tables import cursors, guesses, jobs, leases, outbox, staff
from core.vault import Vault


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    """What of a person stands sealed. New fields go last: older rows hold fewer."""

    name: str
    password_hash: str
    email: str = ""
    phone: str = ""
    language: str = "id"
    totp: str = ""
    must_change_password: bool = False


class PeopleRows:
    """``rosters.People``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, person: Staff) -> None:
        """Raises UsernameTaken."""
        if not add_rows(self._connection, staff, [self._row(person)]):
            raise UsernameTaken(person.username)

    def _row(self, person: Staff) -> dict[str, Any]:
        sealed = _Sealed(**{name: getattr(person, name) for name in _Sealed.__struct_fields__})
        return {
            "id": person.id,
            "username": person.username,
            "role": person.role.value,
            "agency": person.agency,
            "active": person.active,
            "created_at": person.created_at,
            "sealed": self._vault.seal(encode(sealed)),
        }

    def find(self, username: str) -> Staff | None:
        """By user name."""
        return self._one(select(staff).where(staff.c.username == username))

    def get(self, staff_id: str) -> Staff | None:
        """By id."""
        return self._one(select(staff).where(staff.c.id == staff_id))

    def some(self, staff_ids: Collection[str]) -> Sequence[Staff]:
        """Those of these ids that exist, in the order of their ids."""
        mine = one_of(self._connection, staff.c.id, staff_ids)
        statement = select(staff).where(mine).order_by(staff.c.id).limit(10_000)
        return [self._person(row) for row in self._connection.execute(statement)] if staff_ids else []

    def lock(self, username: str) -> Staff | None:
        """As ``find``; the row stays locked until the transaction ends."""
        return self._one(select(staff).where(staff.c.username == username).with_for_update())

    def save(self, person: Staff) -> None:
        """Write a person's details; when they were last here is not among them."""
        self._connection.execute(update(staff).where(staff.c.id == person.id).values(self._row(person)))

    def logged_in(self, staff_id: str, *, now: datetime) -> None:
        """Note a log-in."""
        times = {"last_login_at": now, "last_seen_at": now}
        self._connection.execute(update(staff).where(staff.c.id == staff_id).values(times))

    def seen(self, staff_id: str, *, now: datetime) -> None:
        """Note a look at the console."""
        self._connection.execute(update(staff).where(staff.c.id == staff_id).values(last_seen_at=now))

    def use_step(self, staff_id: str, step: int) -> bool:
        """One conditional update, so that of two who use a code at the same moment one succeeds."""
        unused = staff.c.code_step.is_(None) | (staff.c.code_step < step)
        used = update(staff).where(staff.c.id == staff_id, unused).values(code_step=step)
        return self._connection.execute(used).rowcount == 1

    def all(self) -> Sequence[Staff]:
        """Ordered by user name."""
        rows = self._connection.execute(select(staff).order_by(staff.c.username).limit(10_000))
        return [self._person(row) for row in rows]

    def _one(self, statement: Select[Any]) -> Staff | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._person(row)

    def _person(self, row: Row[Any]) -> Staff:
        sealed = msgspec.msgpack.decode(self._vault.open(row.sealed), type=_Sealed)
        return Staff(
            id=row.id,
            username=row.username,
            role=Role(row.role),
            agency=row.agency,
            created_at=row.created_at,
            active=row.active,
            last_login_at=row.last_login_at,
            last_seen_at=row.last_seen_at,
            **msgspec.structs.asdict(sealed),
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

    def give_back(self, source: str, *, hour: int) -> None:
        """One less, never below none."""
        mine = guesses.c.source == self._vault.digest("guess", source), guesses.c.hour == hour
        self._connection.execute(update(guesses).where(*mine, guesses.c.wrong > 0).values(wrong=guesses.c.wrong - 1))

    def forget(self, *, before_hour: int) -> None:
        """Drop what is of no use any more."""
        self._connection.execute(delete(guesses).where(guesses.c.hour < before_hour))
