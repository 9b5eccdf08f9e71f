"""Agencies and the people who work on reports."""

from dataclasses import dataclass, field
from datetime import datetime

from core.model.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of the tree. ``keywords`` are the first words of an SMS that mean it (``TANGKAB``, ``KAB.
    NGANJUK``). ``connected``: its staff work here; reports for one that is not are held.
    ``region`` names its regional holidays in the holiday file.
    """

    id: str
    name: str
    parent: str = ""
    keywords: tuple[str, ...] = ()
    timezone: str = "Asia/Jakarta"
    connected: bool = True
    region: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A subject a report can be filed under."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who works on reports; sees their agency and all below it.

    Attributes:
        language: of the console, ``id`` or ``en``.
        totp: the secret of the second factor in Base32; empty where it is not used.
        must_change_password: somebody else knows the password, who set it.
        last_login_at, last_seen_at: written by ``People.logged_in`` and ``People.seen`` alone.
    """

    id: str
    username: str
    role: Role
    agency: str
    created_at: datetime
    name: str = field(default="", repr=False)
    password_hash: str = field(default="", repr=False)
    active: bool = True
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    language: str = "id"
    totp: str = field(default="", repr=False)
    must_change_password: bool = False
    last_login_at: datetime | None = None
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is logged in on one device.

    Attributes:
        complete: every factor was shown; before that the session is good for showing the second one.
        agent, address: what the browser said it is and where it came from, for its owner to recognise.
    """

    id: str
    staff_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    complete: bool = True
    agent: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """The public summary: how many reports stand where, and how many came in."""

    reports: int
    by_state: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]
