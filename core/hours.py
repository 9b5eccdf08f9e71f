"""Office hours, written as people write them: ``Senin-Kamis 08:00-16:00, Jumat 08:00-15:30``."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from core.calendar import Calendar

DAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    }
)
ZONES: Mapping[str, str] = MappingProxyType({"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"})
OTHER_SPELLINGS: Mapping[str, int] = MappingProxyType({"jum'at": 4, "jum’at": 4, "ahad": 6})
ALWAYS_OPEN: Mapping[str, str] = MappingProxyType({"id": "Setiap saat", "en": "At any time"})
SPAN = re.compile(r"([^\W\d]['’\w]*)\s*(?:[-–]\s*([^\W\d]['’\w]*))?\s+(\d{1,2}[:.]\d{2})\s*[-–]\s*(\d{1,2}[:.]\d{2})")
MIDNIGHT_AHEAD = "24:00"
LONGEST_LOOK = 400
HOW = "write days and times such as 'Senin-Kamis 08:00-16:00, Jumat 08:00-15:30'"


@dataclass(frozen=True, slots=True)
class Span:
    """The same hours on each of some weekdays (Monday is 0). ``closes`` before or at ``opens`` is never."""

    days: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there. Without spans: always, holidays included. Days off of ``calendar`` are closed."""

    spans: tuple[Span, ...] = ()
    timezone: str = "Asia/Jakarta"
    calendar: Calendar | None = None

    def are_open(self, moment: datetime) -> bool:
        """Whether somebody is there at this moment (aware)."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return not self.spans or any(opens <= local < closes for opens, closes in self._of_day(local))

    def next_opening(self, moment: datetime) -> datetime | None:
        """When somebody is there next, in UTC: ``moment`` itself where it is now; None where it is never (again)."""
        if self.are_open(moment):
            return moment.astimezone(UTC)
        local = moment.astimezone(ZoneInfo(self.timezone))
        coming = (local + timedelta(days=n) for n in range(LONGEST_LOOK))
        openings = (opens for day in coming for opens, _ in self._of_day(day) if opens > local)
        found = next(openings, None)
        return found and found.astimezone(UTC)

    def describe(self, language: str = "id") -> str:
        """``Senin–Jumat 08.00–16.00 WIB``."""
        if not self.spans:
            return ALWAYS_OPEN.get(language, ALWAYS_OPEN["id"])
        shown = ", ".join(_describe(span, language) for span in self.spans)
        return f"{shown} {ZONES.get(self.timezone, self.timezone)}"

    def _of_day(self, local: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of a local day, earliest first."""
        day = local.date()
        if self.calendar is not None and self.calendar.holiday(day) is not None:
            return
        for span in sorted(self.spans, key=lambda span: span.opens):
            if day.weekday() in span.days:
                opens = local.replace(hour=span.opens.hour, minute=span.opens.minute, second=0, microsecond=0)
                yield opens, _closing(opens, span.closes)


ALWAYS = Hours()


def _closing(opens: datetime, closes: time) -> datetime:
    """Midnight as an end is the one behind."""
    closing = opens.replace(hour=closes.hour, minute=closes.minute)
    return closing if closes != time() else closing + timedelta(days=1)


def read_hours(written: str, *, timezone: str, calendar: Calendar | None) -> Hours:
    """Hours from a setting; an empty one is always. Raises ValueError with the remedy."""
    pieces = [piece.strip() for piece in re.split(r"[,;]", written) if piece.strip()]
    return Hours(tuple(_read_span(piece) for piece in pieces), timezone, calendar)


def _read_span(piece: str) -> Span:
    match = SPAN.fullmatch(piece)
    if match is None:
        raise ValueError(f"'{piece}' cannot be read; {HOW}")
    first, last = _read_day(match[1]), _read_day(match[2] or match[1])
    opens, closes = _read_time(match[3]), _read_time(match[4])
    if closes <= opens and closes != time():
        raise ValueError(f"'{piece}' ends before it begins; {HOW}")
    return Span(tuple((first + n) % 7 for n in range((last - first) % 7 + 1)), opens, closes)


def _read_day(word: str) -> int:
    lowered = word.lower()
    for names in DAYS.values():
        found = [number for number, name in enumerate(names) if lowered in {name.lower(), name.lower()[:3]}]
        if found:
            return found[0]
    if lowered in OTHER_SPELLINGS:
        return OTHER_SPELLINGS[lowered]
    raise ValueError(f"'{word}' is no day of the week; {HOW}")


def _read_time(written: str) -> time:
    hour, minute = (int(number) for number in re.split("[:.]", written))
    if (hour, minute) == (24, 0):
        return time()
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"'{written}' is no time of the day; {HOW}") from None


def _describe(span: Span, language: str) -> str:
    names = DAYS.get(language, DAYS["id"])
    return f"{_name_days(span.days, names)} {_clock(span.opens, language)}–{_clock(span.closes, language, end=True)}"


def _name_days(days: Sequence[int], names: Sequence[str]) -> str:
    steps = {(after - before) % 7 for before, after in itertools.pairwise(days)}
    if len(days) > 2 and steps == {1}:
        return f"{names[days[0]]}–{names[days[-1]]}"
    return ", ".join(names[day] for day in days)


def _clock(moment: time, language: str, *, end: bool = False) -> str:
    shown = MIDNIGHT_AHEAD if end and moment == time() else f"{moment:%H:%M}"
    return shown if language == "en" else shown.replace(":", ".")
