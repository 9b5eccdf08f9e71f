"""How a report came: marks, quoted text, originals; and what of it is kept from whom."""

import re
from html import unescape

import pytest

from core.model.message import Address, Mark, Reachable
from core.model.work import Outcome
from gateway.console.marks import SIGNS
from gateway.console.words import LANGUAGES, all_words
from tests.gateway.console.desk import MAIL, Browser, Desk

BRIDGE = "Jembatan gantung di Desa Cibitung putus sejak banjir kemarin, warga menyeberang dengan rakit."
QUOTED = "Pada 12 Nov 2026 Ratna Dewi <ratna.dewi@contoh.id> menulis:\n> Jembatan ini sudah lapuk."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def visible(page: str) -> str:
    """The words that stand on a page before anything on it is opened."""
    without = re.sub(r"<details.*?</details>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", without)).split())


def test_every_mark_has_a_sign_and_words_in_both_languages() -> None:
    for language in LANGUAGES:
        said = all_words(language)

        assert {f"mark.{mark.value}" for mark in Mark} <= said.keys()
        assert {f"mark_hint.{mark.value}" for mark in Mark} <= said.keys()
    assert SIGNS.keys() == set(Mark)


def test_every_outcome_of_a_message_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        assert {f"outcome.{outcome.value or 'none'}" for outcome in Outcome} <= all_words(language).keys()


async def test_the_page_tells_in_which_language_and_where_the_reporter_is_told(desk: Desk) -> None:
    number = await desk.mail(BRIDGE)
    elsewhere = Reachable(Address("tg", "551234"), "telegram", "main")
    plain = visible((await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text)

    await desk.change(number, language="en", way=elsewhere)
    page = visible((await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text)

    assert "Bahasa pelapor" not in plain
    assert "Bahasa pelapor Inggris" in page
    assert "Kabar dikirim lewat Telegram" in page
    assert "551234" not in page


async def test_a_subject_is_the_title_and_can_be_corrected(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, title="Jembatan Cibitung putus")

    page = (await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text

    assert "<h1>Jembatan Cibitung putus</h1>" in page
    assert 'name="title" type="text" value="Jembatan Cibitung putus"' in page


async def test_quoted_text_is_folded_and_not_left_out(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, context=QUOTED)

    page = (await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text

    assert "Tampilkan teks terkutip" in page
    assert page.count("Jembatan ini sudah lapuk.") == 1
    assert "sudah lapuk" not in visible(page)


async def test_a_quote_in_an_addition_is_folded_in_the_history(desk: Desk) -> None:
    number = await desk.mail(BRIDGE)
    await desk.mail(f"{BRIDGE} Sekarang rakitnya juga hanyut.", context=QUOTED)

    page = (await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text

    assert page.count("Jembatan ini sudah lapuk.") == 1
    assert "sudah lapuk" not in visible(page)


async def test_who_may_not_see_the_sender_sees_no_quote_and_no_original(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, context=QUOTED)
    browser, supervisor = await desk.browser("sri"), await desk.browser("rina")
    (address,) = re.findall(r"/console/laporan/\d{10}/asli/\w+", (await browser.get(f"/console/laporan/{number}")).text)

    page = (await supervisor.get(f"/console/laporan/{number}")).text

    assert "sudah lapuk" not in page
    assert "/asli/" not in page
    assert "Teks terkutip tidak ditampilkan" in page
    assert (await supervisor.get(address)).status == 404


async def test_a_secret_reports_quote_is_shown_with_the_identity_alone(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, context=QUOTED)
    await desk.change(number, secret=True)
    browser, address = await desk.browser("sri"), f"/console/laporan/{number}"

    before = (await browser.get(address)).text
    after = (
        await browser.send(f"{address}/identitas", {"reason": "Pelapor minta dihubungi kembali."}, page=address)
    ).text

    assert "sudah lapuk" not in before
    assert "sudah lapuk" in after


@pytest.mark.parametrize("size", [10, 70_000])
async def test_the_original_is_a_download_of_octets(desk: Desk, size: int) -> None:
    raw = MAIL.format(text="<script>alert(1)</script>" + "x" * size).encode()
    blob = await desk.keep(raw, "message/rfc822", "")
    number = await desk.mail(BRIDGE, raw=raw if size == 10 else b"", raw_blob="" if size == 10 else blob.id)
    browser = await desk.browser("sri")
    (address,) = re.findall(r"/console/laporan/\d{10}/asli/\w+", (await browser.get(f"/console/laporan/{number}")).text)

    answer = await browser.get(address)

    assert answer.text.encode() == raw
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''asli-{number}.eml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_unreadable_mail_leads_to_its_original(desk: Desk) -> None:
    whole = await desk.keep(b"\xff\xfe kacau", "message/rfc822", "asli.eml")
    number = await desk.mail("", raw=b"", attachments=(whole,), marks=(Mark.UNREADABLE,))
    address = f"/console/laporan/{number}/berkas/{whole.id}"
    browser, supervisor = await desk.browser("sri"), await desk.browser("rina")

    page = (await browser.get(f"/console/laporan/{number}")).text

    assert "Tak terbaca, lihat berkas asli" in visible(page)
    (original,) = set(re.findall(r"/console/laporan/\d{10}/asli/\w+", page))
    assert "kacau" in (await browser.get(original)).text
    assert (await browser.get(address)).status == 200
    assert (await supervisor.get(address)).status == 404
    assert "asli.eml" not in (await supervisor.get(f"/console/laporan/{number}")).text


async def test_a_doubtful_sender_stands_in_the_queue_and_on_the_page(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, marks=(Mark.SENDER_DOUBTFUL,))
    browser = await desk.browser("sri")

    assert "Pengirim meragukan" in (await browser.get("/console/laporan")).text
    page = (await browser.get(f"/console/laporan/{number}")).text
    assert "alamatnya mungkin dipalsukan" in visible(page)


async def test_that_a_sender_is_proven_is_told_on_the_page_alone(desk: Desk) -> None:
    number = await desk.mail(BRIDGE, marks=(Mark.SENDER_PROVEN,))
    browser = await desk.browser("sri")

    assert "terbukti" not in (await browser.get("/console/laporan")).text
    assert "Alamat pengirim terbukti" in (await browser.get(f"/console/laporan/{number}")).text


async def test_what_its_author_deleted_is_shown_to_who_asks_for_it(desk: Desk) -> None:
    picture = await desk.keep(PNG, "image/png", "jembatan.png")
    number = await desk.mail(BRIDGE, attachments=(picture,), marks=(Mark.DELETED,))
    browser = await desk.browser("sri")

    row = visible((await browser.get("/console/laporan")).text)
    page = (await browser.get(f"/console/laporan/{number}")).text

    assert "Dihapus penulis" in row
    assert "Jembatan gantung" not in row
    assert "Jembatan gantung" in page
    # The form of verification holds the text that is to be corrected.
    shown = visible(re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL))
    assert "Jembatan gantung" not in shown
    assert "<img" not in re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)


async def test_sensitive_pictures_wait_for_a_click(desk: Desk) -> None:
    picture = await desk.keep(PNG, "image/png", "kecelakaan.png")
    number = await desk.mail(BRIDGE, attachments=(picture,), marks=(Mark.SENSITIVE,))

    page = (await (await desk.browser("sri")).get(f"/console/laporan/{number}")).text

    assert "Jembatan gantung" in visible(page)
    assert "Tampilkan gambar" in page
    assert "<img" not in re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)


async def test_the_public_page_shows_no_quote_and_nothing_that_was_deleted(desk: Desk) -> None:
    number, gone = await desk.mail(BRIDGE, context=QUOTED), await desk.sms("Saluran air di Jalan Melati mampet.")
    await desk.change(gone, marks=(Mark.DELETED,))
    browser = await desk.browser("sri")

    pages = [await tracked(desk, browser, each) for each in (number, gone)]

    assert "Jembatan gantung" in pages[0]
    assert "sudah lapuk" not in pages[0]
    assert "Saluran air" not in pages[1]


async def tracked(desk: Desk, browser: Browser, number: str) -> str:
    """The page of a report as its reporter sees it."""
    report = await desk.report(number)
    pin = await desk.read(lambda tx: tx.reports.pin_of(report.id))
    given = {"nomor": number, "pin": pin}
    assert (await browser.post("/lacak", given)).status == 303
    return (await browser.get("/lacak/laporan")).text
