"""Working days: against the ministers' calendar and an independent count."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import (
    Calendar,
    HolidayKind,
    add_working_days,
    is_working_day,
    load_calendar,
    working_days_between,
)
from core.datafile import DataFileInvalid

CONFIG = Path(__file__).parents[2] / "config" / "holidays.toml"
CALENDAR = load_calendar(CONFIG)
ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
zones = st.sampled_from(sorted(ZONES))
moments = st.integers(0, 729 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)

DAYS_OFF_2025_2026 = {
    date(year, month, day)
    for year, month, days in [
        (2025, 1, (1, 27, 28, 29)),
        (2025, 3, (28, 29, 31)),
        (2025, 4, (1, 2, 3, 4, 7, 18, 20)),
        (2025, 5, (1, 12, 13, 29, 30)),
        (2025, 6, (1, 6, 9, 27)),
        (2025, 8, (17, 18)),
        (2025, 9, (5,)),
        (2025, 12, (25, 26)),
        (2026, 1, (1, 16)),
        (2026, 2, (16, 17)),
        (2026, 3, (18, 19, 20, 21, 22, 23, 24)),
        (2026, 4, (3, 5)),
        (2026, 5, (1, 14, 15, 27, 28, 31)),
        (2026, 6, (1, 16)),
        (2026, 8, (17, 25)),
        (2026, 12, (24, 25)),
    ]
    for day in days
}


def jakarta(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Asia/Jakarta"))


def test_five_working_days_over_nyepi_and_lebaran_2025_end_on_14_april() -> None:
    deadline = add_working_days(jakarta(2025, 3, 27, 10), days=5, timezone="Asia/Jakarta", calendar=CALENDAR)

    assert deadline == jakarta(2025, 4, 14, 23, 59, 59)
    assert deadline.tzinfo is UTC


@given(moments, st.integers(0, 60), zones)
def test_deadlines_agree_with_a_day_by_day_count(start: datetime, days: int, zone: str) -> None:
    day = (start + timedelta(hours=ZONES[zone])).date()
    left = days
    while left > 0:
        day = day + timedelta(days=1)
        if day.isoweekday() <= 5 and (
            day not in DAYS_OFF_2025_2026 if day.year < 2027 else CALENDAR.holiday(day) is None
        ):
            left -= 1

    deadline = add_working_days(start, days=days, timezone=zone, calendar=CALENDAR)

    assert deadline + timedelta(hours=ZONES[zone]) == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


@given(moments, st.integers(0, 60), zones)
def test_counting_back_gives_the_days_that_were_added(start: datetime, days: int, zone: str) -> None:
    end = add_working_days(start, days=days, timezone=zone, calendar=CALENDAR)

    assert working_days_between(start, end=end, timezone=zone, calendar=CALENDAR) == days
    assert working_days_between(end, end=start, timezone=zone, calendar=CALENDAR) == -days


@pytest.mark.parametrize(("zone", "day"), [("Asia/Jakarta", 10), ("Asia/Makassar", 11), ("Asia/Jayapura", 11)])
def test_the_day_of_receipt_is_the_local_one(zone: str, day: int) -> None:
    received = datetime(2026, 11, 9, 16, 30, tzinfo=UTC)

    deadline = add_working_days(received, days=1, timezone=zone, calendar=CALENDAR)

    assert deadline.astimezone(ZoneInfo(zone)).day == day


def test_the_file_knows_the_holidays_of_two_years_and_estimates_the_third() -> None:
    known = {day for day in CALENDAR.holidays if day.year < 2027}

    assert known == DAYS_OFF_2025_2026
    assert CALENDAR.provisional_years == {2027}
    assert CALENDAR.holidays[date(2025, 4, 7)].kind is HolidayKind.COLLECTIVE_LEAVE


@pytest.mark.parametrize(
    ("moment", "works"),
    [(jakarta(2026, 3, 20, 9), False), (jakarta(2026, 3, 25, 9), True), (jakarta(2026, 3, 28, 9), False)],
)
def test_a_day_is_worked_or_not(moment: datetime, works: bool) -> None:
    assert is_working_day(moment, timezone="Asia/Jakarta", calendar=CALENDAR) is works


def test_a_regional_holiday_counts_in_its_region_only(tmp_path: Path) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text('[[holiday]]\ndate = 2026-11-11\nname = "Hari Jadi"\nregion = "kab-nganjuk"\n')
    calendar = load_calendar(file)
    start = jakarta(2026, 11, 10, 9)

    here = add_working_days(start, days=1, timezone="Asia/Jakarta", calendar=calendar, region="kab-nganjuk")
    elsewhere = add_working_days(start, days=1, timezone="Asia/Jakarta", calendar=calendar)

    assert (here - elsewhere).days == 1


@pytest.mark.parametrize("days", [-1, 1001])
def test_a_term_out_of_reason_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="0 to 1000"):
        add_working_days(jakarta(2026, 1, 5), days=days, timezone="Asia/Jakarta", calendar=CALENDAR)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        add_working_days(
            datetime.fromisoformat("2026-01-05T09:00"), days=1, timezone="Asia/Jakarta", calendar=Calendar({})
        )


def test_saturday_and_sunday_are_days_of_rest() -> None:
    assert [Calendar({}).is_working_day(date(2026, 1, day)) for day in range(5, 12)] == [True] * 5 + [False] * 2


GOOD = '[[holiday]]\ndate = 2026-01-01\nname = "Tahun Baru"\n'


@pytest.mark.parametrize(
    ("content", "key", "words"),
    [
        ('[[holiday]]\ndate = "2026-01-32"\nname = "x"\n', "holiday[0].date", ["2026-01-32"]),
        ("[[holiday]]\ndate = 2026-01-01\n", "holiday[0]", ["name"]),
        (GOOD + 'kind = "cuti"\n', "holiday[0].kind", ["cuti"]),
        (GOOD + "colour = 1\n", "holiday[0]", ["colour"]),
        (GOOD + GOOD, "holiday[1].date", ["2026-01-01", "twice"]),
        ('weekly_rest = ["sabtu"]\n' + GOOD, "weekly_rest[0]", ["sabtu", "saturday"]),
        ("weekly_rest = []\n[[holiday]\n", "the file", ["not TOML", "line 2"]),
        (
            'weekly_rest = ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]\n' + GOOD,
            "weekly_rest",
            ["leave at least one day"],
        ),
    ],
)
def test_an_error_in_the_file_names_file_key_value_and_remedy(
    tmp_path: Path, content: str, key: str, words: list[str]
) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text(content)

    with pytest.raises(DataFileInvalid) as caught:
        load_calendar(file)

    assert all(word in str(caught.value) for word in [str(file), key, *words])


def test_a_missing_or_unreadable_file_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')

    for name in ("none.toml", "latin.toml"):
        with pytest.raises(DataFileInvalid, match=name):
            load_calendar(tmp_path / name)
