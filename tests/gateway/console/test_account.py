"""My account, and the pages where staff and agencies are managed."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyotp import TOTP

from core.model.lifecycle import Role
from core.model.people import Agency, Staff
from gateway.agencies import take_over_agencies
from gateway.console.words import LANGUAGES, words
from tests.gateway.console.conftest import PASSWORD, Browser, House

ACCOUNT, NEW, ENROL = "/console/akun", "/console/akun/sandi", "/console/akun/kode"
STAFF, AGENCIES, PAGE = "/console/pengguna", "/console/instansi", "/console/uji"
BETTER = "sawah-terasering-jatiluwih"


async def entered(
    house: House, username: str = "dewi.lestari", role: Role = Role.AGENCY_ADMIN, **given: Any
) -> Browser:
    """Somebody's browser with a session, without the work on the password."""
    return (await house.entered(username, role, **given))[0]


async def find(house: House, username: str) -> Staff:
    found = await house.parts.store.read(lambda tx: tx.people.find(username))
    assert found is not None
    return found


class TestAccount:
    """Oneself."""

    async def test_a_new_password_ends_the_other_sessions(self, house: House) -> None:
        browser, other = await entered(house, must_change_password=True), await house.browser()
        await other.log_in("dewi.lestari")

        answer, _ = await browser.send(NEW, {"current": PASSWORD, "password": BETTER, "repeated": BETTER})

        assert (answer.status, answer.headers["Location"]) == (303, "/console/")
        assert (await browser.get(PAGE))[0].status == 200
        assert (await other.get(PAGE))[0].status == 303
        assert (await other.log_in("dewi.lestari", PASSWORD))[0].status == 401
        assert (await other.log_in("dewi.lestari", BETTER))[0].status == 303

    @pytest.mark.parametrize(
        ("fields", "status", "told"),
        [
            ({"current": "salah", "password": BETTER, "repeated": BETTER}, 401, "Kata sandi sekarang salah."),
            ({"current": PASSWORD, "password": "pendek", "repeated": "pendek"}, 422, "kurang dari 12 huruf"),
            (
                {"current": PASSWORD, "password": "dewi.lestari1", "repeated": "dewi.lestari1"},
                422,
                "nama pengguna Anda",
            ),
            ({"current": PASSWORD, "password": BETTER, "repeated": BETTER + "x"}, 422, "tidak sama"),
            ({"current": PASSWORD, "password": "x" * 1025, "repeated": "x" * 1025}, 422, "terlalu panjang"),
            ({}, 422, "kurang dari 12 huruf"),
        ],
    )
    async def test_a_password_that_cannot_be_is_told(
        self, house: House, fields: dict[str, str], status: int, told: str
    ) -> None:
        browser = await entered(house)

        answer, text = await browser.send(NEW, fields)

        assert (answer.status, told in text) == (status, True)
        assert (await (await house.browser()).log_in("dewi.lestari"))[0].status == 303

    async def test_whoever_has_a_session_cannot_guess_its_password(self, house: House) -> None:
        browser = await entered(house)
        wrong = {"current": "salah", "password": BETTER, "repeated": BETTER}

        seen = [(await browser.send(NEW, wrong))[0].status for _ in range(11)]

        assert seen == [401] * 10 + [429]

    async def test_a_second_factor_is_set_up_used_and_taken_off(self, house: House) -> None:
        browser = await entered(house)
        _, page = await browser.get(ENROL)
        secret = re.findall(r"<code>([A-Z2-7]{32})</code>", page)[0]
        sealed = re.findall(r'name="sealed" value="([0-9a-f]+)"', page)[0]
        assert "<svg" in page

        wrong, _ = await browser.send(ENROL, {"sealed": sealed, "code": "000000", "current": PASSWORD})
        code = TOTP(secret).at(house.clock.now())
        unknown, _ = await browser.send(ENROL, {"sealed": sealed, "code": code, "current": "salah"})
        done, _ = await browser.send(ENROL, {"sealed": sealed, "code": code, "current": PASSWORD})
        assert (wrong.status, unknown.status, done.status) == (401, 401, 303)
        assert (await find(house, "dewi.lestari")).totp == secret

        again, _ = await (await house.browser()).log_in("dewi.lestari")
        assert again.headers["Location"].startswith("/console/login/kode")

        refused, _ = await browser.send(f"{ENROL}/lepas", {"current": "salah"}, page=ACCOUNT)
        assert (refused.status, (await find(house, "dewi.lestari")).totp) == (401, secret)
        await browser.send(f"{ENROL}/lepas", {"current": PASSWORD}, page=ACCOUNT)
        assert (await find(house, "dewi.lestari")).totp == ""

    async def test_the_secret_of_another_session_or_of_nobody_is_not_taken(self, house: House) -> None:
        thief, browser = await entered(house, "agus.salim"), await entered(house)
        _, page = await thief.get(ENROL)
        sealed = re.findall(r'name="sealed" value="([0-9a-f]+)"', page)[0]

        for given in (sealed, "", "zz", "00"):
            answer, _ = await browser.send(ENROL, {"sealed": given, "code": "1", "current": PASSWORD})
            assert answer.status == 400

    async def test_another_browser_is_logged_out_from_here_but_nobody_else_s(self, house: House) -> None:
        browser, other, agus = await entered(house), await house.browser(), await entered(house, "agus.salim")
        await other.log_in("dewi.lestari")
        person, stranger = await find(house, "dewi.lestari"), await find(house, "agus.salim")
        _, page = await browser.get(ACCOUNT)
        ids = re.findall(r'name="session" value="([0-9a-f]+)"', page)
        foreign = (await house.parts.store.read(lambda tx: tx.sessions.of_staff(stranger.id)))[0].id
        assert len(ids) == 1

        for session_id in (*ids, foreign):
            await browser.send(f"{ACCOUNT}/sesi", {"session": session_id}, page=ACCOUNT)

        assert len(await house.parts.store.read(lambda tx: tx.sessions.of_staff(person.id))) == 1
        seen = [(await each.get(PAGE))[0].status for each in (browser, other, agus)]
        assert seen == [200, 303, 200]

    async def test_the_console_speaks_the_language_one_chose(self, house: House) -> None:
        browser = await entered(house)

        await browser.send(f"{ACCOUNT}/bahasa", {"language": "en"}, page=ACCOUNT)
        _, text = await browser.get(ACCOUNT)
        await browser.send(f"{ACCOUNT}/bahasa", {"language": "../../x"}, page=ACCOUNT)

        assert "My account" in text
        assert (await find(house, "dewi.lestari")).language == "en"

    def test_both_languages_have_the_same_words(self) -> None:
        import tomllib

        from gateway.console.words import FOLDER

        read = [tomllib.loads((FOLDER / f"{each}.toml").read_text("utf-8"))["people"] for each in LANGUAGES]

        assert read[0].keys() == read[1].keys()
        assert words("id")("people.login") == "Masuk"


PERSON = {
    "username": "rina.wati",
    "name": "Rina <b>Wati</b>",
    "role": "liaison_officer",
    "agency": "kab-tangerang",
    "email": "rina@example.go.id",
    "phone": "081234567890",
}


class TestStaff:
    """Those in one's care."""

    async def test_somebody_new_gets_a_password_that_is_shown_once(self, house: House) -> None:
        browser, rina = await entered(house), await house.browser()

        answer, text = await browser.send(f"{STAFF}/baru", PERSON)
        password = re.findall(r"<code>([a-z2-9]{16})</code>", text)[0]
        listed = (await browser.get(f"{STAFF}?cari=rina"))[1]
        first, _ = await rina.log_in("rina.wati", password)

        assert answer.status == 201
        assert "Rina &lt;b&gt;Wati&lt;/b&gt;" in listed
        assert password not in listed
        assert (first.status, (await rina.get(PAGE))[0].headers["Location"]) == (303, NEW)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"role": "national_admin"}, "di luar wewenang"),
            ({"role": "system"}, "di luar wewenang"),
            ({"role": "raja"}, "Pilih satu peran"),
            ({"agency": "prov-banten"}, "di luar wewenang"),
            ({"agency": "kota-bekasi"}, "di luar wewenang"),
            ({"agency": ""}, "di luar wewenang"),
            ({"email": "rina"}, "Tulis surel"),
            ({"phone": "telepon"}, "Tulis telepon"),
            ({"username": "x" * 65}, "Nama pengguna harus"),
            ({"username": "dewi.lestari"}, "sudah dipakai"),
            ({"name": "x" * 201}, "Nama terlalu panjang"),
        ],
    )
    async def test_what_cannot_be_is_told_and_what_was_written_stays(
        self, house: House, given: dict[str, str], told: str
    ) -> None:
        browser = await entered(house)

        answer, text = await browser.send(f"{STAFF}/baru", {**PERSON, **given})

        assert (answer.status, told in text) == (422, True)
        assert 'value="081234567890"' in text or "phone" in given
        assert len(await house.parts.store.read(lambda tx: tx.people.all())) == 1

    async def test_nobody_above_or_beside_is_seen_or_touched(self, house: House) -> None:
        browser = await entered(house)
        above = await house.hire("admin.pusat", Role.NATIONAL_ADMIN, name="Pusat")
        beside = await house.hire("bekasi", Role.AGENCY_ADMIN, agency="kota-bekasi")
        at_home = await house.hire("penyusup", Role.NATIONAL_ADMIN, agency="kab-tangerang")

        for person in (above, beside, at_home):
            assert person.username not in (await browser.get(STAFF))[1]
            assert (await browser.get(f"{STAFF}/{person.id}"))[0].status == 404
            for deed in ("", "/aktif", "/sandi"):
                answer, _ = await browser.send(f"{STAFF}/{person.id}{deed}", PERSON, page=f"{STAFF}/baru")
                assert answer.status == 404
            assert await find(house, person.username) == person

    @pytest.mark.parametrize("role", [Role.LIAISON_OFFICER, Role.CHAT_OPERATOR, Role.SUPERVISOR])
    async def test_for_those_who_manage_nobody_the_pages_do_not_exist(self, house: House, role: Role) -> None:
        browser = await entered(house, role=role)

        seen = {(await browser.get(path))[0].status for path in (STAFF, f"{STAFF}/baru", AGENCIES, f"{AGENCIES}/baru")}

        assert seen == {404}

    async def test_somebody_is_changed_deactivated_and_given_a_password(self, house: House) -> None:
        browser, rina = await entered(house), await house.browser()
        person = await house.hire("rina.wati", Role.LIAISON_OFFICER, totp="JBSWY3DPEHPK3PXP")
        page = f"{STAFF}/{person.id}"

        await browser.send(page, {**PERSON, "agency": "kab-tangerang", "role": "supervisor"})
        changed = await find(house, "rina.wati")
        _, text = await browser.send(f"{page}/sandi", {}, page=page)
        password = re.findall(r"<code>([a-z2-9]{16})</code>", text)[0]
        assert (await rina.log_in("rina.wati", password))[0].status == 303
        await browser.send(f"{page}/aktif", {"active": "0"}, page=page)

        assert (changed.role, changed.email) == (Role.SUPERVISOR, "rina@example.go.id")
        assert (await rina.get(NEW))[0].headers["Location"].startswith("/console/login")
        assert (await rina.log_in("rina.wati", password))[0].status == 401
        assert not (await find(house, "rina.wati")).active

    async def test_nobody_deactivates_or_promotes_themselves(self, house: House) -> None:
        browser = await entered(house, "admin", Role.NATIONAL_ADMIN)
        admin = await find(house, "admin")
        page = f"{STAFF}/{admin.id}"

        off, _ = await browser.send(f"{page}/aktif", {"active": "0"}, page=page)
        demoted, _ = await browser.send(page, {**PERSON, "role": "supervisor", "agency": ""})

        assert (off.status, demoted.status) == (422, 422)
        assert (await find(house, "admin")).active
        assert (await find(house, "admin")).role is Role.NATIONAL_ADMIN


UNIT = {
    "id": "kab-tangerang-damkar",
    "name": "Dinas Pemadam Kebakaran",
    "parent": "kab-tangerang",
    "timezone": "Asia/Jakarta",
    "keywords": "DAMKAR | PEMADAM",
    "connected": "1",
}


class TestAgencies:
    """The tree below one's own."""

    async def test_a_new_unit_is_known_at_once(self, house: House) -> None:
        await take_over_agencies(house.parts.store, house.parts.office)
        browser = await entered(house)

        answer, _ = await browser.send(f"{AGENCIES}/baru", UNIT)
        found = house.parts.office.directory.find("damkar")

        assert answer.status == 303
        assert found is not None
        assert (found.id, found.keywords) == ("kab-tangerang-damkar", ("DAMKAR", "PEMADAM"))
        assert "Dinas Pemadam Kebakaran" in (await browser.get(f"{AGENCIES}?cari=pemadam"))[1]

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"parent": "prov-banten"}, "di luar wewenang"),
            ({"parent": ""}, "di luar wewenang"),
            ({"parent": "antah"}, "di luar wewenang"),
            ({"id": "kota-bekasi"}, "sudah dipakai"),
            ({"id": "Damkar 1"}, "huruf kecil"),
            ({"name": ""}, "1 sampai 200"),
            ({"timezone": "Mars/Olympus"}, "Pilih WIB"),
            ({"keywords": "TANGKAB | KOTA BEKASI | A"}, "Kata kunci terlalu pendek"),
            ({"keywords": "Kab. Nganjuk"}, "instansi lain"),
        ],
    )
    async def test_what_cannot_be_is_told(self, house: House, given: dict[str, str], told: str) -> None:
        await take_over_agencies(house.parts.store, house.parts.office)
        browser = await entered(house)

        answer, text = await browser.send(f"{AGENCIES}/baru", {**UNIT, **given})

        assert (answer.status, told in text) == (422, True)
        assert house.parts.office.directory.agency("kab-tangerang-damkar") is None

    async def test_a_unit_is_changed_and_one_s_own_agency_and_others_are_not(self, house: House) -> None:
        await take_over_agencies(house.parts.store, house.parts.office)
        browser = await entered(house)
        await browser.send(f"{AGENCIES}/baru", UNIT)
        page = f"{AGENCIES}/kab-tangerang-damkar"
        changed = {**UNIT, "name": "Damkar", "keywords": "", "connected": ""}

        answer, _ = await browser.send(page, changed)
        seen = {
            each: (await browser.get(f"{AGENCIES}/{each}"))[0].status
            for each in ("kab-tangerang", "kota-bekasi", "antah")
        }
        posted, _ = await browser.send(f"{AGENCIES}/kota-bekasi", UNIT, page=page)

        found = house.parts.office.directory.agency("kab-tangerang-damkar")
        assert answer.status == 303
        assert found is not None
        assert (found.name, found.keywords, found.connected) == ("Damkar", (), False)
        assert (set(seen.values()), posted.status) == ({404}, 404)


async def test_times_are_those_of_the_person_s_agency(house: House) -> None:
    directory = house.parts.office.directory
    jayapura = Agency("kota-jayapura-uji", "Pemerintah Kota Jayapura", directory.root, timezone="Asia/Jayapura")
    directory.learn([*directory.agencies.values(), jayapura], version="2")
    eastern, western = await entered(house, "yosina", agency=jayapura.id), await entered(house)
    zones = ("Asia/Jayapura", "Asia/Jakarta")

    shown = [(await browser.get(ACCOUNT))[1] for browser in (eastern, western)]

    clocks = [f" {house.clock.now().astimezone(ZoneInfo(zone)):%H.%M}</time>" for zone in zones]
    assert [clock in text for clock, text in zip(clocks, shown, strict=True)] == [True, True]
    assert ["(WIT)" in shown[0], "(WIB)" in shown[1], "UTC" in "".join(shown)] == [True, True, False]


async def test_every_form_asks_for_its_token(house: House) -> None:
    browser = await entered(house, "admin", Role.NATIONAL_ADMIN)
    admin = await find(house, "admin")
    house.clock.forward(timedelta(minutes=1))
    paths = (
        NEW, ENROL, f"{ENROL}/lepas", f"{ACCOUNT}/sesi", f"{ACCOUNT}/bahasa", "/console/logout", f"{STAFF}/baru",
        f"{STAFF}/{admin.id}", f"{STAFF}/{admin.id}/aktif", f"{STAFF}/{admin.id}/sandi", f"{AGENCIES}/baru",
        f"{AGENCIES}/kab-nganjuk",
    )  # fmt: skip

    seen = {path: (await browser.post(path, {"csrf": "0" * 32}))[0].status for path in paths}

    assert set(seen.values()) == {403}
    assert (await browser.get(PAGE))[0].status == 200
