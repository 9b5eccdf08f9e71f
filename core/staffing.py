"""Adding, changing and deactivating members of staff, by those in whose care they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.model.lifecycle import Role
from core.model.people import Staff
from core.office import Office
from core.ports import Tx
from core.stewardship import NotYours, check_may_employ, may_manage

LONGEST = {"username": 64, "name": 200, "email": 254, "phone": 32}


class Unfit(Exception):
    """A field cannot be as it was given; ``field`` names it."""

    def __init__(self, wrong: str) -> None:
        super().__init__(wrong)
        self.field = wrong


class UnknownPerson(Exception):
    """There is nobody with this user name in this person's care."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is told of a member of staff."""

    role: Role
    agency: str = ""
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


def check_fit(username: str, given: Particulars) -> None:
    """Raises Unfit."""
    values = {"username": username, "name": given.name, "email": given.email, "phone": given.phone}
    for name, value in values.items():
        if len(value) > LONGEST[name] or not value.isprintable():
            raise Unfit(name)
    if not username or username != username.strip():
        raise Unfit("username")
    user, at, host = given.email.partition("@")
    if given.email and (not user or not at or "." not in host or " " in given.email):
        raise Unfit("email")
    if given.phone and not (set(given.phone) <= set("0123456789+ -()") and any(map(str.isdigit, given.phone))):
        raise Unfit("phone")


def all_of(tx: Tx, actor: Staff, *, office: Office) -> Sequence[Staff]:
    """Everybody in this person's care, by user name."""
    return [person for person in tx.people.all() if may_manage(actor, person, directory=office.directory)]


def add(
    tx: Tx, username: str, given: Particulars, actor: Staff, *, password_hash: str, office: Office, now: datetime
) -> Staff:
    """A new member of staff, who chooses another password at the first log-in.

    Raises NotYours, Unfit, rosters.UsernameTaken.
    """
    check_fit(username, given)
    check_may_employ(actor, given.role, given.agency, directory=office.directory)
    person = Staff(
        id=office.new_id(),
        username=username,
        role=given.role,
        agency=given.agency,
        created_at=now,
        name=given.name,
        email=given.email,
        phone=given.phone,
        password_hash=password_hash,
        must_change_password=True,
    )
    tx.people.add(person)
    return person


def change(tx: Tx, username: str, given: Particulars, actor: Staff, *, office: Office) -> None:
    """Other particulars. Nobody changes their own role or agency.

    Raises NotYours, Unfit, UnknownPerson.
    """
    check_fit(username, given)
    person = _in_care(tx, username, actor, office=office)
    if (person.role, person.agency) != (given.role, given.agency):
        _check_not_self(person, actor)
        check_may_employ(actor, given.role, given.agency, directory=office.directory)
    changed = replace(
        person, role=given.role, agency=given.agency, name=given.name, email=given.email, phone=given.phone
    )
    tx.people.save(changed)


def set_active(tx: Tx, username: str, actor: Staff, *, active: bool, office: Office) -> None:
    """Let somebody work, or no more: they are logged out everywhere and told nothing.

    Raises NotYours, UnknownPerson.
    """
    person = _in_care(tx, username, actor, office=office)
    _check_not_self(person, actor)
    tx.people.save(replace(person, active=active))
    if not active:
        tx.sessions.end_all(person.id)
        tx.notices.silence(person.id)


def reset(tx: Tx, username: str, actor: Staff, *, password_hash: str, office: Office) -> None:
    """A password that somebody else knows, and no second factor: for those who lost theirs. They are logged out.

    Raises NotYours, UnknownPerson.
    """
    person = _in_care(tx, username, actor, office=office)
    _check_not_self(person, actor)
    tx.people.save(replace(person, password_hash=password_hash, totp="", must_change_password=True))
    tx.sessions.end_all(person.id)


def get(tx: Tx, staff_id: str, actor: Staff, *, office: Office) -> Staff:
    """Somebody in this person's care, by id. Raises UnknownPerson."""
    person = tx.people.get(staff_id)
    if person is None or not may_manage(actor, person, directory=office.directory):
        raise UnknownPerson(staff_id)
    return person


def _in_care(tx: Tx, username: str, actor: Staff, *, office: Office) -> Staff:
    """By user name, locked."""
    person = tx.people.lock(username)
    if person is None or not may_manage(actor, person, directory=office.directory):
        raise UnknownPerson(username)
    return person


def _check_not_self(person: Staff, actor: Staff) -> None:
    """So that the last admin cannot lock everybody out."""
    if person.id == actor.id:
        raise NotYours("another admin does this for you")
