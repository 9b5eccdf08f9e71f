"""Agencies and the people who work on reports."""

from dataclasses import dataclass, field
from datetime import datetime

from core.model.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of the tree. ``keywords`` are the first words of an SMS that mean it (``TANGKAB``, ``KAB.
    NGANJUK``). ``region`` names its regional holidays in the holiday file.
    """

    id: str
    name: str
    parent: str = ""
    keywords: tuple[str, ...] = ()
    timezone: str = "Asia/Jakarta"
    region: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A subject a report can be filed under."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who works on reports; sees their agency and all below it."""

    id: str
    username: str
    role: Role
    agency: str
    created_at: datetime
    name: str = field(default="", repr=False)
    password_hash: str = field(default="", repr=False)
    active: bool = True


@dataclass(frozen=True, slots=True)
class Figures:
    """The public summary: how many reports stand where, and how many came in."""

    reports: int
    by_state: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]
