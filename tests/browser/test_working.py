"""Working in the console: with the keyboard alone, with a preview while one types, with news from elsewhere."""

from core import handling
from core.model.lifecycle import State
from tests.browser.conftest import PHONE, Look, shoot
from tests.flow.rig import until
from tests.gateway.console.desk import Desk

UNIT = "Dinas Lingkungan Hidup Kota Bekasi"


async def test_a_report_is_verified_with_the_keyboard_alone(look: Look, desk: Desk) -> None:
    page = await look("sri")
    await page.goto("/console/laporan")

    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#verify-title")
    await page.focus("input[name=title]")
    await page.keyboard.type("Lampu jalan Ahmad Yani mati")
    await page.focus("input[name=agency]")
    await page.keyboard.type("lingk beka")
    await page.wait_for_selector("[role=option]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".sms")
    preview = await page.inner_text(".preview")
    await shoot(page, "verify-filled-1280")
    await page.focus(".deed-form .go button")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?selesai=verify")

    report = await desk.report(desk.numbers["lampu"])
    assert (report.state, report.title) == (State.VERIFIED, "Lampu jalan Ahmad Yani mati")
    assert f"diteruskan ke {UNIT}" in preview
    assert "1 dari 10 segmen" in preview
    assert page.complaints == []


async def test_next_claims_the_most_urgent_and_single_keys_can_be_turned_off(look: Look, desk: Desk) -> None:
    page = await look("sri")
    await page.goto("/console/laporan")
    await page.keyboard.press("?")
    await page.check("#keys-off")
    await page.click("#keys button")
    await page.keyboard.press("n")
    await page.keyboard.press("?")
    assert not await page.is_visible("#keys")
    await page.evaluate("localStorage.clear()")
    await page.reload()

    await page.keyboard.press("n")
    await page.wait_for_url("**?selesai=claim")

    assert (await desk.report(desk.numbers["lampu"])).claimed_by == "sri"


async def test_an_officer_answers_on_a_phone(look: Look, desk: Desk) -> None:
    page = await look("budi", size=PHONE)
    await page.goto("/console/laporan")
    await page.click("text=Puskesmas Jatiasih tutup sebelum jadwal")
    await page.click("a.jump")
    await page.fill("textarea[name=words]", "Puskesmas kini buka sampai pukul 14.00 setiap hari kerja.")
    await page.wait_for_selector(".sms")
    await shoot(page, "answer-filled-360")
    await page.click(".deed-form .go button")
    await page.wait_for_url("**?selesai=follow_up")

    assert (await desk.report(desk.numbers["puskesmas"])).state is State.FOLLOWED_UP
    assert page.complaints == []


async def test_what_is_typed_survives_a_reload(look: Look, desk: Desk) -> None:
    page = await look("budi")
    await page.goto(f"/console/laporan/{desk.numbers['puskesmas']}")
    await page.fill("textarea[name=words]", "Sedang kami periksa.")
    await until(lambda: page.evaluate("Object.keys(sessionStorage).some((key) => key.startsWith('draft:'))"))

    await page.reload()

    assert await page.input_value("textarea[name=words]") == "Sedang kami periksa."


async def test_an_open_page_says_that_its_report_changed(look: Look, desk: Desk) -> None:
    page = await look("budi")
    async with page.expect_response("**/console/events"):
        await page.goto(f"/console/laporan/{desk.numbers['puskesmas']}")
    await desk.do(handling.intervene, desk.numbers["puskesmas"], "Segera dijawab.", by="dewi")

    await page.wait_for_selector("#live:not([hidden])", timeout=8000)

    assert "Laporan ini baru saja berubah." in await page.inner_text("#live")


async def test_several_are_picked_and_archived(look: Look, desk: Desk) -> None:
    page = await look("sri")
    await page.goto("/console/laporan")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await shoot(page, "bulk-1280")
    await page.click(".bulk button[value=archive]")
    await page.select_option("select[name=reason]", "unclear")
    await page.fill("textarea[name=words]", "Mohon tulis tempat kejadiannya.")
    await page.click(".go button")
    await page.wait_for_selector(".outcomes .good")

    assert await page.locator(".outcomes .good").count() == 2
    assert (await desk.report(desk.numbers["lampu"])).state is State.ARCHIVED_BY_ADMIN
