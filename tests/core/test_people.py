"""Codes, passwords, limits and who may manage whom: the rules, without a browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from core.attempts import network_of
from core.directory import Directory
from core.model.lifecycle import Role
from core.model.people import Agency, Staff
from core.passwords import DECOY, Unsuitable, check_suitable, hash_password, password_agrees
from core.stewardship import (
    STAFF_ROLES,
    NotYours,
    check_may_employ,
    check_may_place_under,
    may_change_agency,
    may_manage,
    roles_to_give,
)
from core.testing.clocks import MONDAY_MORNING
from core.totp import enrolment_uri, new_secret, step_of

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""``12345678901234567890`` of RFC 6238, appendix B, in Base32."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)

    assert step_of(SECRET, code, now=now) == seconds // 30
    assert step_of(SECRET, f" {code[:3]} {code[3:]} ", now=now) == seconds // 30


@pytest.mark.parametrize(("late", "taken"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)])
def test_a_phone_s_clock_may_be_one_step_off(late: int, taken: bool) -> None:
    now = datetime.fromtimestamp(1111111110, UTC) + timedelta(seconds=late)

    assert (step_of(SECRET, "050471", now=now) == 1111111110 // 30) is taken


@pytest.mark.parametrize("code", ["", "28708", "2870820", "abcdef", "２８７０８２", "é", "2" * 10_000])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert step_of(SECRET, code, now=datetime.fromtimestamp(59, UTC)) is None


def test_secrets_differ_and_are_told_to_the_phone() -> None:
    first, second = new_secret(), new_secret()

    assert first != second
    assert len(first) == 32
    assert enrolment_uri(first, "dewi.lestari").startswith("otpauth://totp/LAPOR%21:dewi.lestari?secret=" + first)


def test_the_decoy_costs_what_a_real_password_costs_and_agrees_with_nothing() -> None:
    assert DECOY.split("$")[1:4] == hash_password("x").split("$")[1:4]
    assert not PasswordHasher().check_needs_rehash(DECOY)
    assert not password_agrees("", DECOY)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("sebelas-111", "short"), ("x" * 1025, "long"), ("dewi.lestari", "name"), ("Dewi.Lestari2026", "name")],
)
def test_a_password_that_is_easily_guessed_is_not_taken(password: str, reason: str) -> None:
    with pytest.raises(Unsuitable, match=reason):
        check_suitable(password, username="dewi.lestari")


@pytest.mark.parametrize(
    "password", ["kebun-raya-bogor", "x" * 1024, "dewi.lestari di kebun raya bogor", "kata sandi é"]
)
def test_a_long_password_is_taken(password: str) -> None:
    check_suitable(password, username="dewi.lestari")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.200", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_addresses_count_by_the_network_of_one_customer(address: str, network: str) -> None:
    assert network_of(address) == network


TREE = Directory(
    agencies={
        agency.id: agency
        for agency in (
            Agency("nasional", "Admin Nasional"),
            Agency("prov", "Provinsi", "nasional"),
            Agency("kab", "Kabupaten", "prov"),
            Agency("dinas", "Dinas", "kab"),
            Agency("lain", "Kabupaten lain", "prov"),
        )
    }
)
ADMIN, OFFICER = Role.AGENCY_ADMIN, Role.LIAISON_OFFICER


def somebody(role: Role, agency: str) -> Staff:
    return Staff(f"{role}{agency}", f"{role}.{agency}", role, agency, MONDAY_MORNING)


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("agency", ["", "nasional", "prov", "kab", "dinas", "lain"])
def test_who_is_in_whose_care(role: Role, agency: str) -> None:
    """Written out apart from the code: by hand for an agency admin of ``kab``."""
    person = somebody(role, agency)
    cared_for = {
        (each, below) for each in (ADMIN, OFFICER, Role.CHAT_OPERATOR, Role.SUPERVISOR) for below in ("kab", "dinas")
    }

    assert may_manage(somebody(Role.NATIONAL_ADMIN, ""), person, directory=TREE)
    assert may_manage(somebody(ADMIN, "kab"), person, directory=TREE) is ((role, agency) in cared_for)
    assert not may_manage(somebody(ADMIN, ""), person, directory=TREE)
    for other in (OFFICER, Role.CHAT_OPERATOR, Role.SUPERVISOR):
        assert not may_manage(somebody(other, "nasional"), person, directory=TREE)


@pytest.mark.parametrize(
    ("actor", "role", "agency", "allowed"),
    [
        ((Role.NATIONAL_ADMIN, ""), Role.NATIONAL_ADMIN, "", True),
        ((Role.NATIONAL_ADMIN, ""), Role.SUPERVISOR, "", True),
        ((Role.NATIONAL_ADMIN, ""), OFFICER, "dinas", True),
        ((Role.NATIONAL_ADMIN, ""), ADMIN, "", False),
        ((Role.NATIONAL_ADMIN, ""), OFFICER, "antah", False),
        ((ADMIN, "kab"), ADMIN, "kab", True),
        ((ADMIN, "kab"), OFFICER, "dinas", True),
        ((ADMIN, "kab"), Role.NATIONAL_ADMIN, "kab", False),
        ((ADMIN, "kab"), Role.SUPERVISOR, "", False),
        ((ADMIN, "kab"), OFFICER, "prov", False),
        ((ADMIN, "kab"), OFFICER, "lain", False),
        ((ADMIN, "kab"), Role.SYSTEM, "kab", False),
        ((OFFICER, "kab"), OFFICER, "kab", False),
        ((Role.SUPERVISOR, ""), OFFICER, "kab", False),
    ],
)
def test_who_may_be_put_where(actor: tuple[Role, str], role: Role, agency: str, allowed: bool) -> None:
    def employ() -> None:
        check_may_employ(somebody(*actor), role, agency, directory=TREE)

    if allowed:
        employ()
    else:
        with pytest.raises(NotYours):
            employ()


def test_no_agency_admin_can_make_a_national_one() -> None:
    assert Role.NATIONAL_ADMIN in roles_to_give(somebody(Role.NATIONAL_ADMIN, ""))
    assert set(roles_to_give(somebody(ADMIN, "kab"))) == set(STAFF_ROLES) - {Role.NATIONAL_ADMIN}
    assert roles_to_give(somebody(OFFICER, "kab")) == ()


def test_agencies_are_changed_by_those_above_them() -> None:
    changed = [each for each in TREE.agencies if may_change_agency(somebody(ADMIN, "kab"), each, directory=TREE)]

    assert changed == ["dinas"]
    assert not may_change_agency(somebody(OFFICER, "prov"), "kab", directory=TREE)
    check_may_place_under(somebody(ADMIN, "kab"), "kab", directory=TREE)
    for parent in ("prov", "lain", "antah", ""):
        with pytest.raises(NotYours):
            check_may_place_under(somebody(ADMIN, "kab"), parent, directory=TREE)


def test_a_directory_learns_another_tree_in_place() -> None:
    tree = Directory(agencies=TREE.agencies)
    assert TREE.below("kab") == {"kab", "dinas"}

    tree.learn([*TREE.agencies.values(), Agency("seksi", "Seksi", "dinas", ("SEKSI",))], version="2")

    assert tree.below("kab") == {"kab", "dinas", "seksi"}
    assert (tree.version, tree.find("seksi"), TREE.find("seksi")) == ("2", tree.agency("seksi"), None)
    assert replace(tree.agencies["seksi"], keywords=()) == Agency("seksi", "Seksi", "dinas")
