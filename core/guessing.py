"""Limits how many wrong numbers and PINs one source may try."""

from datetime import datetime

from core.office import Office
from core.ports import Tx

ALL_SOURCES = 5
"""How many times what one source may try all of them together may try at one report."""


class Guessing(Exception):
    """This source tried too many wrong numbers or PINs within the hour."""


def may_guess(tx: Tx, source: str, *, office: Office, now: datetime) -> bool:
    """Whether this source is still below its limit for this hour."""
    return tx.guesses.wrong(source, hour=_hour(now)) < office.rules.guesses_per_hour


def note_wrong_guess(tx: Tx, source: str, *, now: datetime) -> None:
    """Count a wrong number or PIN."""
    tx.guesses.add(source, hour=_hour(now))


def may_guess_at(tx: Tx, report_id: str, *, office: Office, now: datetime) -> bool:
    """Whether all sources together are still below the limit of wrong PINs for one report: some networks let anybody
    write under as many addresses as they like.
    """
    return tx.guesses.wrong(_at(report_id), hour=_hour(now)) < ALL_SOURCES * office.rules.guesses_per_hour


def note_wrong_pin(tx: Tx, report_id: str, *, now: datetime) -> None:
    """Count a wrong PIN for the report, whoever gave it."""
    tx.guesses.add(_at(report_id), hour=_hour(now))


def _at(report_id: str) -> str:
    return f"report:{report_id}"


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3600
