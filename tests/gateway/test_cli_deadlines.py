"""Deadlines from a terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flow.rig import ROOT, Changes
from tests.gateway.conftest import Lapor

LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kota Bekasi sudah 3 minggu"
SITI = "6281234567801"


@pytest.fixture
def holidays(tmp_path: Path) -> Path:
    """A holiday file of the test's own."""
    file = tmp_path / "holidays.toml"
    file.write_bytes((ROOT / "config" / "holidays.toml").read_bytes())
    return file


@pytest.fixture
def changed(holidays: Path) -> Changes:
    """With that file."""
    return {"logging": {"level": "ERROR"}, "files": {"holidays": str(holidays)}}


def test_a_listing_tells_what_runs_and_until_when(lapor: Lapor) -> None:
    (number,) = lapor.receive((SITI, LAMP))

    (row,) = lapor("deadlines", "list", "--json").rows

    assert row["tracking_id"] == number
    assert (row["clock"], row["number"], row["is"], row["stage"]) == ("verify", 1, "running", "running")
    assert (row["working_days_left"], row["due_at"][-14:]) == (3, "23:59:59+07:00")
    assert number in lapor("deadlines", "list").out


def test_what_is_late_and_what_stands_is_told(lapor: Lapor, monkeypatch: pytest.MonkeyPatch) -> None:
    lapor.receive((SITI, LAMP))
    later = datetime.now(UTC) + timedelta(days=60)
    monkeypatch.setattr("gateway.bootstrap.SystemClock.now", lambda _self: later)

    (late,) = lapor("deadlines", "list", "--json").rows
    (number,) = [late["tracking_id"]]
    lapor("queue", "hold", number, "--question", "Di mana tepatnya?")
    (standing,) = lapor("deadlines", "list", "--json").rows

    assert late["is"] == "overdue"
    assert late["working_days_left"] < 0
    assert (standing["is"], standing["next_at"]) == ("stopped", "")


def test_due_steps_are_done_once(lapor: Lapor) -> None:
    lapor.receive((SITI, LAMP))
    later = (datetime.now(UTC) + timedelta(days=60)).isoformat()

    said = [lapor("deadlines", "run", "--at", later) for _ in range(2)]

    assert [(each.code, each.out) for each in said] == [(0, "4 langkah\n"), (0, "0 langkah\n")]
    assert lapor("deadlines", "run").out == "0 langkah\n"
    (row,) = lapor("deadlines", "list", "--json").rows
    assert row["stage"] == "escalated_to_national"


def test_a_time_that_is_none_is_refused(lapor: Lapor) -> None:
    said = lapor("deadlines", "run", "--at", "besok")

    assert said.code == 1
    assert "2026-03-05T08:00" in said.err


def test_new_holidays_are_shown_first_and_then_applied(lapor: Lapor, holidays: Path) -> None:
    (number,) = lapor.receive((SITI, LAMP))
    (before,) = lapor("deadlines", "list", "--json").rows
    day = before["due_at"][:10]
    with holidays.open("a", encoding="utf-8") as file:
        file.write(f'\n[[holiday]]\ndate = {day}\nname = "Cuti bersama tambahan"\nkind = "collective_leave"\n')

    shown = lapor("deadlines", "recalculate", "--dry-run")
    (untouched,) = lapor("deadlines", "list", "--json").rows
    done = [lapor("deadlines", "recalculate").out for _ in range(2)]
    (after,) = lapor("deadlines", "list", "--json").rows

    assert number in shown.out
    assert shown.out.endswith("1 tenggat akan berubah\n")
    assert untouched["due_at"] == before["due_at"] < after["due_at"]
    assert done == ["1 tenggat berubah\n", "0 tenggat berubah\n"]
