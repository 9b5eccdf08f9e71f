"""Every action on a verified report, and what agencies ask of one another, from a terminal."""

from typing import Any

import pytest

from tests.gateway.conftest import Lapor

BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo lapuk, anak sekolah dalam bahaya"
SITI = "6281234567801"
UNIT, REGION = "kab-nganjuk-dinas-pupr", "kab-nganjuk"


@pytest.fixture
def number(lapor: Lapor) -> str:
    """A report that the region disposed to its unit; nia is the region's admin, tono the unit's officer."""
    lapor("staff", "add", "nia", "--role", "agency_admin", "--agency", REGION)
    lapor("staff", "add", "tono", "--role", "liaison_officer", "--agency", UNIT)
    (found,) = lapor.receive((SITI, BRIDGE))
    assert lapor("queue", "--as", "nia", "verify", found, "--agency", UNIT).code == 0
    return found


def shown(lapor: Lapor, number: str, *, username: str = "nia") -> dict[str, Any]:
    """The report as this person sees it."""
    (report,) = lapor("queue", "--as", username, "show", number, "--json").rows
    return report


def test_a_report_is_answered_held_released_closed_and_opened_again(lapor: Lapor, number: str) -> None:
    steps = [
        ("tono", "follow-up", "--kind", "initial_response", "--text", "Kami cek besok"),
        ("tono", "follow-up", "--text", "Jembatan sudah diganti", "--secret"),
        ("nia", "hold-clock", "--words", "Menunggu serah terima"),
        ("nia", "release-clock", "--words", "Sudah serah terima"),
        ("nia", "intervene", "--words", "Mohon kirim foto"),
        ("nia", "close", "--words", "Jembatan sudah dapat dilalui"),
        ("nia", "reopen", "--words", "Papan lantai lepas lagi"),
    ]
    for username, action, *given in steps:
        said = lapor("queue", "--as", username, action, number, *given)
        assert said.code == 0, said.err

    report = shown(lapor, number)
    lines = [(e["event"], e["kind"], e["secret"], e["public"]) for e in report["history"]][-7:]
    assert lines == [
        ("followed_up", "initial_response", False, True),
        ("followed_up", "substantive", True, True),
        ("clock_held", None, False, False),
        ("clock_released", None, False, False),
        ("intervened", None, False, False),
        ("closed", None, False, True),
        ("reopened", None, False, True),
    ]
    told = [reply["event"] for reply in report["replies"]][-4:]
    assert told == ["follow_up", "follow_up", "closed_by_admin", "reopened_by_admin"]
    assert (report["state"], report["history_intact"]) == ("followed_up", True)


@pytest.mark.parametrize(
    ("before", "asked", "granted", "event"),
    [
        ([], "request-hold", "hold-clock", "hold_requested"),
        (["hold-clock"], "request-release", "release-clock", "release_requested"),
        ([], "request-close", "close", "close_requested"),
        (["close"], "request-reopen", "reopen", "reopen_requested"),
    ],
)
def test_a_request_waits_is_refused_and_is_granted(
    lapor: Lapor, number: str, before: list[str], *, asked: str, granted: str, event: str
) -> None:
    lapor("queue", "--as", "tono", "follow-up", number, "--text", "Jembatan sudah diganti")
    for action in before:
        assert lapor("queue", "--as", "nia", action, number, "--words", "Sesuai permintaan dinas").code == 0
    kind = granted.replace("-", "_")

    assert lapor("queue", "--as", "tono", asked, number, "--words", "Mohon persetujuan").code == 0
    waiting = shown(lapor, number)
    own = lapor("queue", "--as", "tono", granted, number, "--words", "Saya setujui sendiri")
    assert lapor("queue", "--as", "nia", "reject", number, "--words", "Lengkapi foto dulu").code == 0
    refused = shown(lapor, number)
    assert lapor("queue", "--as", "tono", asked, number, "--words", "Foto sudah ada").code == 0
    assert lapor("queue", "--as", "nia", granted, number, "--words", "Disetujui").code == 0

    assert own.code == 1
    assert (waiting["request"]["kind"], waiting["request"]["decider"]) == (kind, REGION)
    assert kind in waiting["open_actions"]
    assert [line["event"] for line in waiting["history"]][-1] == event
    assert (refused["request"], refused["history"][-1]["event"]) == (None, "request_rejected")
    assert shown(lapor, number)["request"] is None


def test_not_mine_is_shown_to_who_decides_and_disposed_anew(lapor: Lapor, number: str) -> None:
    said = lapor(
        "queue", "--as", "tono", "not-mine", number, "--agency", "kab-nganjuk-dinas-sosial", "--words", "Bukan kami"
    )
    again = lapor("queue", "--as", "tono", "not-mine", number, "--words", "Bukan kami")

    assert said.code == 0, said.err
    assert again.code == 1
    assert f"tono of '{UNIT}' asked for 'not_mine'" in again.err
    text = lapor("queue", "--as", "nia", "show", number).out
    assert f"not_mine (tono, {UNIT} -> {REGION}): Bukan kami" in text
    assert lapor("queue", "--as", "nia", "verify", number).code == 0
    assert shown(lapor, number)["agency"] == "kab-nganjuk-dinas-sosial"


def test_forwarding_moves_the_duty_and_gives_copies(lapor: Lapor, number: str) -> None:
    lapor("staff", "add", "beni", "--role", "agency_admin", "--agency", "kota-bekasi")

    hidden = lapor("queue", "--as", "beni", "show", number, "--json")
    said = lapor(
        "queue", "--as", "nia", "forward", number, "--agency", "kab-nganjuk-dinas-sosial", "--copy", "kota-bekasi"
    )

    assert (hidden.code, said.code) == (1, 0), said.err
    copied = shown(lapor, number, username="beni")
    assert (copied["agency"], copied["copies"]) == ("kab-nganjuk-dinas-sosial", ["kota-bekasi"])
    assert (copied["open_actions"], copied["sender"]) == ([], "disembunyikan")
    assert copied["replies"][-1]["event"] == "forwarded"


def test_the_next_report_is_claimed_and_given_back(lapor: Lapor) -> None:
    (number,) = lapor.receive((SITI, BRIDGE))

    assert [row["tracking_id"] for row in lapor("queue", "next", "--json").rows] == [number]
    assert lapor("queue", "release", number).code == 0
    history = [line["event"] for line in shown(lapor, number, username="admin")["history"]]
    assert history[-2:] == ["claimed", "unclaimed"]


def test_an_outdated_version_is_told_and_changes_nothing(lapor: Lapor, number: str) -> None:
    version = shown(lapor, number)["version"]
    lapor("queue", "--as", "tono", "follow-up", number, "--text", "Kami cek besok")

    said = lapor("queue", "--as", "nia", "close", number, "--words", "Selesai", "--version", str(version))

    assert said.code == 1
    assert "someone else changed" in said.err
    assert shown(lapor, number)["state"] == "followed_up"
