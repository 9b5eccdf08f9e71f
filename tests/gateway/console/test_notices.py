"""The bell: one's own notices, seen by reading; choices; the browsers that are pushed to."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.notice import Choices, Notice, NoticeKind, Pace, Subscription, Way
from core.model.people import Staff
from core.model.report import Event, HistoryEntry, Report
from core.testing.builders import a_report
from core.tracking import show
from gateway.console.words import LANGUAGES, all_words
from tests.gateway.console.conftest import CSRF, Browser, House
from tests.gateway.push_service import Browser as Phone
from tests.gateway.push_service import PushService

LIST, SEEN, CHOICES = "/console/pemberitahuan", "/console/pemberitahuan/dilihat", "/console/pemberitahuan/pilihan"
BROWSERS, LOGOUT = "/console/pemberitahuan/langganan", "/console/logout"
GOOGLE = PushService(url="https://fcm.googleapis.com/fcm/send")
BADGE = re.compile(r'<b data-count="notices"( hidden)?>([^<]+)</b>')


async def told(
    house: House,
    staff: Staff,
    *,
    agency: str = "kab-tangerang",
    kind: NoticeKind = NoticeKind.NEW_REPORT,
    title: str = "Jalan berlubang di Serpong",
    at: datetime | None = None,
    report: Report | None = None,
) -> Report:
    """Somebody has a notice about a report, a new one of ``agency`` unless it is given."""
    about = report or replace(a_report(), agency=agency, title=title)
    notice = Notice(new_id(), staff.id, kind, about.id, at or house.clock.now(), push_at=house.clock.now())

    def write(tx: Any) -> None:
        if report is None:
            tx.reports.add_all([(about, "482913")])
        tx.notices.add([notice])

    await house.parts.store.write(write)
    await asyncio.sleep(0.002)  # The next id is of a later millisecond: ids of one have no order.
    return about


async def unseen(house: House, staff: Staff) -> int:
    return await house.parts.store.read(lambda tx: tx.notices.unseen(staff.id))


async def browsers(house: House, staff: Staff) -> list[Subscription]:
    return list(await house.parts.store.read(lambda tx: tx.notices.subscriptions([staff.id])))


def badge(page: str) -> str:
    """What the bell shows; empty where it shows no number."""
    found = BADGE.search(page)
    assert found is not None, "the page has no bell"
    return "" if found[1] else found[2]


async def csrf_of(browser: Browser) -> str:
    _, page = await browser.get(CHOICES)
    found = CSRF.search(page)
    assert found is not None
    return found[1]


async def subscribe(browser: Browser, asked: object, *, csrf: str | None = None) -> aiohttp.ClientResponse:
    """As push.js does."""
    headers = {"X-CSRF-Token": await csrf_of(browser) if csrf is None else csrf}
    return await browser.client.post(BROWSERS, json=asked, headers=headers, allow_redirects=False)


def asked(name: str = "rina", *, service: PushService = GOOGLE, **changed: str) -> dict[str, Any]:
    """What ``PushSubscription.toJSON()`` gives."""
    phone = Phone().subscription(service, name, staff_id="")
    keys = {"p256dh": changed.get("p256dh", phone.p256dh), "auth": changed.get("auth", phone.auth)}
    return {"endpoint": changed.get("endpoint", phone.endpoint), "expirationTime": None, "keys": keys}


class TestList:
    """What somebody was told."""

    async def test_notices_stand_by_days_newest_first_with_their_report(self, house: House) -> None:
        browser, dewi = await house.entered()
        await told(house, dewi, title="Lampu jalan padam", at=house.clock.now() - timedelta(days=1))
        report = await told(house, dewi, kind=NoticeKind.DEADLINE_NEAR, title="Sampah menumpuk <b>")

        answer, page = await browser.get(LIST)

        assert answer.status == 200
        order = ["Hari ini", "Tenggat laporan mendekat", "Kemarin", "Laporan baru untuk unit Anda", "Lampu jalan padam"]
        places = [page.index(words) for words in order]
        assert places == sorted(places)
        assert show(report.tracking_id) in page
        assert f'href="/console/laporan/{report.tracking_id}"' in page
        assert "Sampah menumpuk &lt;b&gt;" in page
        assert badge(page) == "2"

    async def test_of_a_report_that_left_one_s_sight_nothing_is_said(self, house: House) -> None:
        browser, dewi = await house.entered()
        report = await told(house, dewi, agency="kota-bekasi", title="Jembatan rusak di Bekasi")

        _, page = await browser.get(LIST)

        assert "Laporan ini tidak lagi dalam wewenang Anda." in page
        for word in ("Jembatan", report.tracking_id, show(report.tracking_id)):
            assert word not in page

    async def test_older_notices_come_page_by_page_each_once(self, house: House) -> None:
        browser, dewi = await house.entered()
        for number in range(31):
            await told(house, dewi, title=f"Laporan ke-{number:02}")

        _, first = await browser.get(LIST)
        more = re.search(r'href="(/console/pemberitahuan\?before=[0-9a-f]{32})"', first)
        assert more is not None
        _, second = await browser.get(more[1])

        found = [re.findall(r"Laporan ke-(\d\d)", page) for page in (first, second)]
        assert found == [[f"{number:02}" for number in range(30, 0, -1)], ["00"]]
        assert "?before=" not in second

    @pytest.mark.parametrize("before", ["x", "'; DROP TABLE notices", "%00", "a" * 33])
    async def test_a_place_that_is_none_is_no_page(self, house: House, before: str) -> None:
        browser, _ = await house.entered()

        assert (await browser.get(f"{LIST}?before={before}"))[0].status == 404

    async def test_another_s_notices_are_neither_shown_counted_nor_seen(self, house: House) -> None:
        browser, _ = await house.entered()
        agus = await house.hire("agus.salim")
        report = await told(house, agus, title="Pipa bocor")

        _, page = await browser.get(LIST)
        await browser.get(f"/console/laporan/{report.tracking_id}")
        sent = await browser.send(SEEN, {"until": "f" * 32}, page=CHOICES)

        assert ("Pipa bocor" in page, badge(page), sent[0].status) == (False, "", 303)
        assert await unseen(house, agus) == 1

    async def test_nobody_sees_it_without_log_in(self, house: House) -> None:
        browser = await house.browser()

        for path in (LIST, CHOICES):
            assert (await browser.get(path))[0].headers["Location"].startswith("/console/login")


class TestSeen:
    """Read is read, on the bell, by mail and on the phone."""

    async def test_opening_a_report_sees_its_notices_alone(self, house: House) -> None:
        browser, dewi = await house.entered()
        report = await told(house, dewi)
        await told(house, dewi, report=report, kind=NoticeKind.REPORTER_ANSWERED)
        await told(house, dewi, title="Lampu jalan padam")

        _, page = await browser.get(f"/console/laporan/{report.tracking_id}")

        assert (badge(page), await unseen(house, dewi)) == ("1", 1)
        now = house.clock.now()
        due = await house.parts.store.write(
            lambda tx: tx.notices.take_pushes(now=now, lease=timedelta(minutes=5), limit=9)
        )
        assert [notice.report_id == report.id for notice in due] == [False]

    async def test_a_report_that_may_not_be_read_is_not_seen(self, house: House) -> None:
        browser, dewi = await house.entered()
        report = await told(house, dewi, agency="kota-bekasi")

        answer, _ = await browser.get(f"/console/laporan/{report.tracking_id}")

        assert (answer.status, await unseen(house, dewi)) == (404, 1)

    async def test_all_are_seen_but_not_what_came_after_the_list(self, house: House) -> None:
        browser, dewi = await house.entered()
        await told(house, dewi)
        _, page = await browser.get(LIST)
        until, csrf = re.findall(r'name="until" value="([0-9a-f]+)"', page)[0], CSRF.findall(page)[0]
        await told(house, dewi, title="Baru saja datang")

        answer, _ = await browser.post(SEEN, {"csrf": csrf, "until": until})

        assert (answer.status, answer.headers["Location"], await unseen(house, dewi)) == (303, LIST, 1)

    async def test_a_foreign_form_sees_nothing(self, house: House) -> None:
        browser, dewi = await house.entered()
        await told(house, dewi)

        for fields in ({"until": "f" * 32}, {"until": "f" * 32, "csrf": "0" * 64}):
            assert (await browser.post(SEEN, fields))[0].status == 403
        assert (await browser.send(SEEN, {"until": "x"}, page=CHOICES))[0].status == 400
        assert await unseen(house, dewi) == 1

    async def test_the_bell_is_told_what_there_is(self, house: House) -> None:
        browser, dewi = await house.entered()
        for _ in range(2):
            await told(house, dewi)

        answer, _ = await browser.get("/console/hitungan")

        assert (await answer.json())["notices"] == "2"

    async def test_the_bell_counts_to_ninety_nine(self, house: House) -> None:
        browser, dewi = await house.entered()
        many = [Notice(new_id(), dewi.id, NoticeKind.COPY, "r", house.clock.now()) for _ in range(100)]
        await house.parts.store.write(lambda tx: tx.notices.add(many))

        assert badge((await browser.get("/console/akun"))[1]) == "99+"

    async def test_an_open_page_hears_of_a_notice_about_a_report_out_of_sight(self, house: House) -> None:
        browser, dewi = await house.entered()
        report = replace(a_report(), agency="kota-bekasi")
        async with browser.client.get("/console/events") as stream, asyncio.timeout(20):
            assert await stream.content.readline() == b"retry: 3000\n"
            line = HistoryEntry(report.id, 1, house.clock.now(), Event.DELEGATED, "nia", report.state)

            def change(tx: Any) -> None:
                tx.reports.add_all([(report, "482913")])
                tx.history.begin([line])
                tx.notices.add([Notice(new_id(), dewi.id, NoticeKind.REQUEST_DECIDED, report.id, house.clock.now())])

            await house.parts.store.write(change)
            heard = b""
            while not heard.startswith(b"data:"):
                heard = await stream.content.readline()

        assert json.loads(heard.removeprefix(b"data: ")) == {"new": [], "changed": {}}


class TestChoices:
    """Kind by way, and when mails go."""

    async def test_the_usual_is_ticked_and_the_choice_is_kept(self, house: House) -> None:
        browser, dewi = await house.entered()
        _, before = await browser.get(CHOICES)

        answer, _ = await browser.send(CHOICES, {"pace": "soon", "email:copy": "1", "push:overdue": "1"})

        assert before.count(" checked") == 9 + 7 + 1
        assert (answer.status, answer.headers["Location"]) == (303, f"{CHOICES}?disimpan=1")
        nothing: frozenset[Way] = frozenset()
        chosen = {NoticeKind.COPY: frozenset({Way.EMAIL}), NoticeKind.OVERDUE: frozenset({Way.PUSH})}
        expected = Choices({kind: chosen.get(kind, nothing) for kind in NoticeKind}, Pace.SOON)
        assert await house.parts.store.read(lambda tx: tx.notices.choices(dewi.id)) == expected
        _, after = await browser.get(f"{CHOICES}?disimpan=1")
        assert (after.count(" checked"), "Pilihan disimpan." in after) == (3, True)

    async def test_what_is_no_choice_changes_nothing(self, house: House) -> None:
        browser, dewi = await house.entered()

        sent = [await browser.send(CHOICES, fields) for fields in ({}, {"pace": "never"}, {"pace": ""})]
        forged, _ = await browser.post(CHOICES, {"pace": "soon"})

        assert [answer.status for answer, _ in sent] == [400] * 3
        assert forged.status == 403
        assert await house.parts.store.read(lambda tx: tx.notices.choices(dewi.id)) == Choices()

    async def test_whoever_has_no_address_is_told_so(self, house: House) -> None:
        without, _ = await house.entered()
        having, _ = await house.entered("agus.salim", email="agus.salim@tangerangkab.go.id")

        shown = ["Alamat surel Anda belum dicatat" in (await each.get(CHOICES))[1] for each in (without, having)]

        assert shown == [True, False]

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_every_kind_has_words(self, house: House, language: str) -> None:
        browser, dewi = await house.entered(language=language)
        for kind in NoticeKind:
            await told(house, dewi, kind=kind)

        _, page = await browser.get(LIST)

        said = all_words(language)
        assert all(said[f"notices.{kind.value}"].replace("'", "&#39;") in page for kind in NoticeKind)


class TestBrowsers:
    """Web push."""

    async def test_a_browser_is_kept_listed_and_stopped_without_script(self, house: House) -> None:
        browser, dewi = await house.entered()
        wanted = asked()

        answer = await subscribe(browser, wanted)

        assert answer.status == 201
        [kept] = await browsers(house, dewi)
        keys = {"p256dh": kept.p256dh, "auth": kept.auth}
        assert {"endpoint": kept.endpoint, "expirationTime": None, "keys": keys} == wanted
        _, page = await browser.get(CHOICES)
        assert all(words in page for words in ("Chrome / Android", "Perangkat ini", "data-here"))
        assert wanted["endpoint"] not in page

        stopped, _ = await browser.send(f"{BROWSERS}/{kept.id}/hentikan", {}, page=CHOICES)
        assert (stopped.status, stopped.headers["Location"]) == (303, f"{CHOICES}#perangkat")
        assert (await browsers(house, dewi), browser.cookie("lapor_push")) == ([], "")

    async def test_a_browser_is_stopped_by_script(self, house: House) -> None:
        browser, dewi = await house.entered()
        await subscribe(browser, asked())
        [kept] = await browsers(house, dewi)
        csrf = await csrf_of(browser)

        forged = await browser.client.delete(f"{BROWSERS}/{kept.id}")
        left = len(await browsers(house, dewi))
        answer = await browser.client.delete(f"{BROWSERS}/{kept.id}", headers={"X-CSRF-Token": csrf})

        assert (forged.status, left, answer.status, await browsers(house, dewi)) == (403, 1, 204, [])

    async def test_another_s_browser_is_neither_listed_nor_stopped(self, house: House) -> None:
        agus_browser, agus = await house.entered("agus.salim")
        await subscribe(agus_browser, asked())
        [kept] = await browsers(house, agus)
        browser, _ = await house.entered()

        _, page = await browser.get(CHOICES)
        await browser.send(f"{BROWSERS}/{kept.id}/hentikan", {}, page=CHOICES)
        await browser.client.delete(f"{BROWSERS}/{kept.id}", headers={"X-CSRF-Token": await csrf_of(browser)})

        assert (kept.id in page, len(await browsers(house, agus))) == (False, 1)

    @pytest.mark.parametrize(
        "wanted",
        [
            asked(endpoint="https://169.254.169.254/latest/meta-data"),
            asked(endpoint="http://fcm.googleapis.com/fcm/send/x"),
            asked(endpoint="https://fcm.googleapis.com.example.org/x"),
            asked(endpoint="https://fcm.googleapis.com@127.0.0.1/x"),
            asked(endpoint="https://[fcm.googleapis.com/x"),
            asked(endpoint="https://fcm.googleapis.com/x\r\nHost: localhost"),
            asked(endpoint="https://fcm.googleapis.com/" + "x" * 1_000),
            asked(endpoint="javascript:alert(1)"),
            asked(p256dh="A" * 87),
            asked(p256dh=""),
            asked(auth="AAAA"),
            asked(auth="<script>"),
            {"endpoint": "https://fcm.googleapis.com/x"},
            {"endpoint": 1, "keys": {}},
            [],
            "x",
        ],
    )
    async def test_what_no_browser_sends_is_refused(self, house: House, wanted: object) -> None:
        browser, dewi = await house.entered()

        answer = await subscribe(browser, wanted)

        assert (answer.status, await browsers(house, dewi)) == (422, [])
        assert (await answer.json())["said"]

    async def test_a_body_that_is_no_json_or_too_large_is_refused(self, house: House) -> None:
        browser, dewi = await house.entered()
        headers = {"X-CSRF-Token": await csrf_of(browser), "Content-Type": "application/json"}

        seen = [
            (await browser.client.post(BROWSERS, data=body, headers=headers)).status
            for body in (b"", b"{", b"\xff\xfe", b'"' + b"x" * 20_000 + b'"')
        ]

        assert (seen, await browsers(house, dewi)) == ([422, 422, 422, 413], [])

    @pytest.mark.parametrize("csrf", ["", "0" * 64])
    async def test_a_foreign_page_cannot_subscribe(self, house: House, csrf: str) -> None:
        browser, dewi = await house.entered()

        answer = await subscribe(browser, asked(), csrf=csrf)

        assert (answer.status, await browsers(house, dewi)) == (403, [])

    async def test_a_phone_that_changes_hands_is_pushed_to_its_new_owner_alone(self, house: House) -> None:
        browser, dewi = await house.entered()
        other, agus = await house.entered("agus.salim")
        wanted = asked()

        await subscribe(browser, wanted)
        await subscribe(other, wanted)

        assert (await browsers(house, dewi), len(await browsers(house, agus))) == ([], 1)

    async def test_logging_out_ends_the_pushes_here_and_nowhere_else(self, house: House) -> None:
        browser, dewi = await house.entered()
        await subscribe(browser, asked("kantor"))
        browser.set_cookie("lapor_push", "")
        await subscribe(browser, asked("ponsel"))

        await browser.send(LOGOUT, {}, page=CHOICES)

        assert [each.endpoint for each in await browsers(house, dewi)] == [f"{GOOGLE.url}/kantor"]
        assert browser.cookie("lapor_push") == ""

    async def test_logging_out_with_another_s_cookie_ends_nothing_of_theirs(self, house: House) -> None:
        other, agus = await house.entered("agus.salim")
        await subscribe(other, asked())
        browser, _ = await house.entered()
        browser.set_cookie("lapor_push", other.cookie("lapor_push"))

        answer, _ = await browser.send(LOGOUT, {}, page=CHOICES)

        assert (answer.status, len(await browsers(house, agus))) == (303, 1)

    async def test_the_deactivated_are_pushed_to_no_more(self, house: House) -> None:
        admin, _ = await house.entered("pusat", Role.NATIONAL_ADMIN)
        browser, dewi = await house.entered()
        await subscribe(browser, asked())
        await told(house, dewi)

        page = f"/console/pengguna/{dewi.id}"
        answer, _ = await admin.send(f"{page}/aktif", {"active": "0"}, page=page)

        now = house.clock.now()
        due = await house.parts.store.write(
            lambda tx: tx.notices.take_pushes(now=now, lease=timedelta(minutes=5), limit=9)
        )
        assert (answer.status, await browsers(house, dewi), due) == (303, [], [])


class TestInstallable:
    """The console as an application on a phone."""

    async def test_the_manifest_names_what_is_there(self, house: House) -> None:
        browser = await house.browser()

        answer, text = await browser.get("/console/manifest.webmanifest")

        manifest = json.loads(text)
        assert answer.content_type == "application/manifest+json"
        assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
        assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
            "/console/",
            "/console/",
            "standalone",
        )
        for icon in manifest["icons"]:
            assert (await browser.get_bytes(icon["src"])).startswith((b"\x89PNG", b"<svg"))

    async def test_the_worker_stands_above_the_pages_and_names_files_that_are_there(self, house: House) -> None:
        browser = await house.browser()

        answer, worker = await browser.get("/console/sw.js")

        assert (answer.content_type, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
        named = re.findall(r'"(/console/static/[^"]+)"', worker)
        assert len(named) == 5
        for path in named:
            assert await browser.get_bytes(path)
        assert "{" + "icon" not in worker
