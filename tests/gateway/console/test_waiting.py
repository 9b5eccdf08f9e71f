"""The list of messages that wait for a person: who sees it, what is decided there, and what it tells."""

import asyncio
import json
import re
from html import unescape

import pytest

from core.model.lifecycle import Role
from core.model.message import Mark
from core.model.report import Report
from core.model.work import Outcome
from gateway.console.app import GETS, POSTS, make_console
from tests.gateway.console.desk import Browser, Desk, Page
from tests.gateway.console.test_console_pages import ATTACKS, Inspector, filled_in

FLOOD = "Kak, di Kemang Pratama banjir setinggi lutut dari subuh @lapor1708"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
HERE = "/console/pesan"


async def outcome_of(desk: Desk, message_id: str) -> tuple[Outcome, str]:
    """What became of a message, and the note beside it."""
    stored = await desk.read(lambda tx: tx.messages.get(message_id))
    assert stored is not None
    return stored.outcome, stored.note


async def decide(browser: Browser, message_id: str, deed: str, **fields: str) -> Page:
    """Send one of the forms beside a message."""
    return await browser.send(f"{HERE}/{message_id}/{deed}", fields, page=HERE)


async def only(desk: Desk) -> Report:
    (report,) = await desk.reports()
    return report


async def test_a_message_is_shown_with_all_that_one_decides_by(desk: Desk) -> None:
    picture = await desk.keep(PNG, "image/png", "banjir.png")
    message = await desk.mention(
        FLOOD, context="@tetangga: sudah lapor?", attachments=(picture,), marks=(Mark.SENDER_DOUBTFUL,), title="Banjir"
    )
    browser = await desk.browser("sri")

    page = unescape((await browser.get(HERE)).text)

    for said in ("Banjir", FLOOD, "@warga_kemang", "Menyebut akun, tanpa tagar", "Pengirim meragukan"):
        assert said in page
    assert re.search(r"<details[^>]*>\s*<summary>.*?</summary><p[^>]*>@tetangga: sudah lapor\?", page)
    assert (await browser.get(f"{HERE}/{message}/gambar/{picture.id}")).headers["Content-Type"] == "image/png"
    assert (await browser.get(f"{HERE}/{message}/berkas/{picture.id}")).status == 200
    assert (await browser.get(f"{HERE}/{message}/berkas/{'0' * 32}")).status == 404
    original = await browser.get(f"{HERE}/{message}/asli")
    assert original.headers["Content-Type"] == "application/octet-stream"
    assert json.loads(original.text)["data"]["text"] == FLOOD


async def test_what_its_author_deleted_is_folded(desk: Desk) -> None:
    await desk.mention(FLOOD, marks=(Mark.DELETED,))

    page = (await (await desk.browser("sri")).get(HERE)).text

    assert FLOOD in unescape(page)
    assert FLOOD not in unescape(re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL))


async def test_one_click_makes_a_report(desk: Desk) -> None:
    message = await desk.mention(FLOOD)
    browser = await desk.browser("sri")

    done = await decide(browser, message, "laporan")

    report = await only(desk)
    assert (report.text, report.entered_by) == (FLOOD, "sri")
    assert (await outcome_of(desk, message))[0] is Outcome.REPORT
    assert "<dd>@warga_kemang</dd>" in (await browser.get(f"/console/laporan/{report.tracking_id}")).text
    page = (await browser.get(done.location)).text
    assert "Laporan dibuat." in page
    assert f'href="/console/laporan/{report.tracking_id}"' in page
    assert "Tidak ada pesan yang menunggu" in page


async def test_a_double_click_makes_one_report(desk: Desk) -> None:
    message = await desk.mention(FLOOD)
    browser = await desk.browser("sri")
    fields = await browser.form(HERE)

    first, second = await asyncio.gather(*(browser.post(f"{HERE}/{message}/laporan", fields) for _ in range(2)))

    assert first.location == second.location
    await only(desk)


async def test_who_comes_second_is_told_so(desk: Desk) -> None:
    await desk.hire("agus", Role.NATIONAL_ADMIN, "", "Agus Salim")
    message = await desk.mention(FLOOD)
    await desk.mention("Terima kasih @lapor1708")
    browsers = await desk.browser("sri"), await desk.browser("agus")
    await decide(browsers[0], message, "laporan")

    answer = await decide(browsers[1], message, "abaikan", reason="chatter")

    assert answer.status == 409
    assert "Pesan ini sudah diputuskan orang lain." in answer.text
    assert (await outcome_of(desk, message))[0] is Outcome.REPORT


async def test_a_message_is_added_to_a_report(desk: Desk) -> None:
    number = await desk.mail("Jembatan gantung di Desa Cibitung putus sejak banjir kemarin.")
    message = await desk.mention(FLOOD)
    browser = await desk.browser("sri")

    done = await decide(browser, message, "tambahkan", number=f"{number[:4]} {number[4:7]} {number[7:]}")

    assert done.location == f"{HERE}?selesai=attach&nomor={number}"
    assert (await outcome_of(desk, message))[0] is Outcome.ADDITION
    page = (await browser.get(f"/console/laporan/{number}")).text
    assert FLOOD in unescape(page)
    assert "Dari alamat lain" in page


@pytest.mark.parametrize(("deed", "fields"), [("tambahkan", {"number": "1234 567 890"}), ("abaikan", {"reason": "x"})])
async def test_what_cannot_be_done_changes_nothing(desk: Desk, deed: str, fields: dict[str, str]) -> None:
    message = await desk.mention(FLOOD)

    answer = await decide(await desk.browser("sri"), message, deed, **fields)

    assert answer.status == 422
    assert 'id="trouble"' in answer.text
    assert (await outcome_of(desk, message))[0] is Outcome.PARKED
    assert deed == "abaikan" or 'value="1234 567 890"' in answer.text


async def test_a_message_is_dismissed_with_a_reason(desk: Desk) -> None:
    message = await desk.mention(FLOOD)

    done = await decide(await desk.browser("sri"), message, "abaikan", reason="chatter")

    assert done.location == f"{HERE}?selesai=dismiss"
    assert await outcome_of(desk, message) == (Outcome.DISMISSED, "chatter sri")
    assert await desk.reports() == []


async def test_the_list_is_the_national_agencys(desk: Desk) -> None:
    message = await desk.mention(FLOOD)
    values = {"message": message, "file": "0" * 32}
    looking = [filled_in(path, values) for path, _ in GETS if path.startswith(HERE)]
    changing = [filled_in(path, values) for path, _ in POSTS if path.startswith(HERE)]

    for username in ("dewi", "budi", "rina"):
        browser = await desk.browser(username)
        csrf = (await browser.form("/console/"))["csrf"]

        assert len(looking) == 4
        assert len(changing) == 3
        assert {(await browser.get(path)).status for path in looking} == {403}
        assert {(await browser.post(path, {"csrf": csrf})).status for path in changing} == {403}
        assert HERE not in (await browser.get("/console/")).text
    assert (await outcome_of(desk, message))[0] is Outcome.PARKED


async def test_nothing_is_decided_without_the_token_of_the_session(desk: Desk) -> None:
    message = await desk.mention(FLOOD)
    browser = await desk.browser("sri")

    answers = [await browser.post(f"{HERE}/{message}/{deed}", {}) for deed in ("laporan", "tambahkan", "abaikan")]

    assert {answer.status for answer in answers} == {403}
    assert (await outcome_of(desk, message))[0] is Outcome.PARKED


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_a_stranger_writes_is_shown_as_text(desk: Desk, attack: str) -> None:
    await desk.mention(attack, title=attack, context=attack, route={"handle": attack})

    page = (await (await desk.browser("sri")).get(HERE)).text

    assert Inspector(page).found == []
    assert attack in unescape(page)


async def test_how_many_wait_stands_in_the_navigation_and_at_home(desk: Desk) -> None:
    await desk.mention(FLOOD)
    await desk.mention("Halo @lapor1708")
    browser = await desk.browser("sri")

    home = (await browser.get("/console/")).text

    assert '<b data-count="waiting">2</b>' in home
    assert re.search(r'href="/console/pesan"[^>]*><b>2</b><span>Pesan yang perlu dilihat', home)
    assert '"waiting": "2"' in (await browser.get("/console/hitungan")).text


async def test_open_pages_hear_that_something_waits(desk: Desk) -> None:
    live = make_console(desk.parts).live
    async with live.listen(desk.people["sri"]) as queue, asyncio.timeout(20):
        await desk.mail("Jembatan gantung di Desa Cibitung putus sejak banjir kemarin.")
        live.wake()
        before = await queue.get()
        await desk.mention(FLOOD)
        live.wake()
        look = await queue.get()

    assert before is not None
    assert look is not None
    assert not live.within_sight(before, desk.people["sri"]).waiting
    assert live.within_sight(look, desk.people["sri"]).waiting
    assert not live.within_sight(look, desk.people["dewi"]).waiting


async def test_many_are_shown_page_by_page(desk: Desk) -> None:
    for number in range(32):
        await desk.mention(f"Halo {number} @lapor1708")
    browser = await desk.browser("sri")

    first = (await browser.get(HERE)).text
    (more,) = re.findall(r'class="plain" href="([^"]*)"', first)
    second = (await browser.get(more)).text

    assert (first.count("data-row="), second.count("data-row=")) == (30, 2)
    assert (await browser.get(f"{HERE}?after=%00")).status == 404
