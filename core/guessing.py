"""Limits how many wrong numbers and PINs one source may try."""

from datetime import datetime

from core.office import Office
from core.ports import Tx


class Guessing(Exception):
    """This source tried too many wrong numbers or PINs within the hour."""


def may_guess(tx: Tx, source: str, *, office: Office, now: datetime) -> bool:
    """Whether this source is still below its limit for this hour."""
    return tx.guesses.wrong(source, hour=_hour(now)) < office.rules.guesses_per_hour


def note_wrong_guess(tx: Tx, source: str, *, now: datetime) -> None:
    """Count a wrong number or PIN."""
    tx.guesses.add(source, hour=_hour(now))


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3600
