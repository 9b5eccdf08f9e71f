"""Logging in to the console, and everything that somebody may try instead."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pyotp import TOTP
from yarl import URL

from core import people
from core.attempts import TooManyTries, Visitor
from core.people import WrongCredentials
from core.totp import new_secret
from gateway.console.hashing import make_hashing
from tests.gateway.console.conftest import CSRF, PASSWORD, Browser, House

LOGIN, CODE, PAGE = "/console/login", "/console/login/kode", "/console/uji"
WRONG = "Nama pengguna atau kata sandi salah."


async def logged_in(house: House, **given: object) -> Browser:
    browser = await house.browser()
    await house.hire(**given)
    answer, _ = await browser.log_in("dewi.lestari")
    assert answer.status == 303
    return browser


class TestLogIn:
    """Who may come in, and what they get."""

    async def test_the_right_password_opens_the_page_that_was_asked_for(self, house: House) -> None:
        await house.hire()
        browser = await house.browser()

        asked, _ = await browser.get(f"{PAGE}?tab=arsip")
        answer, _ = await browser.log_in("dewi.lestari", next_path=f"{PAGE}?tab=arsip")
        page, text = await browser.get(answer.headers["Location"])

        assert URL(asked.headers["Location"]).query["next"] == f"{PAGE}?tab=arsip"
        assert answer.headers["Location"] == f"{PAGE}?tab=arsip"
        assert (page.status, text.split()[0]) == (200, "dewi.lestari")

    async def test_the_cookie_is_for_the_server_and_the_console_alone(self, house: House) -> None:
        await house.hire()
        house.access = replace(house.access, public_url="https://lapor.example.go.id")
        browser = await house.browser()

        form, page = await browser.get(LOGIN)
        fields = {"csrf": CSRF.findall(page)[0], "username": "dewi.lestari", "password": PASSWORD}
        answer, _ = await browser.post(LOGIN, fields, Cookie=f"lapor_form={form.cookies['lapor_form'].value}")

        cookie = answer.cookies["lapor_session"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (
            True,
            "Lax",
            "/console",
            True,
        )
        assert len(cookie.value) >= 43
        assert form.headers["Cache-Control"] == "no-store"

    async def test_the_log_in_is_noted_with_the_person(self, house: House) -> None:
        await logged_in(house)

        person = await house.parts.store.read(lambda tx: tx.people.find("dewi.lestari"))

        assert person is not None
        assert person.last_login_at == person.last_seen_at == house.clock.now()

    async def test_logging_out_ends_the_session_itself(self, house: House) -> None:
        browser = await logged_in(house)
        token = browser.cookie("lapor_session")

        answer, _ = await browser.send("/console/logout", {}, page=PAGE)
        browser.set_cookie("lapor_session", token)
        again, _ = await browser.get(PAGE)

        assert answer.headers["Location"] == LOGIN
        assert again.headers["Location"].startswith(LOGIN)

    async def test_a_new_password_is_asked_for_first(self, house: House) -> None:
        browser = await logged_in(house, must_change_password=True)

        answer, _ = await browser.get(PAGE)

        assert (answer.status, answer.headers["Location"]) == (303, "/console/akun/sandi")

    async def test_somebody_who_was_deactivated_is_out_at_once(self, house: House) -> None:
        browser = await logged_in(house)
        person = await house.parts.store.read(lambda tx: tx.people.find("dewi.lestari"))
        assert person is not None

        await house.parts.store.write(lambda tx: tx.people.save(replace(person, active=False)))

        assert (await browser.get(PAGE))[0].status == 303


class TestSessions:
    """Cookies that are forged, altered, old or planted."""

    @pytest.mark.parametrize("cookie", ["", "x", "0" * 43, "a" * 5000, "../../etc/passwd", "'; DROP TABLE sessions;--"])
    async def test_a_forged_cookie_leads_to_the_log_in(self, house: House, cookie: str) -> None:
        browser = await house.browser()

        answer, _ = await browser.get(PAGE, Cookie=f'lapor_session="{cookie}"')

        assert (answer.status, answer.headers["Location"][: len(LOGIN)]) == (303, LOGIN)

    async def test_an_altered_cookie_leads_to_the_log_in(self, house: House) -> None:
        browser = await logged_in(house)
        token = browser.cookie("lapor_session")

        browser.set_cookie("lapor_session", token[:-1] + ("A" if token[-1] != "A" else "B"))

        assert (await browser.get(PAGE))[0].status == 303

    async def test_a_session_ends_after_eight_idle_hours(self, house: House) -> None:
        browser = await logged_in(house)
        house.clock.forward(timedelta(hours=7, minutes=59))
        worked = (await browser.get(PAGE))[0].status
        house.clock.forward(timedelta(hours=7, minutes=59))
        went_on = (await browser.get(PAGE))[0].status

        house.clock.forward(timedelta(hours=8))

        assert (worked, went_on, (await browser.get(PAGE))[0].status) == (200, 200, 303)

    async def test_a_session_ends_after_seven_days_of_work(self, house: House) -> None:
        browser = await logged_in(house)

        seen = []
        for _ in range(25):
            house.clock.forward(timedelta(hours=7))
            seen.append((await browser.get(PAGE))[0].status)

        assert seen == [200] * 23 + [303] * 2, "7 days are 168 hours; 24 * 7 = 168"

    async def test_being_seen_is_written_at_most_once_a_minute(self, house: House) -> None:
        browser = await logged_in(house)
        begun = house.clock.now()
        house.clock.forward(timedelta(seconds=59))
        await browser.get(PAGE)
        before = await house.parts.store.read(lambda tx: tx.people.find("dewi.lestari"))
        house.clock.forward(timedelta(seconds=1))

        await browser.get(PAGE)

        after = await house.parts.store.read(lambda tx: tx.people.find("dewi.lestari"))
        assert before is not None
        assert after is not None
        assert (before.last_seen_at, after.last_seen_at) == (begun, begun + timedelta(minutes=1))

    async def test_a_planted_session_is_not_taken_over(self, house: House) -> None:
        await house.hire()
        await house.hire("agus.salim")
        attacker, victim = await house.browser(), await house.browser()
        await attacker.log_in("agus.salim")
        planted = attacker.cookie("lapor_session")
        victim.set_cookie("lapor_session", planted)
        _, form = await victim.get(PAGE)

        await victim.send("/console/logout", {}, page=PAGE)
        victim.set_cookie("lapor_session", planted)
        answer, _ = await victim.log_in("dewi.lestari")

        assert "agus.salim" in form
        assert answer.status == 303
        assert victim.cookie("lapor_session") not in {planted, ""}
        assert (await attacker.get(PAGE))[0].status == 303

    async def test_no_session_stands_readable_in_the_database(self, house: House, sqlite_url: str) -> None:
        browser = await logged_in(house)
        token = browser.cookie("lapor_session")

        def everything() -> bytes:
            from pathlib import Path

            file = Path(sqlite_url.removeprefix("sqlite:///"))
            return b"".join(each.read_bytes() for each in file.parent.glob("lapor.db*"))

        assert token.encode() not in await asyncio.to_thread(everything)


class TestForms:
    """A form that another site sends, or an old page, changes nothing."""

    async def test_a_form_of_this_session_is_taken(self, house: House) -> None:
        browser = await logged_in(house)

        answer, _ = await browser.send(PAGE, {})

        assert answer.status == 200

    @pytest.mark.parametrize("csrf", ["", "0" * 32, "salah", "é"])
    async def test_a_form_with_a_wrong_token_is_refused(self, house: House, csrf: str) -> None:
        browser = await logged_in(house)

        answer, _ = await browser.post(PAGE, {"csrf": csrf})

        assert answer.status == 403

    async def test_a_form_without_a_token_is_refused(self, house: House) -> None:
        browser = await logged_in(house)

        assert (await browser.post(PAGE, {}))[0].status == 403

    async def test_the_token_of_another_session_is_refused(self, house: House) -> None:
        mine = await logged_in(house)
        await house.hire("agus.salim")
        other = await house.browser()
        await other.log_in("agus.salim")
        _, page = await other.get(PAGE)
        token = page.split('value="')[1].split('"')[0]

        assert (await other.post(PAGE, {"csrf": token}))[0].status == 200
        assert (await mine.post(PAGE, {"csrf": token}))[0].status == 403

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 200),
            ({"Origin": "https://penipu.example"}, 403),
            ({"Origin": "null"}, 403),
        ],
    )
    async def test_where_a_form_comes_from_is_looked_at(
        self, house: House, headers: dict[str, str], status: int
    ) -> None:
        browser = await logged_in(house)
        _, page = await browser.get(PAGE)
        token = page.split('value="')[1].split('"')[0]

        in_the_form = (await browser.post(PAGE, {"csrf": token}, **headers))[0].status
        in_a_header = (await browser.post(PAGE, {}, **{"X-CSRF-Token": token}, **headers))[0].status

        assert (in_the_form, in_a_header) == (status, status)

    async def test_the_log_in_form_of_another_browser_is_refused(self, house: House) -> None:
        await house.hire()
        attacker, victim = await house.browser(), await house.browser()
        _, page = await attacker.get(LOGIN)
        token = page.split('name="csrf" value="')[1].split('"')[0]

        answer, _ = await victim.post(LOGIN, {"csrf": token, "username": "dewi.lestari", "password": PASSWORD})

        assert answer.status == 403

    @pytest.mark.parametrize(
        "target",
        [
            "https://penipu.example/",
            "//penipu.example/console",
            "/\\penipu.example",
            "/console/\\..\\x",
            "/console@penipu.example",
            "/console.penipu.example",
            "javascript:alert(1)",
            "/consoles",
            "/console/x\r\nSet-Cookie: a=b",
            "/console/" + "a" * 3000,
        ],
    )
    async def test_nobody_is_sent_elsewhere_after_the_log_in(self, house: House, target: str) -> None:
        await house.hire()
        browser = await house.browser()

        answer, _ = await browser.log_in("dewi.lestari", next_path=target)

        assert answer.headers["Location"] == "/console/"

    async def test_what_a_visitor_sends_is_shown_as_text(self, house: House) -> None:
        browser = await house.browser()

        _, text = await browser.log_in('"><script>alert(1)</script>')

        assert "<script>" not in text
        assert "&lt;script&gt;" in text


class TestGuessing:
    """What a stranger learns, and how often they may try."""

    async def test_all_who_may_not_come_in_are_answered_alike_after_the_same_work(self, house: House) -> None:
        await house.hire()
        await house.hire("agus.salim", active=False)
        seen: list[tuple[int, str]] = []
        hashing = Recording(house)
        browser = await house.browser()

        for username in ("dewi.lestari", "agus.salim", "tidak.ada", "x" * 500, "\udcff"[:0] + "a\nb"):
            password = "salah-sekali-2026" if username == "dewi.lestari" else PASSWORD
            answer, text = await browser.log_in(username, password)
            seen.append((answer.status, WRONG if WRONG in text else text))

        assert seen == [(401, WRONG)] * 5
        assert hashing.costs == [["argon2id", "v=19", "m=65536,t=3,p=4"]] * 5

    async def test_ten_thousand_wrong_tries_leave_the_owner_s_browser_alone(self, house: House) -> None:
        owner = await logged_in(house)
        await owner.send("/console/logout", {}, page=PAGE)
        rules, now = house.access.rules, house.clock.now()

        def flood(tx: object, first: int) -> int:
            return sum(
                _try_wrongly(tx, f"203.0.{100 + n // 256}.{n % 256}", rules, now) for n in range(first, first + 1000)
            )

        taken = 0
        for first in range(0, 10_000, 1000):
            taken += await house.parts.store.write(lambda tx, first=first: flood(tx, first))
        neighbour = await house.browser("203.0.113.10")

        assert taken == 10 * 40, "10 from each of 40 networks were looked at, the owner's own among them"
        assert (await neighbour.log_in("dewi.lestari"))[0].status == 429
        assert (await owner.log_in("dewi.lestari"))[0].headers["Location"] == "/console/"

    async def test_a_stranger_from_a_flooded_network_is_told_to_wait_even_with_the_right_password(
        self, house: House
    ) -> None:
        await house.hire()
        attacker, stranger = await house.browser("198.51.100.7"), await house.browser("198.51.100.200")
        elsewhere = await house.browser("192.0.2.1")
        for _ in range(10):
            await attacker.log_in("dewi.lestari", "salah")

        answer, text = await stranger.log_in("dewi.lestari")

        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) == 45 * 60, "the hour of the tries ends at 10.00"
        assert "Coba lagi dalam 45 menit" in text
        assert (await elsewhere.log_in("dewi.lestari"))[0].status == 303
        house.clock.forward(timedelta(minutes=45))
        assert (await stranger.log_in("dewi.lestari"))[0].status == 303

    async def test_one_password_sprayed_over_many_names_is_stopped_by_its_source(self, house: House) -> None:
        rules, now = house.access.rules, house.clock.now()

        def spray(tx: object) -> int:
            return sum(_try_wrongly(tx, "198.51.100.7", rules, now, username=f"petugas.{n}") for n in range(1000))

        assert await house.parts.store.write(spray) == 100

    async def test_a_device_cookie_of_another_name_or_of_nobody_is_worth_nothing(self, house: House) -> None:
        browser = await logged_in(house)
        device = browser.cookie("lapor_device")
        assert len(device) > 64

        seen = []
        for number, (username, cookie) in enumerate(
            (("agus.salim", device), ("dewi.lestari", device[:-1] + "x"), ("dewi.lestari", "a.b"))
        ):
            forged = await house.browser(f"198.51.{number}.7")
            forged.set_cookie("lapor_device", cookie)
            for _ in range(10):
                await _knock(house, username, f"198.51.{number}.9")
            seen.append((await forged.log_in(username))[0].status)

        assert seen == [429, 429, 429]

    async def test_a_device_has_a_quota_too(self, house: House) -> None:
        browser = await logged_in(house)
        await browser.send("/console/logout", {}, page=PAGE)

        seen = [(await browser.log_in("dewi.lestari", "salah"))[0].status for _ in range(11)]

        assert seen == [401] * 10 + [429]

    async def test_logging_in_rightly_is_never_too_often(self, house: House) -> None:
        await house.hire()

        seen = [(await (await house.browser()).log_in("dewi.lestari"))[0].status for _ in range(12)]

        assert seen == [303] * 12

    async def test_too_many_at_once_are_told_to_come_again_and_lose_no_try(self, house: House) -> None:
        await house.hire()
        house.access = replace(house.access, hashing=make_hashing(places=1, waiting=0))
        browsers = [await house.browser(f"192.0.{n}.1") for n in range(6)]

        answers = await asyncio.gather(*(browser.log_in("dewi.lestari") for browser in browsers))
        busy = [browser for browser, (answer, _) in zip(browsers, answers, strict=True) if answer.status == 503]

        assert sorted({answer.status for answer, _ in answers}) == [303, 503]
        assert all("Retry-After" in answer.headers for answer, _ in answers if answer.status == 503)
        assert busy
        for _ in range(10):
            assert (await busy[0].log_in("dewi.lestari", "salah"))[0].status == 401

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"username": "dewi.lestari", "password": "x" * 2000}, 401),
            ({"username": "dewi.lestari\0", "password": "x"}, 401),
            ({"username": "dewi.lestari", "password": "x" * 20_000}, 413),
            ({"password": PASSWORD}, 401),
        ],
    )
    async def test_fields_beyond_all_measure_are_refused(
        self, house: House, fields: dict[str, str], status: int
    ) -> None:
        await house.hire()
        browser = await house.browser()

        assert (await browser.send(LOGIN, fields))[0].status == status

    async def test_a_body_that_is_no_form_is_refused(self, house: House) -> None:
        browser = await house.browser()

        for content_type in ("application/x-www-form-urlencoded; charset=klingon", "multipart/form-data", "text/plain"):
            answer = await browser.client.post(LOGIN, data=b"\xff\xfe", headers={"Content-Type": content_type})
            assert answer.status in {400, 403}


class TestSecondFactor:
    """RFC 6238 codes: each once, and few guesses."""

    async def test_the_password_alone_opens_nothing(self, house: House) -> None:
        secret = new_secret()
        browser = await house.browser()
        await house.hire(totp=secret)

        answer, _ = await browser.log_in("dewi.lestari", next_path=PAGE)
        half_way = browser.cookie("lapor_session")
        before, _ = await browser.get(PAGE)
        code, _ = await browser.send(CODE, {"code": TOTP(secret).at(house.clock.now()), "next": PAGE})
        after, _ = await browser.get(PAGE)

        assert URL(answer.headers["Location"]) == URL(CODE).with_query(next=PAGE)
        assert (before.status, URL(before.headers["Location"])) == (303, URL(CODE).with_query(next=PAGE))
        assert (code.status, code.headers["Location"], after.status) == (303, PAGE, 200)
        assert browser.cookie("lapor_session") != half_way

        browser.set_cookie("lapor_session", half_way)
        assert URL((await browser.get(PAGE))[0].headers["Location"]).path == LOGIN, "the session before it is over"

    async def test_a_code_works_once(self, house: House) -> None:
        secret = new_secret()
        await house.hire(totp=secret)
        first, second = await house.browser(), await house.browser()
        for browser in (first, second):
            await browser.log_in("dewi.lestari")
        code = TOTP(secret).at(house.clock.now())

        seen = [(await browser.send(CODE, {"code": code}))[0].status for browser in (first, second)]

        assert seen == [303, 401]

    async def test_codes_are_not_guessed_from_many_networks(self, house: House) -> None:
        secret = new_secret()
        await house.hire(totp=secret)
        owner = await house.browser("192.0.2.1")
        await owner.log_in("dewi.lestari")
        await owner.send(CODE, {"code": TOTP(secret).at(house.clock.now())})
        await owner.send("/console/logout", {}, page=PAGE)

        seen = []
        for number in range(5):
            thief = await house.browser(f"198.51.{number}.7")
            await thief.log_in("dewi.lestari")
            seen += [(await thief.send(CODE, {"code": "000000"}))[0].status for _ in range(5)]
        house.clock.forward(timedelta(minutes=1))
        await owner.log_in("dewi.lestari")
        answer, _ = await owner.send(CODE, {"code": TOTP(secret).at(house.clock.now())})

        assert seen == [401] * 20 + [429] * 5
        assert answer.status == 303, "the owner's browser has tries of its own"


def _try_wrongly(tx: object, address: str, rules: object, now: object, *, username: str = "dewi.lestari") -> int:
    """1 when the password was looked at."""
    visitor = Visitor(address)
    try:
        knocked = people.knock(tx, username, visitor, rules=rules, now=now)  # type: ignore[arg-type]
        people.enter(tx, knocked, "t", visitor, agreed=False, rules=rules, office=None, now=now)  # type: ignore[arg-type]
    except TooManyTries:
        return 0
    except WrongCredentials:
        return 1
    raise AssertionError("a wrong password opens nothing")


async def _knock(house: House, username: str, address: str) -> None:
    """A wrong try, without the work on its password."""
    rules, now = house.access.rules, house.clock.now()
    await house.parts.store.write(lambda tx: people.knock(tx, username, Visitor(address), rules=rules, now=now))


class Recording:
    """Passwords are looked at as always; what each cost is written down."""

    def __init__(self, house: House) -> None:
        self.costs: list[list[str]] = []
        self._real = house.access.hashing
        house.access = replace(house.access, hashing=self)  # type: ignore[arg-type]

    async def agrees(self, password: str, stored: str, *, known: bool) -> bool:
        self.costs.append(stored.split("$")[1:4])
        return await self._real.agrees(password, stored, known=known)
