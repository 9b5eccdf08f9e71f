"""Logging in and out: password, second factor, sessions, and limits that a flood cannot turn into a lock-out.

A wrong try counts against where it came from: (user name + network) and network. A browser that logged in before is a
*device*; its tries count against itself alone, so that strangers cannot use them up (OWASP, *Device Cookies*).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from core import totp
from core.model.people import Session, Staff
from core.office import Office
from core.passwords import DECOY
from core.ports import Tx

LONGEST_NAME = 64
LONGEST_AGENT = 200
SEEN_EVERY = timedelta(minutes=1)
STEP_UP = timedelta(minutes=10)
HOUR = 3600


@dataclass(frozen=True, slots=True)
class AccessRules:
    """How long sessions last, and how many wrong tries an hour are taken.

    Attributes:
        idle, absolute: a session ends when nothing was done for so long, and in any case after so long.
        tries_by_name: of one user name from one network (IPv4 /24, IPv6 /64).
        tries_by_source: of all user names from one network.
        tries_by_device: of one user name from a browser that logged in with it before.
        codes_by_account: second factors of one account from browsers that are new to it.
    """

    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(days=7)
    tries_by_name: int = 10
    tries_by_source: int = 100
    tries_by_device: int = 10
    codes_by_account: int = 20


class WrongCredentials(Exception):
    """User name and password do not belong together, or nobody may log in with them; which of it is not told."""


class TooManyTries(Exception):
    """No further try is looked at before ``retry_after`` has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many wrong tries")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who wants to come in: address and browser, and the device's name where it proved to have logged in with this
    user name before.
    """

    address: str = field(repr=False)
    agent: str = field(default="", repr=False)
    device: str = field(default="", repr=False)


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
    limits = _password_limits(name, visitor, rules)
    _count(tx, limits, now=now)
    staff = tx.people.find(name)
    usable = staff is not None and staff.active and staff.password_hash
    return Knock(staff if usable else None, staff.password_hash if staff and usable else DECOY, tuple(limits), now)


def withdraw(tx: Tx, knocked: Knock) -> None:
    """The try was not looked at: it does not count."""
    _give_back(tx, knocked.counts, at=knocked.at)


def count_own(tx: Tx, staff: Staff, *, rules: AccessRules, now: datetime) -> None:
    """Count a look at the password of somebody who is logged in: whoever took their session may not guess it.

    Raises TooManyTries.
    """
    _count(tx, {f"login own {staff.id}": rules.tries_by_device}, now=now)


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
    _give_back(tx, knocked.counts, at=knocked.at)
    return _begin(tx, staff, token, visitor, complete=not staff.totp, rules=rules, office=office, now=now)


def count_code(tx: Tx, staff: Staff, visitor: Visitor, *, rules: AccessRules, now: datetime) -> None:
    """Count a try at the second factor, in a transaction of its own. Raises TooManyTries."""
    _count(tx, _code_limits(staff, visitor, rules), now=now)


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
    _give_back(tx, tuple(_code_limits(staff, visitor, rules)), at=now)
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


def network_of(address: str) -> str:
    """The network an address counts with: IPv4 /24, IPv6 /64 (one customer); what is no address counts as itself."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    mapped = known if isinstance(known, IPv4Address) else known.ipv4_mapped
    return str(ip_network((mapped, 24), strict=False) if mapped else ip_network((known, 64), strict=False))


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


def _password_limits(name: str, visitor: Visitor, rules: AccessRules) -> dict[str, int]:
    if visitor.device:
        return {f"login device {visitor.device}": rules.tries_by_device}
    network = network_of(visitor.address)
    return {
        f"login name {network} {name.casefold()}": rules.tries_by_name,
        f"login source {network}": rules.tries_by_source,
    }


def _code_limits(staff: Staff, visitor: Visitor, rules: AccessRules) -> dict[str, int]:
    """A code has a million values: strangers who know the password share one quota, whatever network they come from."""
    if visitor.device:
        return {f"code device {visitor.device}": rules.tries_by_device}
    return {
        f"code name {network_of(visitor.address)} {staff.id}": rules.tries_by_name,
        f"code account {staff.id}": rules.codes_by_account,
    }


def _count(tx: Tx, limits: dict[str, int], *, now: datetime) -> None:
    """Looked at before, so that a flood writes nothing, and after, when others at the same moment are counted too."""
    hour = int(now.timestamp()) // HOUR
    retry_after = timedelta(seconds=(hour + 1) * HOUR - int(now.timestamp()))
    if any(tx.guesses.wrong(source, hour=hour) >= limit for source, limit in limits.items()):
        raise TooManyTries(retry_after)
    for source, limit in limits.items():
        tx.guesses.add(source, hour=hour)
        if tx.guesses.wrong(source, hour=hour) > limit:
            raise TooManyTries(retry_after)


def _give_back(tx: Tx, sources: Sequence[str], *, at: datetime) -> None:
    for source in sources:
        tx.guesses.give_back(source, hour=int(at.timestamp()) // HOUR)
