"""The bell as somebody meets it: the pages fit and are accessible, the number moves by itself, the console installs."""

import asyncio
import json
import re
from typing import Any

import pytest

from core.ids import new_id
from core.model.notice import Notice, NoticeKind
from core.ports import Tx
from tests.browser.conftest import DESKTOP, PHONE, Look, shoot
from tests.browser.test_pages import overflow, serious
from tests.gateway.console.desk import Desk
from tests.gateway.push_service import Browser as Phone
from tests.gateway.push_service import PushService

LIST, CHOICES = "/console/pemberitahuan", "/console/pemberitahuan/pilihan"
BELL = ".bell [data-count]"
WITHIN = 15_000


async def tell(desk: Desk, username: str) -> None:
    """A notice of every kind about reports of the morning, the last about one out of sight."""
    staff, now = desk.people[username], desk.clock.now()

    def write(tx: Tx) -> None:
        reports = [tx.reports.find(desk.numbers[name]) for name in ("sampah", "puskesmas", "banjir")]
        ids = [report.id for report in reports if report is not None]
        kinds = [*NoticeKind, NoticeKind.REQUEST_DECIDED]
        about = [*(ids[n % len(ids)] for n in range(len(kinds) - 1)), new_id()]
        tx.notices.add([Notice(new_id(), staff.id, kind, one, now) for kind, one in zip(kinds, about, strict=True)])

    await desk.parts.store.write(write)


@pytest.mark.parametrize("path", [LIST, CHOICES], ids=["list", "choices"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_the_pages_are_accessible_and_fit(path: str, size: dict[str, int], look: Look, desk: Desk) -> None:
    await tell(desk, "dewi")
    page = await look("dewi", size=size)
    page.complaints.clear()

    for dark in (False, True):
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await page.goto(path)
        await page.wait_for_load_state("load")
        await shoot(page, f"notices-{path.rpartition('/')[2]}-{size['width']}{'-dark' if dark else ''}")

        assert await serious(page) == []
        assert await overflow(page) <= 0
    assert page.complaints == []


async def test_reading_moves_the_number_on_another_open_page(look: Look, desk: Desk) -> None:
    await tell(desk, "dewi")
    page = await look("dewi")
    other = await page.context.new_page()
    await page.goto("/console/laporan")
    before = await page.inner_text(BELL)

    await other.goto(LIST)
    await other.click(".notice-head form button")
    await other.wait_for_selector(f"{BELL}[hidden]", state="attached")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    assert int(before.rstrip("+")) >= len(NoticeKind)
    await page.wait_for_selector(f"{BELL}[hidden]", state="attached", timeout=WITHIN)


async def test_a_new_notice_is_counted_without_reload(look: Look, desk: Desk) -> None:
    page = await look("dewi")
    await page.goto(LIST)
    if await page.is_visible(".notice-head form button"):
        await page.click(".notice-head form button")
    await page.wait_for_selector(f"{BELL}[hidden]", state="attached")
    await desk.dispose(desk.numbers["mohon"])

    await page.wait_for_selector(f"{BELL}:not([hidden])", timeout=WITHIN)


async def test_the_choice_is_kept_without_script(browser: Any, look: Look, desk: Desk) -> None:
    page = await look("dewi")
    plain = await browser.new_context(java_script_enabled=False, base_url=await desk.start(), viewport=PHONE)
    await plain.add_cookies(await page.context.cookies())
    bare = await plain.new_page()

    await bare.goto(CHOICES)
    assert await bare.is_hidden("#push")
    await bare.uncheck('input[name="push:new_report"]')
    await bare.check('input[name="pace"][value="soon"]')
    await bare.click("main form button.primary")

    assert "Pilihan disimpan." in await bare.inner_text(".said")
    assert not await bare.is_checked('input[name="push:new_report"]')
    assert await bare.is_checked('input[name="pace"][value="soon"]')


async def test_the_console_can_be_installed(look: Look, desk: Desk) -> None:
    page = await look("dewi")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    devtools = await page.context.new_cdp_session(page)

    manifest = await devtools.send("Page.getAppManifest")
    faults = await devtools.send("Page.getInstallabilityErrors")

    assert manifest["errors"] == []
    assert re.search(r"/console/manifest\.webmanifest$", manifest["url"])
    assert [fault["errorId"] for fault in faults["installabilityErrors"]] in ([], ["in-incognito"])


async def test_the_worker_shows_what_is_pushed_and_opens_it(look: Look, desk: Desk) -> None:
    page = await look("dewi")
    await page.context.grant_permissions(["notifications"])
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    told = '{"title":"Laporan baru","body":"Laporan 4821 093 756","url":"/console/pemberitahuan","tag":"x"}'
    await deliver(page, told)

    await page.wait_for_function(SHOWN, timeout=WITHIN)
    shown = await page.evaluate(SHOWN)

    assert shown == {"title": "Laporan baru", "body": "Laporan 4821 093 756", "tag": "x", "url": LIST}


SHOWN = """() => navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then(([one]) =>
  one && { title: one.title, body: one.body, tag: one.tag, url: one.data.url })"""


async def deliver(page: Any, message: str) -> None:
    """As the browser's push service would."""
    devtools = await page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"] if not one["isDeleted"]),
    )
    await devtools.send("ServiceWorker.enable")
    async with asyncio.timeout(15):
        while not found:
            await page.wait_for_timeout(50)
    origin = await page.evaluate("location.origin")
    await devtools.send(
        "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[0], "data": message}
    )


# Headless Chromium has no push service to subscribe at; what this page is given in its stead is a browser's answer.
SERVICE = """
const told = %s;
const made = (options) => ({
  options, toJSON: () => told,
  unsubscribe: async () => { sessionStorage.removeItem("subscribed"); return true; },
});
PushManager.prototype.getSubscription = async () => {
  const key = sessionStorage.getItem("subscribed");
  return key && made({ applicationServerKey: Uint8Array.from(key.split(",").map(Number)).buffer });
};
PushManager.prototype.subscribe = async (options) => {
  sessionStorage.setItem("subscribed", options.applicationServerKey.join());
  return made(options);
};
Notification.requestPermission = async () => "granted";
"""


async def test_a_device_is_activated_and_stopped(look: Look, desk: Desk) -> None:
    page = await look("dewi", size=PHONE)
    await page.context.grant_permissions(["notifications"])
    phone = Phone().subscription(PushService(url="https://fcm.googleapis.com/fcm/send"), "dewi", staff_id="")
    told = {"endpoint": phone.endpoint, "keys": {"p256dh": phone.p256dh, "auth": phone.auth}}
    await page.add_init_script(SERVICE % json.dumps(told))
    await page.goto(CHOICES)

    await page.click("#push button")
    await page.wait_for_selector("form[data-here]")
    await page.wait_for_selector("#push", state="hidden")
    key = await page.evaluate("sessionStorage.getItem('subscribed')")
    dewi = desk.people["dewi"].id
    kept = [each.endpoint for each in await desk.read(lambda tx: tx.notices.subscriptions([dewi]))]
    await shoot(page, "notices-device-360")
    assert (kept, len(key.split(",")), await serious(page), await overflow(page)) == ([phone.endpoint], 65, [], 0)

    await page.click("form[data-here] button")
    await page.wait_for_selector("form[data-here]", state="detached")
    await page.wait_for_selector("#push button")
    assert await page.evaluate("sessionStorage.getItem('subscribed')") is None
    assert list(await desk.read(lambda tx: tx.notices.subscriptions([dewi]))) == []


async def test_whoever_forbids_notices_is_told_how_to_allow_them(look: Look) -> None:
    page = await look("dewi")
    await page.goto(CHOICES)
    await page.evaluate("Notification.requestPermission = async () => 'denied'")

    await page.click("#push button")

    await page.wait_for_function("document.querySelector('#push-said').textContent.includes('ditolak')")
    assert await page.is_enabled("#push button")
