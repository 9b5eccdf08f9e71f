"""Manual forms as staff meet them in a browser, with a gateway and an operator behind."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.ids import new_id
from core.model.lifecycle import Role, State
from core.model.people import Staff
from core.model.report import Report
from tests.flow.rig import Town, open_town

PASSWORD = "kebun-raya-bogor-2026"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
TOKEN = re.compile(r'name="token" id="token" value="([^"]+)"')
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20
LETTER = {
    "agenda_number": "012/UM/XI/2026",
    "written_on": "kemarin",
    "received_on": "kemarin",
    "title": "Jembatan Desa Sukamaju putus",
    "text": "Jembatan di Desa Sukamaju Kecamatan Cibitung putus diterjang banjir sejak hari Senin. Mohon diperbaiki.",
    "place": "Desa Sukamaju, Cibitung",
    "phone": "0812-3456-7801",
}
TWEET = {"url": "https://twitter.com/warga/status/1985240000000000000?s=20", "text": "Banjir di Kemang #LAPOR"}
File = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page."""

    status: int
    text: str
    location: str


class Browser:
    """Somebody's, logged in."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str) -> Answer:
        async with self.session.get(path, allow_redirects=False) as answer:
            return await _read(answer)

    async def send(self, path: str, fields: Mapping[str, str], *files: File) -> Answer:
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        for name, value in fields.items():
            form.add_field(name, value)
        for name, content, kind in files:
            form.add_field("scans", BytesIO(content), filename=name, content_type=kind)
        async with self.session.post(path, data=form, allow_redirects=False) as answer:
            return await _read(answer)

    async def open(self, kind: str) -> dict[str, str]:
        """The hidden fields of a fresh form."""
        page = (await self.get(f"/console/formulir/{kind}")).text
        csrf, token = CSRF.search(page), TOKEN.search(page)
        assert csrf is not None
        assert token is not None
        return {"csrf": csrf[1], "token": token[1]}

    async def enter(self, kind: str, fields: Mapping[str, str], *files: File) -> Answer:
        return await self.send(f"/console/formulir/{kind}", {**await self.open(kind), **fields}, *files)


async def _read(answer: aiohttp.ClientResponse) -> Answer:
    return Answer(answer.status, await answer.text(), answer.headers.get("Location", ""))


class House:
    """A town whose staff work with the console."""

    def __init__(self, town: Town, password_hash: str) -> None:
        self.town = town
        self._password_hash = password_hash
        self._sessions: list[aiohttp.ClientSession] = []

    async def browser(self, username: str = "dewi", role: Role = Role.AGENCY_ADMIN, **given: Any) -> Browser:
        person = Staff(
            id=new_id(),
            username=username,
            role=role,
            agency=given.get("agency", "kab-tangerang"),
            created_at=datetime.now(UTC),
            password_hash=self._password_hash,
        )
        await self.town.parts.store.write(lambda tx: tx.people.add(person))
        session = aiohttp.ClientSession(self.town.address, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._sessions.append(session)
        browser = Browser(session)
        found = CSRF.search((await browser.get("/console/login")).text)
        assert found is not None
        answer = await browser.send("/console/login", {"csrf": found[1], "username": username, "password": PASSWORD})
        assert answer.status == 303
        return browser

    async def only(self) -> Report:
        await self.town.quiet()
        (report,) = await self.town.reports()
        return report

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, password_hash: str) -> AsyncIterator[House]:
    async with open_town(tmp_path, sqlite_url) as town:
        house = House(town, password_hash)
        yield house
        await house.close()


@pytest.fixture
async def dewi(house: House) -> Browser:
    """An agency admin of Kabupaten Tangerang."""
    return await house.browser()


async def test_a_letter_with_its_scan_becomes_a_report_of_the_clerks_agency(house: House, dewi: Browser) -> None:
    answer = await dewi.enter("letter", LETTER, ("surat.pdf", PDF, "application/pdf"))
    report = await house.only()

    assert (answer.status, answer.location) == (303, f"/console/formulir/hasil/{report.tracking_id}")
    assert (report.agency, report.source, report.entered_by) == ("kab-tangerang", "letter", "dewi")
    assert [(scan.media_type, scan.size, scan.name) for scan in report.attachments] == [
        ("application/pdf", len(PDF), "surat.pdf")
    ]
    first, read_back = house.town.citizen("6281234567801").new()
    assert "PIN" in first
    assert "Balas YA" in read_back


async def test_the_result_shows_the_pin_to_who_entered_it_alone(house: House, dewi: Browser) -> None:
    answer = await dewi.enter("telephone", {**LETTER, "phone": "0274 512345"})
    budi = await house.browser("budi", Role.LIAISON_OFFICER)

    own, other = (await dewi.get(answer.location)).text, (await budi.get(answer.location)).text

    report = await house.only()
    pin = await house.town.read(lambda tx: tx.reports.pin_of(report.id))
    assert pin in own
    assert pin not in other
    assert "tidak dapat dihubungi lewat pesan" in own


async def test_a_double_click_makes_one_report(house: House, dewi: Browser) -> None:
    fields = {**await dewi.open("letter"), **LETTER}
    scan = ("surat.pdf", PDF, "application/pdf")

    first, second = await asyncio.gather(*(dewi.send("/console/formulir/letter", fields, scan) for _ in range(2)))

    report = await house.only()
    assert {first.status, second.status} == {303}
    assert report.tracking_id in first.location
    assert report.tracking_id in second.location


async def test_the_back_button_and_other_words_lose_nothing(house: House, dewi: Browser) -> None:
    fields = {**await dewi.open("letter"), **LETTER, "no_scan": "1"}
    await dewi.send("/console/formulir/letter", fields)

    again = await dewi.send("/console/formulir/letter", {**fields, "text": "Surat kedua, soal sampah di pasar."})

    assert again.status == 409
    assert "belum tersimpan" in again.text
    assert "Surat kedua, soal sampah di pasar." in again.text
    fresh = TOKEN.search(again.text)
    assert fresh is not None
    stored = await dewi.send("/console/formulir/letter", {**fields, "text": "Surat kedua.", "token": fresh[1]})
    await house.town.quiet()
    assert stored.status == 303
    assert len(await house.town.reports()) == 2


@pytest.mark.parametrize("token", ["", "pendek", "x" * 5000])
async def test_a_token_that_is_none_is_replaced_and_nothing_is_stored_twice(
    house: House, dewi: Browser, token: str
) -> None:
    answer = await dewi.send("/console/formulir/other", {**await dewi.open("other"), **LETTER, "token": token})

    assert answer.status in {303, 422}
    assert len(await house.town.reports()) <= 1


async def test_without_the_proof_of_our_page_nothing_is_stored(house: House, dewi: Browser) -> None:
    answer = await dewi.send("/console/formulir/letter", {**await dewi.open("letter"), **LETTER, "csrf": "0" * 64})

    assert answer.status == 403
    assert await house.town.reports() == []


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Disposition: form-data; name=\"scans\"; filename*=UTF-8''%ff%fe.pdf\r\n\r\nisi",
        b"Content-Disposition: form-data\r\n\r\nisi",
        b"Content-Disposition: ;;;\r\n\r\nisi",
        b"\r\nisi",
        b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=utf-99\r\n\r\nisi',
        b'Content-Disposition: form-data; name="text"\r\n\r\n\xff\xfe',
    ],
)
async def test_a_broken_body_is_a_bad_request(house: House, dewi: Browser, part: bytes) -> None:
    hidden = await dewi.open("letter")
    headers = {"Content-Type": "multipart/form-data; boundary=batas", "X-CSRF-Token": hidden["csrf"]}
    body = b"--batas\r\n" + part + b"\r\n--batas--\r\n"

    async with dewi.session.post("/console/formulir/letter", data=body, headers=headers) as answer:
        assert answer.status in {400, 422}

    assert await house.town.reports() == []


async def test_a_file_of_25_mb_is_refused_and_what_was_typed_stays(house: House, dewi: Browser) -> None:
    large = b"%PDF-1.7\n" + b"\0" * 25_000_000

    answer = await dewi.enter("letter", LETTER, ("besar.pdf", large, "application/pdf"))

    assert answer.status == 422
    assert "terlalu besar" in answer.text
    assert "Jembatan Desa Sukamaju putus" in answer.text
    assert await house.town.reports() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\surat\\rahasia.pdf", "rahasia.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
        ("surat\u202efdp.exe", "suratfdp.exe"),
        ("n" * 500 + ".pdf", "n" * 196 + ".pdf"),
    ],
)
async def test_a_hostile_file_name_is_only_a_name(house: House, dewi: Browser, name: str, kept: str) -> None:
    refused = await dewi.enter("letter", {**LETTER, "title": ""}, (name, PDF, "application/pdf"))

    assert refused.status == 422
    assert "<img src=x" not in refused.text
    again = re.findall(r'name="kept" value="([^"]*)"', refused.text)
    assert len(again) == 1
    await dewi.enter("letter", {**LETTER, "kept": unescape(again[0])})
    assert [scan.name for scan in (await house.only()).attachments] == [kept]


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>\x00", "a.svg", "image/svg+xml"),
        (b"MZ\x90\x00" + b"\x00" * 100, "surat.pdf", "application/pdf"),
        (b"", "kosong.pdf", "application/pdf"),
    ],
)
async def test_a_file_is_what_its_content_says(
    house: House, dewi: Browser, content: bytes, name: str, kind: str
) -> None:
    answer = await dewi.enter("letter", LETTER, (name, content, kind))

    assert answer.status == 422
    assert 'id="scans-wrong"' in answer.text
    assert await house.town.reports() == []


async def test_what_was_typed_is_shown_as_text_whatever_it_is(house: House, dewi: Browser) -> None:
    evil = '"><script>alert(1)</script></textarea><svg onload=alert(2)>'
    fields = dict.fromkeys((*LETTER, "name", "email", "tags", "author", "occurred_on", "dispose_agency"), evil)

    for kind in ("letter", "telephone", "walk_in", "tweet", "other"):
        page = (await dewi.enter(kind, {**fields, "url": evil})).text

        assert "<script>alert" not in page
        assert "<svg onload" not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_a_caller_without_a_number_is_asked_for(house: House, dewi: Browser) -> None:
    asked = await dewi.enter("telephone", {**LETTER, "phone": ""})
    taken = await dewi.enter("telephone", {**LETTER, "phone": "", "no_contact": "1"})

    assert asked.status == 422
    assert "Nomor tidak diketahui" in asked.text
    assert taken.status == 303
    assert (await house.only()).reporter.scheme == "form"


async def test_a_tweets_url_fills_the_form(dewi: Browser) -> None:
    page = (await dewi.enter("tweet", {**TWEET, "deed": "fill"})).text

    assert 'value="https://x.com/warga/status/1985240000000000000"' in page
    assert re.search(r'name="author"[^>]*value="warga"', page)
    assert re.search(r'name="written_on"[^>]*value="2025-11-03"', page)


async def test_a_short_link_is_explained(dewi: Browser) -> None:
    answer = await dewi.enter("tweet", {"url": "https://t.co/AbC", "deed": "fill"})

    assert answer.status == 422
    assert "tautan pendek" in answer.text


async def test_a_tweet_entered_by_another_is_told_with_its_number(house: House, dewi: Browser) -> None:
    await dewi.enter("tweet", TWEET)
    budi = await house.browser("budi", Role.CHAT_OPERATOR, agency="kota-bekasi")

    answer = await budi.enter("tweet", {**TWEET, "url": "https://x.com/i/status/1985240000000000000"})

    number = (await house.only()).tracking_id
    assert answer.status == 200
    assert f"{number[:4]} {number[4:7]} {number[7:]}" in answer.text
    assert (await budi.get(f"/console/formulir/hasil/{number}")).status == 404


async def test_what_is_posted_under_a_tweet_holds_no_pin(house: House, dewi: Browser) -> None:
    answer = await dewi.enter("tweet", TWEET)
    page = (await dewi.get(answer.location)).text
    report = await house.only()
    pin = await house.town.read(lambda tx: tx.reports.pin_of(report.id))

    said = re.search(r"<blockquote>(.*?)</blockquote>", page, re.DOTALL)

    assert said is not None
    assert report.tracking_id[:4] in said[1]
    assert pin not in said[1]


async def test_verify_and_dispose_at_once(house: House, dewi: Browser) -> None:
    answer = await dewi.enter(
        "letter",
        {**LETTER, "no_scan": "1", "dispose": "1", "dispose_agency": "kab-tangerang", "tags": "jembatan, banjir"},
    )
    report = await house.only()

    assert answer.location.endswith("?disposisi=ya")
    assert (report.state, report.tags) == (State.VERIFIED, ("jembatan", "banjir"))
    texts = house.town.citizen("6281234567801").new()
    assert "PIN" in texts[0]
    assert sum("PIN" in text for text in texts) == 1
    assert sum("diteruskan ke" in text for text in texts) == 1


async def test_a_disposition_without_an_agency_of_ones_own_is_asked_for(house: House, dewi: Browser) -> None:
    answer = await dewi.enter("letter", {**LETTER, "no_scan": "1", "dispose": "1", "dispose_agency": "kota-bekasi"})

    assert answer.status == 422
    assert "Pilih instansi tujuan" in answer.text
    assert await house.town.reports() == []


async def test_a_disposition_that_fails_leaves_the_report_in_the_queue_and_says_so(house: House, dewi: Browser) -> None:
    given = {"dispose": "1", "dispose_agency": "kab-tangerang", "category": "tidak-ada"}

    answer = await dewi.enter("letter", {**LETTER, "no_scan": "1", **given})

    assert answer.location.endswith("?disposisi=gagal")
    assert "menunggu di antrean" in (await dewi.get(answer.location)).text
    assert (await house.only()).state is State.UNVERIFIED


@pytest.mark.parametrize("role", [Role.LIAISON_OFFICER, Role.CHAT_OPERATOR])
async def test_officers_enter_forms_and_do_not_dispose(house: House, role: Role) -> None:
    browser = await house.browser("agus", role)

    await browser.enter("letter", {**LETTER, "no_scan": "1", "dispose": "1", "dispose_agency": "kab-tangerang"})

    assert (await house.only()).state is State.UNVERIFIED


async def test_a_supervisor_enters_nothing(house: House) -> None:
    browser = await house.browser("ratna", Role.SUPERVISOR)

    assert (await browser.get("/console/formulir")).status == 403
    assert (await browser.get("/console/formulir/letter")).status == 403


async def test_strangers_are_sent_to_the_log_in(house: House) -> None:
    async with aiohttp.ClientSession(house.town.address) as session:
        for path in ("", "/letter", "/hasil/4821093756", "/slip/4821093756", "/slip/4821093756/qr.svg"):
            answer = await Browser(session).get(f"/console/formulir{path}")

            assert answer.status == 303
            assert answer.location.startswith("/console/login")


async def test_likely_repeats_and_letters_of_the_same_number_are_shown_while_typing(
    house: House, dewi: Browser
) -> None:
    await dewi.enter("letter", {**LETTER, "no_scan": "1"})
    number = (await house.only()).tracking_id
    hidden = await dewi.open("letter")
    typed = {"csrf": hidden["csrf"], "text": LETTER["text"], "place": LETTER["place"]}

    like = (await dewi.send("/console/formulir/mirip", typed)).text
    letter = (
        await dewi.send("/console/formulir/mirip", {"csrf": hidden["csrf"], "agenda_number": "12/um/xi/2026"})
    ).text
    other = (
        await dewi.send("/console/formulir/mirip", {"csrf": hidden["csrf"], "text": "Antrean SIM lama sekali"})
    ).text
    budi = await house.browser("budi", agency="kota-bekasi")
    foreign = (await budi.send("/console/formulir/mirip", {**typed, "csrf": (await budi.open("other"))["csrf"]})).text

    assert f"/console/laporan/{number}" in like
    assert f"/console/laporan/{number}" in letter
    assert "Tidak ada laporan serupa" in other
    assert number not in foreign


async def test_a_known_reporter_is_recognised_by_number_by_who_may_know_it(house: House, dewi: Browser) -> None:
    await dewi.enter("telephone", LETTER)
    number = (await house.only()).tracking_id
    agus = await house.browser("agus", Role.CHAT_OPERATOR)

    async def beside(browser: Browser, phone: str) -> str:
        fields = {"csrf": (await browser.open("other"))["csrf"], "phone": phone}
        return (await browser.send("/console/formulir/mirip", fields)).text

    assert number in await beside(dewi, "+62 812 3456 7801")
    assert number not in await beside(dewi, "0812 3456 7802")
    assert number not in await beside(agus, "0812 3456 7801")


async def test_who_asked_for_secrecy_is_not_recognised(house: House, dewi: Browser) -> None:
    await dewi.enter("telephone", {**LETTER, "anonymous": "1"})
    number = (await house.only()).tracking_id
    fields = {"csrf": (await dewi.open("other"))["csrf"], "phone": LETTER["phone"]}

    assert number not in (await dewi.send("/console/formulir/mirip", fields)).text


async def test_a_second_letter_of_the_same_number_is_stored_and_warned_about(house: House, dewi: Browser) -> None:
    await dewi.enter("letter", {**LETTER, "no_scan": "1"})
    first = (await house.only()).tracking_id

    answer = await dewi.enter("letter", {**LETTER, "no_scan": "1", "text": "Susulan surat soal jembatan."})

    assert answer.status == 303
    assert f"/console/laporan/{first}" in (await dewi.get(answer.location)).text


async def test_the_slip_holds_number_pin_and_a_code_without_the_pin(house: House, dewi: Browser) -> None:
    await dewi.enter("walk_in", {**LETTER, "name": "Budi Santoso"})
    report = await house.only()
    pin = await house.town.read(lambda tx: tx.reports.pin_of(report.id))
    path = f"/console/formulir/slip/{report.tracking_id}"

    slip, code = await dewi.get(path), await dewi.get(f"{path}/qr.svg")

    assert f"PIN {pin}" in slip.text
    assert f"STATUS {report.tracking_id} {pin}" in slip.text
    assert f'src="{path}/qr.svg"' in slip.text
    assert "Budi" not in slip.text
    assert "<svg" in code.text
    assert "style=" not in slip.text
    assert 'class="roll"' in (await dewi.get(f"{path}?kertas=58")).text


async def test_a_slip_of_another_agency_does_not_exist(house: House, dewi: Browser) -> None:
    await dewi.enter("walk_in", {**LETTER, "name": "Budi Santoso"})
    number = (await house.only()).tracking_id
    budi = await house.browser("budi", agency="kota-bekasi")

    assert [(await budi.get(f"/console/formulir/slip/{number}{rest}")).status for rest in ("", "/qr.svg")] == [404, 404]
    assert (await dewi.get("/console/formulir/slip/4821093750")).status == 404


async def test_every_form_is_there_in_both_languages_and_its_parts_are_served(house: House, dewi: Browser) -> None:
    pages = [
        (await dewi.get(f"/console/formulir{kind}")) for kind in ("", "/letter", "/telephone", "/walk_in", "/other")
    ]
    own = [(await dewi.get(f"/console/formulir/{name}")) for name in ("slip.css", "formulir.js")]

    assert {page.status for page in (*pages, *own)} == {200}
    assert "Nomor agenda" in pages[1].text
