"""What is done in the console: each action once, and everything that can get in between."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from core import handling, verification
from core.model.lifecycle import State
from core.model.report import Event
from core.model.work import LinkDecision, LinkKind, OutboxState
from core.ports import Tx
from core.testing.builders import a_link
from tests.gateway.console.desk import Browser, Desk, Page

UNIT = "Dinas Lingkungan Hidup Kota Bekasi"
VERIFY = {
    "title": "Jalan berlubang di Serpong",
    "text": "Jalan Raya Serpong KM 7 berlubang sedalam 30 cm.",
    "classification": "complaint",
    "category": "pekerjaan-umum",
    "tags": "jalan, lubang",
    "place": "Serpong",
    "occurred_on": "2026-03-01",
    "priority": "1",
    "agency": UNIT,
    "copies": "Dinas Perhubungan Kota Bekasi",
    "programme": "Infrastruktur",
}


async def act(browser: Browser, number: str, deed: str, fields: dict[str, str]) -> Page:
    """Fill in the form of an action and send it."""
    path = f"/console/laporan/{number}"
    return await browser.send(f"{path}/aksi/{deed}", fields, page=f"{path}?aksi={deed}")


async def test_the_verify_form_holds_all_ten_steps(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), filled.numbers["road"]

    page = await act(browser, number, "verify", VERIFY)
    report = await filled.report(number)

    assert page.location == f"/console/laporan/{number}?selesai=verify"
    assert report.state is State.VERIFIED
    assert (report.title, report.text, report.tags) == (VERIFY["title"], VERIFY["text"], ("jalan", "lubang"))
    assert (report.place, report.priority, report.priority_programme) == ("Serpong", True, "Infrastruktur")
    assert report.agency == "kota-bekasi-dinas-lingkungan-hidup"
    assert report.copies == ("kota-bekasi-dinas-perhubungan",)
    shown = (await browser.get(page.location)).text
    assert "Laporan diverifikasi dan didisposisikan." in shown
    assert "<del>" in shown


async def test_each_request_is_made_and_decided(filled: Desk) -> None:
    officer, admin, number = await filled.browser("budi"), await filled.browser("sri"), filled.numbers["sampah"]
    words = {"words": "Sudah tuntas menurut kami."}

    for asked, granted in (
        ("request_hold", "hold_clock"),
        ("request_release", "release_clock"),
        ("request_close", "close"),
    ):
        assert (await act(officer, number, asked, words)).status == 303
        assert "Permintaan" in (await admin.get(f"/console/laporan/{number}")).text
        assert (await act(admin, number, granted, words)).status == 303
    assert (await filled.report(number)).state is State.CLOSED_BY_ADMIN
    assert (await act(officer, number, "request_reopen", words)).status == 303
    assert (await act(admin, number, "reject_request", words)).status == 303
    assert (await filled.report(number)).request is None


async def test_a_stale_page_is_told_what_changed_and_loses_nothing(filled: Desk) -> None:
    browser, number = await filled.browser("budi"), filled.numbers["puskesmas"]
    form = await browser.form(f"/console/laporan/{number}?aksi=follow_up")
    await filled.do(handling.intervene, number, "Segera dijawab.", by="dewi")

    answer = {"kind": "substantive", "words": "Puskesmas kini buka sampai pukul 14."}
    page = await browser.post(f"/console/laporan/{number}/aksi/follow_up", form | answer)
    again = await browser.post(
        f"/console/laporan/{number}/aksi/follow_up",
        {"csrf": form["csrf"], **dict(re.findall(r'name="(token|version|seen)" value="([^"]*)"', page.text)), **answer},
    )

    assert page.status == 409
    assert "Laporan berubah saat Anda menulis." in page.text
    assert "dewi: Intervensi" in page.text
    assert "Puskesmas kini buka sampai pukul 14.</textarea>" in page.text
    assert again.status == 303
    assert (await filled.report(number)).state is State.FOLLOWED_UP


async def test_two_clicks_answer_once_and_show_the_same(filled: Desk) -> None:
    browser, number = await filled.browser("budi"), filled.numbers["puskesmas"]
    form = await browser.form(f"/console/laporan/{number}?aksi=follow_up")
    fields = form | {"kind": "substantive", "words": "Sudah kami tegur."}
    path = f"/console/laporan/{number}/aksi/follow_up"

    pages = await asyncio.gather(*(browser.post(path, fields) for _ in range(3)))
    later = await browser.post(path, fields | {"token": "proses-lain"})

    assert {page.location for page in (*pages, later)} == {f"/console/laporan/{number}?selesai=follow_up"}
    report = await filled.report(number)
    history = await filled.read(lambda tx: tx.history.of(report.id))
    assert sum(entry.event is Event.FOLLOWED_UP for entry in history) == 1


async def test_a_claimed_report_is_not_taken_from_its_holder(filled: Desk) -> None:
    number = filled.numbers["road"]
    await filled.do(verification.claim, number, by="sri")
    await filled.change(number, agency="kota-bekasi")
    browser = await filled.browser("dewi")

    page = await act(browser, number, "verify", VERIFY)

    assert page.status == 409
    assert "sedang dikerjakan orang lain" in page.text
    assert VERIFY["title"] in page.text
    assert (await filled.report(number)).state is State.UNVERIFIED


async def test_claim_next_and_release(filled: Desk) -> None:
    browser = await filled.browser("sri")

    taken = await browser.send("/console/laporan/berikut", {}, page="/console/laporan")
    number = filled.numbers["lampu"]
    given_back = await browser.send(f"/console/laporan/{number}/lepas", {}, page=f"/console/laporan/{number}")

    assert taken.location == f"/console/laporan/{number}?selesai=claim"
    assert given_back.status == 303
    assert (await filled.report(number)).claimed_by == ""


async def test_an_answer_brings_files_that_are_what_they_say(filled: Desk) -> None:
    browser, number = await filled.browser("budi"), filled.numbers["puskesmas"]
    path = f"/console/laporan/{number}"
    form = await browser.form(f"{path}?aksi=follow_up")

    async def send(content: bytes, name: str) -> Page:
        data = aiohttp.FormData(quote_fields=False)
        data.add_fields(*(form | {"kind": "substantive", "words": "Lihat foto.", "token": name}).items())
        data.add_field("files", content, filename=name, content_type="image/png")
        return await browser.post(f"{path}/aksi/follow_up", data)

    refused = await send(b"MZ\x00\x01\x02\xff", "foto.png")
    taken = await send(b"\x89PNG\r\n\x1a\n" + bytes(40), "../../foto <b>.png")

    assert refused.status == 422
    assert "Lampiran ditolak" in refused.text
    assert taken.status == 303
    assert "foto &lt;b&gt;.png" in (await browser.get(path)).text


async def test_the_preview_is_what_is_sent(filled: Desk) -> None:
    browser, number = await filled.browser("budi"), filled.numbers["puskesmas"]
    path = f"/console/laporan/{number}"
    form = await browser.form(f"{path}?aksi=follow_up")
    fields = form | {"kind": "substantive", "words": "Puskesmas sudah kami tegur & jadwal dipasang."}

    preview = await browser.post(f"{path}/pratinjau/follow_up", fields)
    before = await filled.report(number)
    await browser.post(f"{path}/aksi/follow_up", fields)
    replies = await filled.read(lambda tx: tx.outbox.of_report(before.id))
    sent = next(reply for reply in replies if reply.event == "follow_up")

    assert before.state is State.VERIFIED
    assert sent.outbound.text.replace("&", "&amp;") in preview.text
    assert "segmen" in preview.text
    assert f"{len(sent.outbound.text)} karakter" in preview.text


async def test_an_unfinished_form_has_no_preview_yet(filled: Desk) -> None:
    browser, number = await filled.browser("budi"), filled.numbers["puskesmas"]
    form = await browser.form(f"/console/laporan/{number}?aksi=follow_up")

    preview = await browser.post(f"/console/laporan/{number}/pratinjau/follow_up", form | {"words": ""})

    assert "Pratinjau balasan muncul setelah isian lengkap." in preview.text


async def test_several_reports_are_archived_and_each_result_is_told(filled: Desk) -> None:
    browser, numbers = await filled.browser("sri"), filled.numbers
    form = await browser.form("/console/laporan")
    picked = [f"{numbers[name]}:{(await filled.report(numbers[name])).version}" for name in ("road", "mohon")]
    await filled.change(numbers["mohon"], priority=True)
    fields: list[tuple[str, str]] = [("csrf", form["csrf"]), ("deed", "archive"), *(("pick", pick) for pick in picked)]

    asked = await browser.post("/console/massal", fields)
    token = re.findall(r'name="token" value="([^"]+)"', asked.text)[0]
    sure = [*fields, ("sure", "1"), ("token", token), ("reason", "unclear"), ("words", "Mohon tulis tempatnya.")]
    done = await browser.post("/console/massal", sure)
    again = await browser.post("/console/massal", sure)

    assert "Arsipkan 2 laporan" in asked.text
    assert (await filled.report(numbers["road"])).state is State.ARCHIVED_BY_ADMIN
    assert (await filled.report(numbers["mohon"])).state is State.UNVERIFIED
    assert "Laporan diarsipkan." in done.text
    assert "Laporan berubah. Buka dulu laporan ini" in done.text
    assert re.sub("token.*", "", again.text) == re.sub("token.*", "", done.text)


@pytest.mark.parametrize("decision", ["confirm", "undo"])
async def test_a_suggested_repeat_is_confirmed_or_not(filled: Desk, decision: str) -> None:
    first, second = await filled.report(filled.numbers["road"]), await filled.report(filled.numbers["mohon"])
    link = a_link(first.id, report_id=second.id, decision=LinkDecision.SUGGESTED)
    await filled.write(lambda tx: tx.links.add(link))
    browser, path = await filled.browser("sri"), f"/console/laporan/{second.tracking_id}"

    page = await browser.send(f"{path}/tautan/{link.id}", {"decision": decision}, page=path)
    decided = await filled.read(lambda tx: tx.links.get(link.id))

    assert page.status == 303
    assert decided is not None
    assert decided.kind is LinkKind.SAME_EVENT
    assert decided.decision is (LinkDecision.CONFIRMED if decision == "confirm" else LinkDecision.UNDONE)
    assert (await filled.report(second.tracking_id)).duplicate_of == (first.id if decision == "confirm" else "")


@pytest.mark.parametrize(
    ("state", "words"), [(OutboxState.UNKNOWN, "Hasil tidak diketahui"), (OutboxState.FAILED, "Gagal")]
)
async def test_where_a_reply_is_now_stands_in_the_history(filled: Desk, state: OutboxState, words: str) -> None:
    report = await filled.report(filled.numbers["road"])

    def attempt(tx: Tx) -> bool:
        reply = tx.outbox.of_report(report.id)[0]
        lease, now = timedelta(seconds=60), filled.clock.now()
        tx.outbox.claim(channel="sms", connection="telkomsel", owner="uji", now=now, lease=lease, limit=50)
        return tx.outbox.save(replace(reply, state=state, attempts=3), owner="uji")

    assert await filled.write(attempt)
    page = await (await filled.browser("sri")).get(f"/console/laporan/{report.tracking_id}")

    assert words in page.text
    assert "3 kali percobaan" in page.text


async def test_open_pages_hear_of_what_changes_within_their_sight(filled: Desk) -> None:
    own, other = await filled.browser("budi"), await filled.browser("tono")
    number = filled.numbers["puskesmas"]

    async with own.client.get("/console/events") as mine, other.client.get("/console/events") as theirs:
        await asyncio.gather(mine.content.readuntil(b"\n\n"), theirs.content.readuntil(b"\n\n"))
        filled.clock.forward(timedelta(seconds=30))
        await filled.do(handling.intervene, number, "Segera dijawab.", by="dewi")
        async with asyncio.timeout(10):
            told = json.loads((await mine.content.readuntil(b"\n\n")).removeprefix(b"data: "))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await theirs.content.readuntil(b"\n\n")

    assert told == {"new": [], "changed": {number: (await filled.report(number)).version}, "waiting": False}


async def test_one_person_cannot_listen_without_end(filled: Desk) -> None:
    browser = await filled.browser("budi")
    streams = [await browser.client.get("/console/events") for _ in range(6)]

    refused = await browser.get("/console/events")
    for stream in streams:
        stream.close()

    assert refused.status == 503


async def test_the_counts_are_those_of_the_tabs(filled: Desk) -> None:
    page = await (await filled.browser("sri")).get("/console/hitungan")

    assert json.loads(page.text)["unverified"] == "3"
