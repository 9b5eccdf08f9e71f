"""Logging in and out: password, second factor, sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import totp
from core.attempts import AccessRules, Visitor, code_limits, count, give_back, password_limits
from core.model.people import Session, Staff
from core.office import Office
from core.passwords import DECOY
from core.ports import Tx

LONGEST_NAME = 64
LONGEST_AGENT = 200
SEEN_EVERY = timedelta(minutes=1)
STEP_UP = timedelta(minutes=10)


class WrongCredentials(Exception):
    """User name and password do not belong together, or nobody may log in with them; which of it is not told."""


@dataclass(frozen=True, slots=True)
class Knock:
    """A try that was counted: what its password has to agree with, and the counts to be given back if it does."""

    staff: Staff | None
    password_hash: str = field(repr=False)
    counts: tuple[str, ...] = field(repr=False)
    at: datetime


def knock(tx: Tx, username: str, visitor: Visitor, *, rules: AccessRules, now: datetime) -> Knock:
    """Count the try before its password is looked at, so that many at once get no more than the limit.

    The work is the same whether there is such a person or not. Raises TooManyTries.
    """
    name = username if len(username) <= LONGEST_NAME and username.isprintable() else ""
    limits = password_limits(name, visitor=visitor, rules=rules)
    count(tx, limits, now=now)
    staff = tx.people.find(name)
    usable = staff is not None and staff.active and staff.password_hash
    return Knock(staff if usable else None, staff.password_hash if staff and usable else DECOY, tuple(limits), now)


def withdraw(tx: Tx, knocked: Knock) -> None:
    """The try was not looked at: it does not count."""
    give_back(tx, knocked.counts, at=knocked.at)


def count_own(tx: Tx, staff: Staff, *, rules: AccessRules, now: datetime) -> None:
    """Count a look at the password of somebody who is logged in: whoever took their session may not guess it.

    Raises TooManyTries.
    """
    count(tx, {f"login own {staff.id}": rules.tries_by_device}, now=now)


def enter(
    tx: Tx,
    knocked: Knock,
    token: str,
    visitor: Visitor,
    *,
    agreed: bool,
    rules: AccessRules,
    office: Office,
    now: datetime,
) -> Session:
    """Begin a session under ``token`` when the password ``agreed``; complete, unless a second factor is wanted.

    Raises WrongCredentials; the try stays counted.
    """
    staff = tx.people.get(knocked.staff.id) if knocked.staff and agreed else None
    if staff is None or not staff.active or staff.password_hash != knocked.password_hash:
        raise WrongCredentials
    give_back(tx, knocked.counts, at=knocked.at)
    return _begin(tx, staff, token, visitor, complete=not staff.totp, rules=rules, office=office, now=now)


def count_code(tx: Tx, staff: Staff, visitor: Visitor, *, rules: AccessRules, now: datetime) -> None:
    """Count a try at the second factor, in a transaction of its own. Raises TooManyTries."""
    count(tx, code_limits(staff, visitor=visitor, rules=rules), now=now)


def show_code(
    tx: Tx,
    session: Session,
    code: str,
    token: str,
    visitor: Visitor,
    *,
    rules: AccessRules,
    office: Office,
    now: datetime,
) -> Session:
    """The second factor of a counted try: a new session under ``token`` takes the place of ``session``.

    Raises WrongCredentials: the code is wrong, old, or was used before.
    """
    staff = tx.people.get(session.staff_id)
    step = totp.step_of(staff.totp, code, now=now) if staff and staff.active and staff.totp else None
    if staff is None or step is None or not tx.people.use_step(staff.id, step):
        raise WrongCredentials
    give_back(tx, tuple(code_limits(staff, visitor=visitor, rules=rules)), at=now)
    tx.sessions.end(session.id)
    return _begin(tx, staff, token, visitor, complete=True, rules=rules, office=office, now=now)


def session_of(tx: Tx, token: str, *, now: datetime) -> tuple[Staff, Session] | None:
    """Who is logged in with this token; None where nobody is: unknown, ended, or the person may work no more."""
    session = tx.sessions.find(token)
    if session is None or session.expires_at <= now:
        return None
    staff = tx.people.get(session.staff_id)
    return (staff, session) if staff is not None and staff.active else None


def is_worth_noting(session: Session, *, now: datetime) -> bool:
    """Whether the last look was so long ago that ``seen`` should be called."""
    return session.complete and now - session.seen_at >= SEEN_EVERY


def seen(tx: Tx, session: Session, *, rules: AccessRules, now: datetime) -> None:
    """Somebody works: the session goes on, but never beyond its absolute end."""
    ends = min(now + rules.idle, session.created_at + rules.absolute)
    tx.sessions.save(replace(session, seen_at=now, expires_at=ends))
    tx.people.seen(session.staff_id, now=now)


def log_out(tx: Tx, session: Session) -> None:
    """End the session."""
    tx.sessions.end(session.id)


def sessions_of(tx: Tx, staff: Staff, *, now: datetime) -> Sequence[Session]:
    """Where this person is logged in."""
    return [each for each in tx.sessions.of_staff(staff.id) if each.expires_at > now and each.complete]


def end_session(tx: Tx, staff: Staff, session_id: str) -> None:
    """End one of the person's own sessions; another's is left alone."""
    if any(each.id == session_id for each in tx.sessions.of_staff(staff.id)):
        tx.sessions.end(session_id)


def change_password(tx: Tx, staff: Staff, password_hash: str, *, session: Session) -> None:
    """A new password, by its hash; whoever is logged in elsewhere is not any more.

    ``staff`` is the person as their present password was checked. Raises WrongCredentials: it was changed meanwhile.
    """
    current = tx.people.lock(staff.username)
    if current is None or current.password_hash != staff.password_hash:
        raise WrongCredentials
    tx.people.save(replace(current, password_hash=password_hash, must_change_password=False))
    tx.sessions.end_all(staff.id, but=session.id)


def enable_code(tx: Tx, staff: Staff, secret: str, code: str, *, session: Session, now: datetime) -> None:
    """From now on the second factor is asked for. The code shows that the phone has the secret; other sessions end.

    Raises WrongCredentials.
    """
    current, step = tx.people.lock(staff.username), totp.step_of(secret, code, now=now)
    if current is None or step is None or not tx.people.use_step(staff.id, step):
        raise WrongCredentials
    tx.people.save(replace(current, totp=secret))
    tx.sessions.end_all(staff.id, but=session.id)


def disable_code(tx: Tx, staff: Staff) -> None:
    """The password alone is enough again; whoever asks for this has shown it anew."""
    current = tx.people.lock(staff.username)
    if current is not None:
        tx.people.save(replace(current, totp=""))


def speak(tx: Tx, staff: Staff, language: str) -> None:
    """The language of this person's console."""
    current = tx.people.lock(staff.username)
    if current is not None:
        tx.people.save(replace(current, language=language))


def _begin(
    tx: Tx,
    staff: Staff,
    token: str,
    visitor: Visitor,
    *,
    complete: bool,
    rules: AccessRules,
    office: Office,
    now: datetime,
) -> Session:
    session = Session(
        id=office.new_id(),
        staff_id=staff.id,
        created_at=now,
        seen_at=now,
        expires_at=now + (min(rules.idle, rules.absolute) if complete else STEP_UP),
        complete=complete,
        agent=visitor.agent[:LONGEST_AGENT],
        address=visitor.address,
    )
    tx.sessions.add(session, token)
    if complete:
        tx.people.logged_in(staff.id, now=now)
    return session
