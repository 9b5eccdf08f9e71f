"""Limits how many wrong numbers and PINs one source may try."""

from datetime import datetime

from core.office import Office
from core.ports import Tx

ALL_SOURCES = 5
"""How many times what one source may try all of them together may try at one report."""

CODES_OF_ALL = 100
"""The same for codes of talks: a wrong one names none of them, so all sources together are counted."""

CODES = "codes"


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


def may_guess_code(tx: Tx, source: str, *, office: Office, now: datetime) -> bool:
    """Whether this source, and all sources together, are still below their limits of wrong codes: who makes a new
    address for each guess gets no further.
    """
    most = CODES_OF_ALL * office.rules.guesses_per_hour
    return may_guess(tx, source, office=office, now=now) and tx.guesses.wrong(CODES, hour=_hour(now)) < most


def note_wrong_code(tx: Tx, source: str, *, now: datetime) -> None:
    """Count a wrong code, whoever gave it."""
    note_wrong_guess(tx, source, now=now)
    tx.guesses.add(CODES, hour=_hour(now))


def _at(report_id: str) -> str:
    return f"report:{report_id}"


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3600
