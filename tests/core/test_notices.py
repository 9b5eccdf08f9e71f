"""When staff are mailed: soon, or on the morning of a working day where the agency is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.calendar import load_calendar
from core.directory import load_directory
from core.model.notice import Choices, NoticeKind, Pace, Way
from core.noticing import mail_time
from core.office import Office
from core.phrasebook import load_replies

CONFIG = Path(__file__).parents[2] / "config"
WIB, WITA, WIT = "kab-nganjuk-dinas-pupr", "kota-makassar-dinas-pu", "kab-jayapura"
OFFICE = Office(
    calendar=load_calendar(CONFIG / "holidays.toml"),
    directory=load_directory(
        CONFIG / "agencies.toml",
        categories_path=CONFIG / "categories.toml",
        keywords_path=CONFIG / "keywords.toml",
    ),
    replies=load_replies(CONFIG / "replies"),
    capabilities={},
    readers={},
    new_id=lambda: "id",
    random_below=lambda _: 0,
)


def utc(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def daily(at: datetime, agency: str = WIB) -> datetime:
    return mail_time(at, Pace.DAILY, agency=agency, office=OFFICE).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "agency", "mailed"),
    [
        pytest.param(utc(2, 2), WIB, utc(3, 0), id="Monday 09.00 WIB, mailed Tuesday 07.00 WIB"),
        pytest.param(utc(2, 2), WITA, utc(2, 23), id="Monday 10.00 WITA, mailed Tuesday 07.00 WITA"),
        pytest.param(utc(2, 2), WIT, utc(2, 22), id="Monday 11.00 WIT, mailed Tuesday 07.00 WIT"),
        pytest.param(utc(1, 23, 30), WIB, utc(2, 0), id="Monday 06.30 WIB, mailed the same morning"),
        pytest.param(utc(1, 23, 30), WITA, utc(2, 23), id="Monday 07.30 WITA is after seven there"),
        pytest.param(utc(2, 0), WIB, utc(3, 0), id="at seven sharp this morning's mails are gone"),
        pytest.param(utc(6, 10), WIB, utc(9, 0), id="Friday evening, mailed on Monday"),
        pytest.param(utc(7, 3), WIB, utc(9, 0), id="Saturday, mailed on Monday"),
        pytest.param(utc(17, 10), WIB, utc(25, 0), id="the eve of Nyepi and Idulfitri, mailed after the holidays"),
        pytest.param(utc(2, 2), "", utc(3, 0), id="no agency: the zone of the deadlines"),
        pytest.param(utc(2, 2), "tidak-ada", utc(3, 0), id="an agency that is gone"),
    ],
)
def test_daily_mails_go_at_seven_on_the_next_working_day_of_the_agency(
    at: datetime, agency: str, mailed: datetime
) -> None:
    assert daily(at, agency) == mailed


def test_soon_is_after_a_moment_in_which_more_may_come() -> None:
    saturday = utc(7, 3)

    assert mail_time(saturday, Pace.SOON, agency=WIB, office=OFFICE) == saturday + timedelta(minutes=2)


def test_a_kind_that_somebody_never_chose_about_goes_the_usual_ways() -> None:
    choices = Choices({NoticeKind.NEW_REPORT: frozenset()})

    assert not choices.wants(NoticeKind.NEW_REPORT, Way.EMAIL)
    assert choices.wants(NoticeKind.COPY, Way.EMAIL)
    assert not choices.wants(NoticeKind.COPY, Way.PUSH)
