"""One day: citizens text 1708, staff work in the console at a desk and on a phone, everybody hears what they should."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.ids import new_id
from core.model.lifecycle import Action, Role, State
from core.model.people import Staff
from core.passwords import hash_password
from tests.browser.conftest import DESKTOP, PHONE, shoot
from tests.flow.rig import Citizen, Town, number_in, open_town
from tests.gateway.console.desk import PASSWORD

DISTRICT, ROADS, HEALTH = "kab-tangerang", "kab-tangerang-dinas-bina-marga", "kab-tangerang-dinas-kesehatan"
ROAD = "TANGKAB Jalan Raya Serang KM 12 Balaraja berlubang sedalam 30 cm, sudah dua motor jatuh"
PEOPLE = {
    "pusat": (Role.NATIONAL_ADMIN, ""),
    "dewi": (Role.AGENCY_ADMIN, DISTRICT),
    "budi": (Role.LIAISON_OFFICER, ROADS),
    "rina": (Role.LIAISON_OFFICER, HEALTH),
}
SCAN: Any = {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + bytes(range(256)) * 20}
NEEDS_NOTHING = "Sesuai kesepakatan rapat pagi."

Enter = Callable[..., Awaitable["Worker"]]


class Worker:
    """Somebody with the console open."""

    def __init__(self, page: Any, town: Town) -> None:
        self.page = page
        self._town = town

    async def act(self, number: str, action: Action, **fields: str) -> str:
        """Open the report, fill in the action's form, send it, and wait until its replies are sent; the page."""
        await self.page.goto(f"/console/laporan/{number}?aksi={action.value}")
        form = self.page.locator(f"form[action$='/aksi/{action.value}']")
        for name, value in fields.items():
            await _fill(form.locator(f"[name={name}]"), value)
        await form.locator(".go button").click()
        await self.page.wait_for_url(f"**?selesai={action.value}")
        await self._town.quiet()
        return str(await self.page.inner_text("main"))

    async def enter_form(self, kind: str, **fields: str) -> str:
        """Take down a letter, call or tweet; the number of its report."""
        await self.page.goto(f"/console/formulir/{kind}")
        for name, value in fields.items():
            await self.page.fill(f"[name={name}]", value)
        if kind == "letter":
            await self.page.set_input_files("[name=scans]", [SCAN])
        await self.page.click("button.primary[value=take]")
        await self.page.wait_for_url("**/console/formulir/hasil/**")
        await self._town.quiet()
        return number_in(await self.page.inner_text("main"))


async def _fill(field: Any, value: str) -> None:
    """As a hand would: a text is typed, a button of several is pressed, a list is chosen from."""
    kind = await field.first.evaluate("field => field.type")
    if kind == "radio":
        await field.and_(field.page.locator(f"[value={value}]")).check(force=True)
    elif kind == "select-one":
        await field.select_option(value)
    else:
        await field.fill(value)


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, sqlite_url) as opened:
        word = hash_password(PASSWORD)
        for name, (role, agency) in PEOPLE.items():
            person = Staff(new_id(), name, role, agency, datetime.now(UTC), name=name.title(), password_hash=word)
            await opened.write(lambda tx, person=person: tx.people.add(person))  # type: ignore[misc]
        yield opened


@pytest.fixture
def enter(browser: Any, town: Town) -> Enter:
    """Log in as one of PEOPLE, in a window of their own. What a page complains of fails the test."""

    async def log_in(name: str, *, size: Mapping[str, int] = DESKTOP) -> Worker:
        context = await browser.new_context(viewport=dict(size), base_url=town.address, reduced_motion="reduce")
        page = await context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page breaks: {error}"))
        await page.goto("/console/")
        await page.fill("#username", name)
        await page.fill("#password", PASSWORD)
        await page.click("main button[type=submit]")
        await page.wait_for_url("**/console/")
        return Worker(page, town)

    return log_in


async def report_by(citizen: Citizen, text: str = ROAD) -> str:
    """Text 1708; the number of the report."""
    return number_in(await citizen.say(text))


async def test_from_an_sms_to_a_rating(town: Town, enter: Enter) -> None:
    siti, dewi, budi = town.citizen(), await enter("dewi"), await enter("budi", size=PHONE)
    number = await report_by(siti)

    await dewi.page.goto("/console/laporan")
    await dewi.page.keyboard.press("n")
    await dewi.page.wait_for_url(f"**/console/laporan/{number}?selesai=claim")
    await dewi.act(
        number,
        Action.VERIFY,
        title="Jalan Raya Serang KM 12 berlubang",
        text="Jalan Raya Serang KM 12, Balaraja, berlubang sedalam 30 cm. Dua pengendara motor jatuh.",
        classification="complaint",
        category="pekerjaan-umum",
        place="Balaraja, Kabupaten Tangerang",
        agency="Dinas Bina Marga dan Sumber Daya Air Kabupaten Tangerang",
    )
    [verified] = siti.new()
    await budi.page.goto("/console/laporan?tab=to_follow_up")
    await shoot(budi.page, "day-officer-queue-360")
    await budi.act(number, Action.FOLLOW_UP, kind="substantive", words="Lubang sudah kami tambal pada 21 November.")
    await shoot(budi.page, "day-officer-done-360")
    [followed_up] = siti.new()
    await siti.say(f"PUAS {number} 5")

    report = await town.report(number)
    assert "Dinas Bina Marga" in verified
    assert "Lubang sudah kami tambal" in followed_up
    assert (report.state, report.rating) == (State.CLOSED_BY_REPORTER, 5)
    assert report.original_text == ROAD


async def test_a_question_is_asked_and_a_report_handed_on_refused_and_archived(town: Town, enter: Enter) -> None:
    agus, pusat, dewi = town.citizen("6281234567802"), await enter("pusat"), await enter("dewi")
    number = await report_by(agus, "Tolong ditindak, petugasnya minta uang terus")

    await pusat.act(number, Action.DELEGATE, agency="Pemerintah Kabupaten Tangerang")
    await dewi.act(number, Action.NOT_MINE, agency="Pemerintah Kota Bekasi", words="Belum jelas instansinya.")
    await pusat.page.goto("/console/laporan?tab=requests")
    assert number_in(await pusat.page.inner_text("main")) == number
    await pusat.act(number, Action.REJECT_REQUEST, words="Tanyakan dulu tempatnya kepada pelapor.")
    await dewi.act(number, Action.HOLD_INCOMPLETE, words="Di kantor mana dan kapan kejadiannya?")
    [question] = agus.new()
    await agus.say("Saya lupa tempatnya")
    assert (await town.report(number)).state is State.INFORMATION_RECEIVED
    await dewi.act(number, Action.ARCHIVE, reason="unclear", words="Kirim lagi bila sudah ingat tempatnya.")
    [archived] = agus.new()

    assert "Di kantor mana dan kapan kejadiannya?" in question
    assert "Kirim lagi bila sudah ingat tempatnya." in archived
    assert (await town.report(number)).state is State.ARCHIVED_BY_ADMIN


async def test_a_report_waits_for_an_agency_and_is_withdrawn(town: Town, enter: Enter) -> None:
    joko, pusat = town.citizen("6281234567803"), await enter("pusat")
    number = await report_by(joko, "Pelabuhan perintis di Pulau Panjang rusak, kapal tidak bisa merapat")

    await pusat.act(number, Action.HOLD_UNCONNECTED, words="Instansi pengelola pelabuhan sedang dihubungkan.")
    [held] = joko.new()
    await joko.say(f"BATAL {number}")

    assert "sedang dihubungkan" in held
    assert (await town.report(number)).state is State.ARCHIVED_BY_REPORTER


async def test_a_report_is_forwarded_held_closed_and_opened_again(town: Town, enter: Enter) -> None:
    wati, dewi, rina = town.citizen("6281234567804"), await enter("dewi"), await enter("rina", size=PHONE)
    number = await report_by(wati, "TANGKAB Air selokan depan Puskesmas Balaraja meluap, berbau dan banyak nyamuk")
    await dewi.act(number, Action.VERIFY, title="Selokan depan Puskesmas Balaraja", agency=ROADS)

    await dewi.act(
        number, Action.FORWARD, agency=HEALTH, copies="Dinas Bina Marga dan Sumber Daya Air Kabupaten Tangerang"
    )
    await rina.act(number, Action.FOLLOW_UP, kind="initial_response", words="Laporan kami terima, petugas ke lokasi.")
    await rina.act(number, Action.REQUEST_HOLD, words="Menunggu alat penyedot.")
    await dewi.act(number, Action.HOLD_CLOCK, words=NEEDS_NOTHING)
    await dewi.act(number, Action.INTERVENE, words="Mohon selesai pekan ini.")
    await rina.act(number, Action.REQUEST_RELEASE, words="Alat sudah datang.")
    await dewi.act(number, Action.RELEASE_CLOCK, words=NEEDS_NOTHING)
    await rina.act(number, Action.FOLLOW_UP, kind="substantive", words="Selokan sudah dikuras dan ditaburi abate.")
    await rina.act(number, Action.REQUEST_CLOSE, words="Tuntas.")
    await dewi.act(number, Action.CLOSE, words="Selokan sudah bersih.")
    assert (await town.report(number)).state is State.CLOSED_BY_ADMIN
    await rina.act(number, Action.REQUEST_REOPEN, words="Warga melapor meluap lagi.")
    await dewi.act(number, Action.REOPEN, words="Dibuka untuk ditangani lagi.")
    wati.new()
    await wati.say(f"BELUM {number} semalam meluap lagi")

    report = await town.report(number)
    assert (report.state, report.agency, report.copies) == (State.REPORTER_RESPONDED, HEALTH, (ROADS,))
    assert [event for event, _ in await town.events(number)].count("followed_up") == 2


async def test_a_letter_and_a_tweet_enter_by_the_form(town: Town, enter: Enter) -> None:
    dewi, maman = await enter("dewi"), town.citizen("6281234567805")

    letter = await dewi.enter_form(
        "letter",
        agenda_number="012/UM/XI/2026",
        written_on="kemarin",
        received_on="kemarin",
        title="Jembatan Desa Sukamaju putus",
        text="Jembatan di Desa Sukamaju putus diterjang banjir sejak hari Senin. Mohon diperbaiki.",
        place="Desa Sukamaju",
        phone="0812-3456-7805",
    )
    await shoot(dewi.page, "day-letter-1280")
    told = maman.new()
    tweet = await dewi.enter_form(
        "tweet",
        url="https://x.com/warga/status/1985240000000000000",
        author="@warga",
        written_on="hari ini",
        title="Banjir di Balaraja",
        text="Banjir di Balaraja #LAPOR",
    )

    assert number_in(told[0]) == letter
    assert [(await town.report(number)).source for number in (letter, tweet)] == ["letter", "tweet"]
