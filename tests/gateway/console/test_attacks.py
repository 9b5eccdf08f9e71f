"""What somebody with bad intent tries in the console, as a citizen or as a colleague of another agency."""

import asyncio
import random
from functools import partial

import pytest

from core import matching
from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.lifecycle import Role
from core.model.message import Address, Inbound
from core.model.work import LinkDecision
from core.testing.builders import a_link
from core.tracking import show
from gateway.runner import run_due
from tests.gateway.console.desk import Desk


async def test_long_texts_that_differ_everywhere_hold_nobody_up(filled: Desk) -> None:
    number, chance = filled.numbers["road"], random.Random(7)
    said, corrected = (" ".join(chance.choices("abcdefgh", k=10_000)) for _ in range(2))
    await filled.change(number, original_text=f"Jalan {said} rusak", text=f"Jalan {corrected} rusak")
    browser = await filled.browser("sri")

    async with asyncio.timeout(5):
        page = await browser.get(f"/console/laporan/{number}")

    assert f"Jalan <del>{said}</del> rusak" in page.text.replace("</del><del>", "")
    assert f"<ins>{corrected}</ins> rusak" in page.text


@pytest.mark.parametrize("hidden", ["anonymous", "secret"])
async def test_the_author_of_a_tweet_is_hidden_with_their_name(filled: Desk, hidden: str) -> None:
    number = filled.numbers["puskesmas"]
    url = "https://x.com/siti_rahmawati/status/1985240000000000000"
    await filled.change(number, source="tweet", source_url=url, reporter_name="@siti_rahmawati", **{hidden: True})
    path = f"/console/laporan/{number}"
    officer, admin = await filled.browser("budi"), await filled.browser("sri")

    for page in (path, f"/console/formulir/hasil/{number}"):
        assert "siti_rahmawati" not in (await officer.get(page)).text
        assert "siti_rahmawati" not in (await admin.get(page)).text
    shown = await admin.send(f"{path}/identitas", {"reason": "Dihubungi penyidik Polres"}, page=path)
    assert url in shown.text


async def test_a_chat_operator_finds_no_report_by_its_copy(filled: Desk) -> None:
    await filled.hire("wati", Role.CHAT_OPERATOR, "kemenkes", "Wati Susanti")
    number = filled.numbers["puskesmas"]
    await filled.change(number, copies=("kemenkes",))
    operator, officer = await filled.browser("wati"), await filled.browser("tono")

    assert number not in (await operator.get("/console/laporan?copies=1")).text
    assert (await operator.get(f"/console/laporan?q={number}")).status == 200
    assert number in (await officer.get("/console/laporan?copies=1")).text


async def test_a_copy_is_not_found_by_the_reporters_telephone(filled: Desk) -> None:
    await filled.hire("agus", Role.AGENCY_ADMIN, "kemenkes", "Agus Salim")
    number = filled.numbers["puskesmas"]
    await filled.change(number, copies=("kemenkes",))
    admin = await filled.browser("agus")

    assert number in (await admin.get("/console/laporan?copies=1")).text
    assert number not in (await admin.get("/console/laporan?copies=1&q=081234567901")).text
    assert number in (await (await filled.browser("dewi")).get("/console/laporan?q=081234567901")).text


async def text_in(desk: Desk, text: str, number: str) -> None:
    """A citizen texts something that is no new report."""
    sender, now = Address("tel", number), desk.clock.now()
    message = Inbound("sms", new_id(), sender, now, text, connection="telkomsel", route={"short_code": "1708"})
    offers, office = [Offer(message, "sms/telkomsel")], desk.parts.office
    await desk.write(lambda tx: accept_all(tx, offers, office=office, now=now))
    await run_due(desk.parts.bench)


@pytest.mark.parametrize("written", ["BALAS {} {} Lubangnya makin dalam", "BALAS {} PIN {} Lubangnya makin dalam"])
async def test_the_pin_that_a_citizen_writes_is_not_shown(filled: Desk, written: str) -> None:
    report = await filled.report(filled.numbers["road"])
    pin = await filled.read(lambda tx: tx.reports.pin_of(report.id))
    await text_in(filled, written.format(report.tracking_id, pin), "6281234567801")

    page = await (await filled.browser("sri")).get(f"/console/laporan/{report.tracking_id}")

    assert "Lubangnya makin dalam" in page.text
    assert pin not in page.text


async def test_a_repeat_of_another_agency_is_neither_named_nor_decided(filled: Desk) -> None:
    await filled.hire("agus", Role.AGENCY_ADMIN, "kemenkes", "Agus Salim")
    first, second = await filled.report(filled.numbers["puskesmas"]), await filled.report(filled.numbers["lampu"])
    await filled.change(first.tracking_id, agency="kemenkes")
    link = a_link(first.id, report_id=second.id, decision=LinkDecision.SUGGESTED)
    confirm = partial(matching.decide_link, confirmed=True)
    await filled.write(lambda tx: tx.links.add(link))
    await filled.do(confirm, second.tracking_id, link.id)
    browser, path = await filled.browser("agus"), f"/console/laporan/{first.tracking_id}"

    page = await browser.get(path)
    refused = await browser.send(f"{path}/tautan/{link.id}", {"decision": "undo"}, page=path)
    above = await (await filled.browser("sri")).get(path)

    assert page.status == 200
    assert show(second.tracking_id) not in page.text
    assert "/tautan/" not in page.text
    assert show(second.tracking_id) in above.text
    assert refused.status == 409
    assert (await filled.report(second.tracking_id)).duplicate_of == first.id


BROKEN = [
    (b"--x\r\nSiti Rahmawati", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\nSiti Rahmawati\r\n--x--", "multipart/form-data; boundary=x"),
    (b"text=%ff\xff", "application/x-www-form-urlencoded; charset=utf-7"),
]


@pytest.mark.parametrize(("body", "kind"), BROKEN)
async def test_a_broken_body_is_a_bad_request_everywhere(
    filled: Desk, caplog: pytest.LogCaptureFixture, body: bytes, kind: str
) -> None:
    browser, number = await filled.browser("sri"), filled.numbers["road"]
    headers = {"Content-Type": kind, "X-CSRF-Token": (await browser.form("/console/"))["csrf"]}
    paths = (f"/console/laporan/{number}/aksi/verify", "/console/massal", "/console/bahasa", "/lapor", "/lacak")

    for path in paths:
        assert (await browser.post(path, body, **headers)).status == 400

    assert "Siti" not in caplog.text


async def test_a_browser_is_not_subscribed_by_a_form(filled: Desk) -> None:
    browser = await filled.browser("sri")

    page = await browser.send("/console/pemberitahuan/langganan", {"endpoint": "https://x.id"}, page="/console/")

    assert page.status == 400
