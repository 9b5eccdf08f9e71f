"""Dates as people in Indonesia write them."""

import re
from datetime import date, timedelta
from typing import Final

DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2}|[a-z]{3,10})\.?\s*[/.\-\s,]\s*(\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
WEEKDAY = re.compile(r"^(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\s*,?\s*")
SPOKEN = {"hari ini": 0, "kemarin": 1, "kemarin lusa": 2}
MONTHS: Final = {
    **dict.fromkeys(("januari", "january"), 1),
    **dict.fromkeys(("februari", "pebruari", "february"), 2),
    **dict.fromkeys(("maret", "march"), 3),
    **dict.fromkeys(("april",), 4),
    **dict.fromkeys(("mei", "may"), 5),
    **dict.fromkeys(("juni", "june"), 6),
    **dict.fromkeys(("juli", "july"), 7),
    **dict.fromkeys(("agustus", "august", "agt", "ags"), 8),
    **dict.fromkeys(("september", "sept"), 9),
    **dict.fromkeys(("oktober", "october"), 10),
    **dict.fromkeys(("november", "nopember"), 11),
    **dict.fromkeys(("desember", "december"), 12),
}


def read_date(written: str, *, today: date) -> date | None:
    """``3/11/2026``, ``3-11-26``, ``3 Nov 2026``, ``Selasa, 3 Nopember 2026``, ``2026-11-03``, ``kemarin``; the day is
    always before the month. None for anything else.
    """
    said = WEEKDAY.sub("", " ".join(written.casefold().split()))
    if said in SPOKEN:
        return today - timedelta(days=SPOKEN[said])
    if not said.isascii():
        return None
    if found := YEAR_FIRST.fullmatch(said):
        return _date(found[1], found[2], found[3])
    found = DAY_FIRST.fullmatch(said)
    return _date(found[3], found[2], found[1]) if found else None


def _date(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdecimal() else _month(month)
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    except ValueError:
        return None


def _month(word: str) -> int:
    """Its number; 0 for no month or for one that could be several."""
    meant = {number for name, number in MONTHS.items() if name.startswith(word)}
    return meant.pop() if len(meant) == 1 else 0
