"""Working days: deadlines count neither weekends nor public holidays nor *cuti bersama* (collective leave)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from core.datafile import DataFileInvalid, read_data_file

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_SECOND = time(23, 59, 59)
LONGEST_TERM = 1000


class HolidayKind(StrEnum):
    """Why nobody works: a public holiday, or collective leave that civil servants must take (SKB 3 Menteri)."""

    PUBLIC = "public"
    COLLECTIVE_LEAVE = "collective_leave"


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day off."""

    name: str
    kind: HolidayKind = HolidayKind.PUBLIC


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked.

    Attributes:
        holidays: national days off.
        rest_days: weekdays off, Monday is 0.
        regional: further days off of one region, by the region's name.
        provisional_years: years whose holidays the ministers have not decided yet; a deadline there may move.
        deadlines: those counted so far, by day, term, timezone and region: the reports of a day share a few.
    """

    holidays: Mapping[date, Holiday]
    rest_days: frozenset[int] = frozenset({5, 6})
    regional: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    deadlines: dict[tuple[date, int, str, str], datetime] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def years(self) -> frozenset[int]:
        """The years whose holidays are in the file; in others only the rest days count."""
        return frozenset(day.year for day in self.holidays)

    def holiday(self, day: date, *, region: str = "") -> Holiday | None:
        """The holiday on ``day``, or None; a region that is not in the file has the national ones."""
        return self.holidays.get(day) or self.regional.get(region, {}).get(day)

    def is_working_day(self, day: date, *, region: str = "") -> bool:
        """Whether agencies work on ``day``."""
        return day.weekday() not in self.rest_days and self.holiday(day, region=region) is None

    @property
    def digest(self) -> str:
        """Equal for calendars that count the same days; names and kinds of holidays do not matter."""
        regional = [(name, sorted(map(str, days))) for name, days in sorted(self.regional.items()) if days]
        counted = sorted(self.rest_days), sorted(map(str, self.holidays)), regional
        return blake2b(repr(counted).encode(), digest_size=16).hexdigest()


def add_working_days(start: datetime, *, days: int, timezone: str, calendar: Calendar, region: str = "") -> datetime:
    """The last second (local time, returned in UTC) of the ``days``-th working day after the day of ``start``.

    The local day of ``start`` is day 0, whatever the hour. ``timezone``: ``Asia/Jakarta``, ``Asia/Makassar``,
    ``Asia/Jayapura``. Raises ValueError for a naive ``start`` or a term outside 0 to 1,000 days.
    """
    if not 0 <= days <= LONGEST_TERM:
        raise ValueError(f"a term of {days} working days: give 0 to {LONGEST_TERM}")
    asked = _local_day(start, timezone), days, timezone, region
    known = calendar.deadlines.get(asked)
    if known is None:
        known = calendar.deadlines[asked] = _count_working_days(*asked, calendar)
    return known


def _count_working_days(day: date, days: int, timezone: str, region: str, calendar: Calendar) -> datetime:
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working_day(day, region=region)
    return datetime.combine(day, LAST_SECOND, ZoneInfo(timezone)).astimezone(UTC)


def working_days_between(start: datetime, *, end: datetime, timezone: str, calendar: Calendar, region: str = "") -> int:
    """How many working days lie after the local day of ``start``, up to and with that of ``end``; negative when before.

    Counts down to a deadline, and up past it. Raises ValueError for naive times.
    """
    first, last = sorted((_local_day(start, timezone), _local_day(end, timezone)))
    after = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    count = sum(calendar.is_working_day(day, region=region) for day in after)
    return count if start <= end else -count


def opening_after(start: datetime, *, hour: int, timezone: str, calendar: Calendar, region: str = "") -> datetime:
    """When the first working day opens that opens at or after ``start``, in UTC; it opens at ``hour`` local time."""
    zone, day = ZoneInfo(timezone), _local_day(start, timezone)
    while not calendar.is_working_day(day, region=region) or _opening(day, hour, zone) < start:
        day += timedelta(days=1)
    return _opening(day, hour, zone)


def opening_before(
    deadline: datetime, *, days: int, hour: int, timezone: str, calendar: Calendar, region: str = ""
) -> datetime:
    """When the ``days``-th working day before the local day of ``deadline`` opens, in UTC."""
    day = _local_day(deadline, timezone)
    while days:
        day -= timedelta(days=1)
        days -= calendar.is_working_day(day, region=region)
    return _opening(day, hour, ZoneInfo(timezone))


def _opening(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def is_working_day(moment: datetime, *, timezone: str, calendar: Calendar, region: str = "") -> bool:
    """Whether agencies work on the local day of ``moment``. Raises ValueError for a naive time."""
    return calendar.is_working_day(_local_day(moment, timezone), region=region)


def _local_day(moment: datetime, timezone: str) -> date:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no certain day: give an aware one")
    return moment.astimezone(ZoneInfo(timezone)).date()


class HolidayRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A ``[[holiday]]`` of the file. ``region`` empty: national."""

    date: date
    name: str
    kind: HolidayKind = HolidayKind.PUBLIC
    region: str = ""


class HolidayFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """``config/holidays.toml``."""

    holiday: tuple[HolidayRow, ...]
    weekly_rest: tuple[str, ...] = ("saturday", "sunday")
    provisional_years: tuple[int, ...] = ()


def load_calendar(path: Path) -> Calendar:
    """Read ``config/holidays.toml``. Raises DataFileInvalid with file, key, value and remedy."""
    content = read_data_file(path, shape=HolidayFile)
    holidays: dict[str, dict[date, Holiday]] = {"": {}}
    for index, row in enumerate(content.holiday):
        region = holidays.setdefault(row.region, {})
        if row.date in region:
            remedy = f"the day stands there twice ({region[row.date].name}, {row.name}): keep one"
            raise DataFileInvalid(path, key=f"holiday[{index}].date", value=str(row.date), remedy=remedy)
        region[row.date] = Holiday(row.name, row.kind)
    return Calendar(
        holidays=holidays.pop(""),
        rest_days=_rest_days(path, content.weekly_rest),
        regional=holidays,
        provisional_years=frozenset(content.provisional_years),
    )


def _rest_days(path: Path, names: tuple[str, ...]) -> frozenset[int]:
    for index, name in enumerate(names):
        if name not in WEEKDAYS:
            remedy = f"write one of {', '.join(WEEKDAYS)}"
            raise DataFileInvalid(path, key=f"weekly_rest[{index}]", value=name, remedy=remedy)
    rest = frozenset(WEEKDAYS.index(name) for name in names)
    if len(rest) == len(WEEKDAYS):
        raise DataFileInvalid(path, key="weekly_rest", value=list(names), remedy="leave at least one day to work")
    return rest
