"""What staff see of replies that everyone reads: both pieces, before they are sent and after."""

import re

from core.ids import new_id
from core.model.message import Address, Inbound
from gateway.runner import run_due
from tests.gateway.console.desk import Desk

TWEET = "Jembatan gantung Desa Cibadak putus sejak Senin, anak sekolah menyeberang sungai"
QUESTION = "Di dusun mana jembatan itu, Pak Slamet?"


async def tweeted(desk: Desk) -> str:
    """The tracking number of a report made on X."""
    tweet = Inbound(
        channel="twitter",
        connection="main",
        external_id=new_id(),
        sender=Address("x", "1459223872"),
        received_at=desk.clock.now(),
        text=TWEET,
        route={"tweet": "1861", "mentions_us": "1"},
    )
    await desk.receive(tweet)
    await run_due(desk.parts.bench)
    return next(report.tracking_id for report in await desk.reports() if report.original_text == TWEET)


async def test_a_preview_shows_what_everyone_reads_and_what_the_reporter_alone_does(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), await tweeted(filled)
    form = await browser.form(f"/console/laporan/{number}?aksi=hold_incomplete")

    page = await browser.post(f"/console/laporan/{number}/pratinjau/hold_incomplete", form | {"words": QUESTION})

    public, private = re.findall(r'<p class="said-text">(.*?)</p>', page.text, re.DOTALL)
    assert "Pak Slamet" not in public
    assert "lewat pesan langsung" in public
    assert QUESTION in private
    assert [page.text.count(words) for words in ("dibaca semua orang", "hanya dibaca pelapor")] == [1, 1]


async def test_the_history_shows_both_pieces_without_the_pin(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), await tweeted(filled)

    page = await browser.get(f"/console/laporan/{number}")

    assert "PIN Anda kami kirim lewat pesan langsung" in page.text
    assert "PIN Anda ••••••" in page.text
    assert "hanya dibaca pelapor" in page.text


async def test_a_one_time_link_is_not_shown_to_staff(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), await tweeted(filled)
    asking = Inbound(
        channel="twitter",
        connection="main",
        external_id=new_id(),
        sender=Address("x", "1459223872"),
        received_at=filled.clock.now(),
        text="TAUTAN",
        route={"tweet": "1862", "mentions_us": "1"},
    )
    await filled.receive(asking)

    page = await browser.get(f"/console/laporan/{number}")

    assert "/jawab/…" in page.text
    assert not re.search(r"/jawab/[A-Za-z0-9_-]", page.text)
