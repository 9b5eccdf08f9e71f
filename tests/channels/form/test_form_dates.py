"""Dates as letters and staff write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.form.dates import read_date

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "written",
    [
        "3/11/2026",
        "03/11/26",
        "3-11-2026",
        "3.11.2026",
        "3 11 2026",
        "3 Nov 2026",
        "3 nopember 2026",
        "03 NOVEMBER 2026",
        "3 Nov. 2026",
        "Selasa, 3 November 2026",
        "3-Nov-2026",
        "2026-11-03",
        "2026/11/3",
        "  3   November   2026 ",
    ],
)
def test_every_common_way_of_writing_a_day_is_read(written: str) -> None:
    assert read_date(written, today=TODAY) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("written", "month"),
    [("Agt", 8), ("ags", 8), ("Agustus", 8), ("peb", 2), ("Mei", 5), ("okt", 10), ("des", 12), ("may", 5), ("sept", 9)],
)
def test_months_are_read_in_full_and_short(written: str, month: int) -> None:
    assert read_date(f"5 {written} 2026", today=TODAY) == date(2026, month, 5)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "31/2/2026",
        "11/30/2026",
        "3 ju 2026",
        "3 ma 2026",
        "besok",
        "2026",
        "3/11",
        "٣/١١/٢٠٢٦",
        "3 abc 2026",
        "0/0/0000",
    ],
)
def test_what_is_no_certain_day_is_not_guessed(written: str) -> None:
    assert read_date(written, today=TODAY) is None


def test_today_and_yesterday_are_understood() -> None:
    assert [read_date(said, today=TODAY) for said in ("hari ini", "Kemarin")] == [TODAY, date(2026, 11, 20)]


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(["/", "-", ".", " "]))
def test_day_month_year_comes_back(day: date, mark: str) -> None:
    assert read_date(f"{day.day}{mark}{day.month}{mark}{day.year}", today=TODAY) == day


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_none(written: str) -> None:
    found = read_date(written, today=TODAY)

    assert found is None or isinstance(found, date)
