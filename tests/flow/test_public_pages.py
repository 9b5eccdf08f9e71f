"""The public pages as a browser without script uses them."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from html import unescape
from http import HTTPStatus

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, FormData

from core.tracking import digits_of
from tests.flow.rig import NUMBER, Changes, Town

TEXT = "Jalan Raya Serang km 12 berlubang sejak 12 Maret, sudah dua motor jatuh."
SCRIPT = "\"><script>alert(1)</script>{{7*7}}<svg onload=alert('x')> javascript:alert(1)"
PIN = re.compile(r"<dt>PIN</dt><dd class=\"number\">(\d{6})</dd>")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


class Browser:
    """One visitor. ``fields`` of the page shown last are sent again with the next form, as a browser does."""

    def __init__(self, session: ClientSession, address: str) -> None:
        self._session = session
        self._address = address
        self.page = ""
        self.status = 0

    async def get(self, path: str) -> str:
        """Open a page."""
        async with self._session.get(self._address + path) as answer:
            return await self._shown(answer)

    async def post(self, path: str, fields: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> str:
        """Send a form."""
        form = FormData(default_to_multipart=True)
        for name, value in fields.items():
            form.add_field(name, value)
        for name, content in (files or {}).items():
            form.add_field("files", content, filename=name, content_type="application/octet-stream")
        async with self._session.post(self._address + path, data=form) as answer:
            return await self._shown(answer)

    async def _shown(self, answer: ClientResponse) -> str:
        self.status, self.page = answer.status, await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        return unescape(self.page)

    def hidden(self) -> dict[str, str]:
        """What the page carries along."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.page)
        return {name: unescape(value) for name, value in found}

    async def file(self, **fields: str) -> tuple[str, str]:
        """Send a report; number and PIN."""
        page = await self.post("/lapor", {"text": TEXT, "step": "send", **fields})
        number, pin = NUMBER.search(page), PIN.search(page)
        assert number
        assert pin, page
        return digits_of(number.group()), pin.group(1)

    async def track(self, number: str, pin: str) -> str:
        """Log in to a report."""
        return await self.post("/lacak", {"nomor": number, "pin": pin})


@pytest.mark.parametrize("day", ["3 November 2025", "Senin, 3-11-25", "2025-11-03", "3/11/2025"])
async def test_a_day_is_understood_as_on_manual_forms(town: Town, browser: Browser, day: str) -> None:
    number, _ = await browser.file(day=day)

    assert (await town.report(number)).occurred_at == datetime(2025, 11, 2, 17, tzinfo=UTC)


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Browser(session, town.address)


async def test_a_report_is_written_previewed_masked_and_sent(town: Town, browser: Browser) -> None:
    await browser.get("/lapor")
    given = {**browser.hidden(), "text": f"{TEXT} NIK 3603014508900002", "name": "Sri Wahyuni", "anonymous": "1"}
    shown = await browser.post("/lapor", {**given, "step": "preview"})
    assert "<mark" in shown
    assert await town.reports() == []
    masked = await browser.post("/lapor", {**browser.hidden(), "step": "mask"})
    assert "<mark" not in masked
    await browser.post("/lapor", {**browser.hidden(), "step": "send"})

    [report] = await town.reports()

    assert report.original_text == f"{TEXT} NIK [NIK disamarkan]"
    assert (report.anonymous, report.reporter_name, report.channel) == (True, "Sri Wahyuni", "api")


async def test_a_second_click_is_the_same_report(town: Town, browser: Browser) -> None:
    await browser.get("/lapor")
    token = browser.hidden()["token"]

    first = await browser.file(token=token)
    second = await browser.file(token=token)

    assert first == second
    assert len(await town.reports()) == 1


async def test_files_are_kept_over_the_preview(town: Town, browser: Browser) -> None:
    await browser.post("/lapor", {"text": TEXT, "step": "preview"}, {"lubang.png": PNG})
    await browser.post("/lapor", {**browser.hidden(), "step": "send"})

    [report] = await town.reports()

    assert [(a.media_type, a.size) for a in report.attachments] == [("image/png", len(PNG))]


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({"text": "rusak"}, {}, "Ceritakan apa yang terjadi"),
        ({"text": "x" * 20_001}, {}, "Terlalu panjang"),
        ({"text": TEXT, "phone": "nomor saya"}, {}, "Tulis nomor telepon"),
        ({"text": TEXT, "email": "sri"}, {}, "Tulis alamat e-mail"),
        ({"text": TEXT, "day": "31/02/2026"}, {}, "Tulis tanggal"),
        ({"text": TEXT, "day": "1/1/2099"}, {}, "Tulis tanggal"),
        ({"text": TEXT, "agency": "negeri-antah"}, {}, "Pilih instansi"),
        ({"text": TEXT}, {"virus.svg": b"<svg onload=alert(1)>" + b"\x00"}, "jenis berkas ini tidak diterima"),
        ({"text": TEXT, "title": "j" * 201}, {}, "Terlalu panjang"),
    ],
)
async def test_a_mistake_is_told_and_nothing_typed_is_lost(
    town: Town, browser: Browser, fields: dict[str, str], files: dict[str, bytes], said: str
) -> None:
    page = await browser.post("/lapor", {"place": "Balaraja", **fields, "step": "send"}, files)

    assert said in page
    assert fields["text"][:20_000] in page
    assert 'value="Balaraja"' in page
    assert await town.reports() == []


async def test_nothing_typed_is_ever_markup(town: Town, browser: Browser) -> None:
    fields = dict.fromkeys(
        ("title", "place", "name", "phone", "email", "agency", "day", "token", "classification"), SCRIPT
    )

    await browser.post("/lapor", {"text": SCRIPT, **fields, "step": "preview"}, {SCRIPT: PNG})
    assert "<script>alert" not in browser.page
    assert "<svg onload" not in browser.page
    assert "49" not in re.sub(r"[0-9a-f]{12,}", "", browser.page.split("<main")[1])
    await browser.post("/lapor", {"text": f"{TEXT} {SCRIPT}", "name": SCRIPT, "step": "preview"}, {SCRIPT: PNG})
    assert "<script>alert" not in browser.page
    number, pin = await browser.file(text=f"{TEXT} {SCRIPT}")
    await browser.track(number, pin)

    assert "<script>alert" not in browser.page
    assert "&lt;script&gt;alert" in browser.page


async def test_the_reporter_follows_answers_and_withdraws(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    page = await browser.track(number, pin)
    assert "Belum Terverifikasi" in page

    await town.ask(number, "Di dekat bangunan apa lubangnya?")
    assert "Di dekat bangunan apa lubangnya?" in await browser.get("/lacak/laporan")
    page = await browser.post("/lacak/jawab", {**browser.hidden(), "text": "Di depan pasar Balaraja"})
    assert "Menunggu Evaluasi Kelengkapan Informasi" in page
    page = await browser.post("/lacak/batal", {**browser.hidden(), "text": "Sudah diperbaiki warga"})

    assert "Diarsipkan oleh Pelapor" in page
    assert "Batalkan laporan" not in page


async def test_the_reporter_rates_once_it_is_followed_up(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    await town.verify(number)
    await town.follow_up(number, "Lubang sudah ditutup kemarin.")
    await browser.track(number, pin)

    await browser.post("/lacak/puas", {**browser.hidden(), "rating": "5"})

    report = await town.report(number)
    assert (report.state.value, report.rating) == ("closed_by_reporter", 5)


async def test_who_is_not_satisfied_opens_it_again(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    await town.verify(number)
    await town.follow_up(number, "Lubang sudah ditutup kemarin.")
    await browser.track(number, pin)
    await browser.post("/lacak/puas", {**browser.hidden(), "rating": "4"})

    page = await browser.post("/lacak/belum", {**browser.hidden(), "text": "Lubangnya terbuka lagi"})

    assert "Ditanggapi oleh Pelapor" in page


async def test_an_empty_answer_is_not_sent(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    await browser.track(number, pin)

    page = await browser.post("/lacak/jawab", {"text": "   "})

    assert browser.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Tulis jawaban" in page


async def test_a_wrong_number_and_a_wrong_pin_look_alike(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    wrong_pin = await browser.track(number, "000000" if pin != "000000" else "111111")
    told = browser.status
    wrong_number = await browser.track("1234567890", pin)

    assert (told, browser.status) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)
    assert wrong_pin.replace(number, "") == wrong_number.replace("1234567890", "")


async def test_guessing_is_limited(town: Town, browser: Browser) -> None:
    number, _ = await browser.file()

    for guess in range(11):
        await browser.track(number, f"{guess:06}")

    assert browser.status == HTTPStatus.TOO_MANY_REQUESTS
    assert "Tunggu" in browser.page


@pytest.mark.parametrize("cookie", ["", "zz", "00" * 40, "01" * 100])
async def test_a_forged_cookie_opens_nothing(town: Town, cookie: str) -> None:
    jar = CookieJar(unsafe=True)
    async with ClientSession(cookies={"lapor_lacak": cookie}, cookie_jar=jar) as session:
        answer = await session.get(f"{town.address}/lacak/laporan", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (HTTPStatus.SEE_OTHER, "/lacak")


async def test_leaving_forgets_the_report(town: Town, browser: Browser) -> None:
    number, pin = await browser.file()
    await browser.track(number, pin)

    await browser.post("/lacak/keluar", {})
    page = await browser.get("/lacak/laporan")

    assert number not in page
    assert "Nomor laporan" in page


@pytest.mark.parametrize("path", ["/public/x/../../etc/passwd", "/public/x/pages.py", "/public/x/%2e%2e%2fpages.py"])
async def test_only_the_named_files_are_served(town: Town, path: str) -> None:
    async with ClientSession() as session, session.get(town.address + path) as answer:
        assert answer.status == HTTPStatus.NOT_FOUND


@pytest.fixture
def changed() -> Changes:
    """A small limit, so that a large file is small."""
    return {"limits": {"max_attachment_bytes": 100_000}}


async def test_a_file_that_is_too_large_costs_only_itself(town: Town, browser: Browser) -> None:
    page = await browser.post("/lapor", {"text": TEXT, "step": "send"}, {"besar.png": PNG + bytes(200_000)})

    assert "besar.png: lebih besar" in page
    assert TEXT in page
