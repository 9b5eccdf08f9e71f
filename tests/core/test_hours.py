"""Office hours: as people write them, with zones, holidays and the hour that is just over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Calendar, Holiday
from core.hours import Hours, read_hours

CHRISTMAS = Calendar(holidays={date(2026, 12, 25): Holiday("Hari Raya Natal")})
WIB = "Asia/Jakarta"


def hours(written: str, timezone: str = WIB) -> Hours:
    return read_hours(written, timezone=timezone, calendar=CHRISTMAS)


@pytest.mark.parametrize(
    ("written", "shown", "english"),
    [
        ("Senin-Jumat 08:00-16:00", "Senin–Jumat 08.00–16.00 WIB", "Monday–Friday 08:00–16:00 WIB"),
        ("senin - jum'at 8.00 - 16.00", "Senin–Jumat 08.00–16.00 WIB", "Monday–Friday 08:00–16:00 WIB"),
        ("Sabtu–Minggu 20:00–24:00", "Sabtu, Minggu 20.00–24.00 WIB", "Saturday, Sunday 20:00–24:00 WIB"),
        (
            "mon-thu 08:00-16:00, Jumat 08:00-11:30; Jum 13:00-16:00",
            "Senin–Kamis 08.00–16.00, Jumat 08.00–11.30, Jumat 13.00–16.00 WIB",
            "Monday–Thursday 08:00–16:00, Friday 08:00–11:30, Friday 13:00–16:00 WIB",
        ),
        ("", "Setiap saat", "At any time"),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, shown: str, english: str) -> None:
    read = hours(written)

    assert (read.describe(), read.describe("en")) == (shown, english)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("Senen 08:00-16:00", "Senen"),
        ("Senin 16:00-08:00", "Senin 16:00-08:00"),
        ("Senin 08:00-25:00", "25:00"),
        ("office hours", "office hours"),
        ("Senin-Jumat", "Senin-Jumat"),
    ],
)
def test_hours_that_cannot_be_read_say_what_to_write(written: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"'{wrong}'.*write days and times such as"):
        hours(written)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (datetime(2026, 11, 23, 0, 59, 59, tzinfo=UTC), False),  # Monday, 07:59:59 WIB
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 12, 25, 3, 0, tzinfo=UTC), False),  # a Friday, and a holiday
    ],
)
def test_a_zone_and_its_holidays_count(moment: datetime, open_: bool) -> None:
    assert hours("Senin-Jumat 08:00-16:00").are_open(moment) is open_


def test_the_next_opening_lies_behind_a_holiday_and_a_weekend() -> None:
    thursday_evening = datetime(2026, 12, 24, 10, tzinfo=UTC)

    opening = hours("Senin-Jumat 08:00-16:00").next_opening(thursday_evening)

    assert opening == datetime(2026, 12, 28, 1, tzinfo=UTC)


def test_without_hours_somebody_is_always_there() -> None:
    holiday = datetime(2026, 12, 25, 20, tzinfo=UTC)

    assert hours("").are_open(holiday)
    assert hours("").next_opening(holiday) == holiday


@given(st.integers(0, 1051200).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)))
def test_the_next_opening_is_the_first_open_moment(moment: datetime) -> None:
    read = hours("Senin-Kamis 08:00-16:00, Jumat 08:00-11:30, Minggu 22:00-24:00", "Asia/Jayapura")

    opening = read.next_opening(moment)

    assert opening is not None
    assert opening >= moment
    assert read.are_open(opening)
    before = [moment + (opening - moment) * n / 20 for n in range(20)]
    assert opening == moment or not any(read.are_open(each) for each in before)
    assert opening - moment < timedelta(days=5)
