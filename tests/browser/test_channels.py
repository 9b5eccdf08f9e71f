"""What mails and tweets bring to the console: messages that wait for a person, quotes, originals, marks."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from core.model.message import Mark
from tests.browser.conftest import DESKTOP, PHONE, Look, shoot
from tests.browser.test_pages import overflow, serious
from tests.gateway.console.desk import Desk

FLOOD = "Kak, di Kemang Pratama banjir setinggi lutut dari subuh, pompa belum menyala @lapor1708"
BRIDGE = "Jembatan gantung di Desa Cibitung putus sejak banjir kemarin, warga menyeberang dengan rakit."
QUOTED = (
    "Pada 12 Nov 2026 pukul 09.15 LAPOR! <persuratan@lapor.example> menulis:\n"
    "> Laporan Anda kami terima dengan nomor 1290 553 811.\n> Mohon lengkapi tempat kejadian.\n\n--\nRatna Dewi, RT 04"
)
TALK = "@warga_bekasi: pompanya mati lagi\n@tetangga: sudah lapor belum? coba mention @lapor1708"


@pytest.fixture
async def numbers(desk: Desk) -> dict[str, str]:
    """Mails that came in every state they can come in."""
    whole = await desk.keep(b"From: \xff\xfe\r\n\r\nkacau", "message/rfc822", "asli.eml")
    picture = (Path(__file__).parents[2] / "gateway/console/static/icon-192.png").read_bytes()
    photo = await desk.keep(picture, "image/png", "jembatan putus dilihat dari sisi barat.png")
    await desk.mention(FLOOD, context=TALK, marks=(Mark.SENSITIVE,))
    await desk.mention("Terima kasih sudah diperbaiki min @lapor1708", marks=(Mark.DELETED,))
    unreadable = await desk.mail(
        "Pesan ini tidak dapat dibaca; lihat berkas aslinya.", raw=b"", attachments=(whole,), marks=(Mark.UNREADABLE,)
    )
    bridge = await desk.mail(
        BRIDGE,
        title="Jembatan Cibitung putus",
        context=QUOTED,
        attachments=(photo,),
        marks=(Mark.SENDER_DOUBTFUL, Mark.FILES_LEFT_OUT, Mark.OTHER_ADDRESS, Mark.SENSITIVE),
    )
    gone = await desk.mail("Sampah menumpuk di depan Pasar Kranji.", marks=(Mark.DELETED, Mark.ENCRYPTED))
    return {"unreadable": unreadable, "bridge": bridge, "gone": gone}


async def test_a_mention_becomes_a_report_with_one_key(look: Look, desk: Desk, numbers: dict[str, str]) -> None:
    page = await look("sri")
    await page.goto("/console/")
    await page.click(".sections a[href='/console/pesan']")

    await page.keyboard.press("j")
    await page.keyboard.press("b")
    await page.wait_for_url("**/console/pesan?selesai=make**")

    said = await page.inner_text(".said")
    assert "Laporan dibuat." in said
    assert any(report.text == FLOOD and report.entered_by == "sri" for report in await desk.reports())
    assert await page.inner_text(".sections [data-count=waiting]") == "1"
    assert page.complaints == []


async def test_a_message_is_dismissed_and_another_attached_with_the_keyboard(
    look: Look, desk: Desk, numbers: dict[str, str]
) -> None:
    page = await look("sri")
    await page.goto("/console/pesan")

    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?selesai=dismiss")
    await page.keyboard.press("j")
    await page.keyboard.press("t")
    await page.keyboard.type(numbers["bridge"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?selesai=attach**")

    assert "Tidak ada pesan yang menunggu" in await page.inner_text("main")
    assert page.complaints == []


async def test_a_message_that_comes_in_is_told_on_the_open_list(look: Look, desk: Desk) -> None:
    page = await look("sri")
    async with page.expect_response("**/console/events"):
        await page.goto("/console/pesan")
    await desk.mail(BRIDGE)
    await page.wait_for_function("document.querySelector('#waiting')")
    await desk.mention(FLOOD)

    await page.wait_for_selector("#live:not([hidden])", timeout=10000)

    assert "Daftar ini berubah." in await page.inner_text("#live")


async def test_an_unreadable_mail_shows_its_badge_and_gives_its_original(
    look: Look, desk: Desk, numbers: dict[str, str]
) -> None:
    page = await look("sri")
    await page.goto(f"/console/laporan/{numbers['unreadable']}")

    assert "Tak terbaca, lihat berkas asli" in await page.inner_text(".marks .bad")
    async with page.expect_download() as waiting:
        await page.click(".marks a[download]")
    download = await waiting.value

    assert download.suggested_filename == f"asli-{numbers['unreadable']}.eml"


async def test_a_folded_quote_opens(look: Look, desk: Desk, numbers: dict[str, str]) -> None:
    page = await look("sri")
    await page.goto(f"/console/laporan/{numbers['bridge']}")
    assert not await page.is_visible("text=Mohon lengkapi tempat kejadian.")

    await page.click("text=Tampilkan teks terkutip")

    assert await page.is_visible("text=Mohon lengkapi tempat kejadian.")


PAGES = {
    "waiting": "/console/pesan",
    "mail": "/console/laporan/{bridge}",
    "unreadable": "/console/laporan/{unreadable}",
    "deleted": "/console/laporan/{gone}",
    "marked_queue": "/console/laporan?tab=unverified",
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_of_what_came_is_accessible_and_fits(
    name: str, look: Look, desk: Desk, numbers: dict[str, str]
) -> None:
    page: Any = await look("sri")

    for size, dark in product((PHONE, DESKTOP), (False, True)):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await page.goto(PAGES[name].format(**numbers))
        await page.evaluate("document.querySelectorAll('details.fold').forEach((fold) => (fold.open = true))")
        await page.wait_for_load_state("networkidle")
        await shoot(page, f"{name}-{size['width']}{'-dark' if dark else ''}")

        assert await serious(page) == []
        assert await overflow(page) <= 0
    assert page.complaints == []
