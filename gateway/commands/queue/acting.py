"""What every action of ``lapor queue`` is given, and how its arguments are declared."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.ports import Tx
from gateway.commands.context import CommandFailed


class With(TypedDict):
    """What every use case takes by name."""

    office: Office
    now: datetime
    version: int


@dataclass(frozen=True)
class Acting:
    """One action: who does it, in which transaction, and what was given on the command line."""

    tx: Tx
    staff: Staff
    given: argparse.Namespace
    office: Office
    now: datetime

    @property
    def number(self) -> str:
        """The report's tracking number."""
        number: str = self.given.tracking_id
        return number

    @property
    def using(self) -> With:
        """The rest of a use case's arguments."""
        return With(office=self.office, now=self.now, version=self.given.version)


Act = Callable[[Acting], Report]


def staff_named(tx: Tx, username: str) -> Staff:
    """Who acts. Raises CommandFailed."""
    found = tx.people.find(username)
    if found is None or not found.active:
        raise CommandFailed(f"no member of staff '{username}'; see lapor staff list")
    return found


def named(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """An action that names one report."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary)
    parser.add_argument("number", nargs="+", help="the tracking number, with or without spaces")
    return parser


def about_one(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """An action that changes one report."""
    parser = named(actions, name, summary)
    said = "only if the report still has this version (see show --json)"
    parser.add_argument("--version", type=int, default=0, help=said)
    return parser


def with_words(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """An action on one report that needs words."""
    parser = about_one(actions, name, summary)
    parser.add_argument("--words", required=True, help="why, in words")
    return parser
