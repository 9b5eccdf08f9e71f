"""Working days counted by hand: every single day is looked at, and nothing of core.calendar is used."""

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

from core.model.clock import Span, Stage

HOLIDAYS = Path(__file__).parents[2] / "config" / "holidays.toml"
ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
DAY = timedelta(days=1)
OFF = {row["date"] for row in tomllib.loads(HOLIDAYS.read_text(encoding="utf-8"))["holiday"] if not row.get("region")}


def works(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in OFF


def local(moment: datetime, zone: str) -> date:
    return (moment + timedelta(hours=ZONES[zone])).date()


def at_local(day: date, zone: str, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), timezone(timedelta(hours=ZONES[zone]))).astimezone(UTC)


def last_second(day: date, zone: str) -> datetime:
    return at_local(day, zone, 23, 59, 59)


def walked(spans: Sequence[Span], days: int, zone: str) -> datetime | None:
    """Day after day; None while the clock stands."""
    used = 0
    for start, end in spans:
        day = local(start, zone)
        reached = None
        if used == days:
            while not works(day):
                day += DAY
            reached = last_second(day, zone)
        while reached is None and (end is None or day < local(end, zone)):
            day += DAY
            used += works(day)
            if used == days:
                reached = last_second(day, zone)
        if reached and (end is None or end > reached):
            return reached
    return None


def steps_of(due: datetime, zone: str) -> dict[Stage, datetime]:
    """A working day before, the first second after, and on the first and third working day after, at eight."""
    due_day = local(due, zone)
    before = next(due_day - n * DAY for n in range(1, 30) if works(due_day - n * DAY))
    after = [due_day + n * DAY for n in range(1, 30) if works(due_day + n * DAY)]
    return {
        Stage.REMINDED: at_local(before, zone, 8),
        Stage.DUE: at_local(due_day + DAY, zone, 0),
        Stage.ESCALATED: at_local(after[0], zone, 8),
        Stage.ESCALATED_TO_NATIONAL: at_local(after[2], zone, 8),
    }
