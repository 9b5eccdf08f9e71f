"""The page behind a link that was given where everyone reads: it takes an answer and shows next to nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import ClientSession, CookieJar

from core.model.lifecycle import State
from core.model.message import Mark
from core.model.report import Event
from core.model.work import Outcome
from core.tracking import show
from tests.flow.rig import Town, number_in
from tests.flow.test_public_pages import PNG, Browser

QUESTION = "Pak Joko, di depan toko apa? Hubungi kami di 081234567890."
TOKEN = "kX3v-Jq9T2m0Lh7RzWcYbQ"
REPORTED = "Nama saya Joko Susilo. Jalan Raya Serang km 12 berlubang depan rumah saya."


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Browser(session, town.address)


async def reported(town: Town, *, asked: bool = True, token: str = TOKEN, lasts: timedelta = timedelta(1)) -> str:
    """The number of a report whose reporter was asked something and has a link."""
    number = number_in(await town.citizen().say(REPORTED))
    if asked:
        await town.ask(number, QUESTION)
    report, until = await town.report(number), town.parts.clock.now() + lasts
    await town.write(lambda tx: tx.passes.add(token, report_id=report.id, until=until))
    return number


async def test_an_answer_by_a_link_reaches_the_report(town: Town, browser: Browser) -> None:
    number = await reported(town)
    await browser.get(f"/jawab/{TOKEN}")
    opened = await browser.post(f"/jawab/{TOKEN}", {})
    assert "di depan toko apa?" in opened

    done = await browser.post("/jawab", {**browser.hidden(), "text": "Toko Makmur"}, {"toko.png": PNG})

    assert "Terima kasih" in done
    report = await town.report(number)
    assert report.state is State.INFORMATION_RECEIVED
    line = await town.read(lambda tx: tx.history.last(report.id, Event.ANSWERED))
    assert line
    assert (line.text, line.secret) == ("Toko Makmur", True)
    stored = await town.read(lambda tx: tx.messages.of_report(report.id))
    (answer,) = [each for each in stored if each.outcome is Outcome.ANSWER]
    assert answer.inbound.marks == (Mark.OTHER_ADDRESS,)
    assert [file.media_type for file in answer.inbound.attachments] == ["image/png"]


async def test_looking_at_a_link_does_not_use_it_up(town: Town, browser: Browser) -> None:
    await reported(town)

    pages = [await browser.get(f"/jawab/{TOKEN}") for _ in range(3)]

    assert browser.status == 200
    assert not any("toko" in page for page in pages)
    assert "di depan toko apa?" in await browser.post(f"/jawab/{TOKEN}", {})


async def test_a_link_shows_neither_the_report_nor_who_anybody_is(town: Town, browser: Browser) -> None:
    number = await reported(town)
    pin = await town.read(lambda tx: tx.reports.pin_of((tx.reports.find(number) or pytest.fail("no report")).id))

    pages = [
        await browser.get(f"/jawab/{TOKEN}"),
        await browser.post(f"/jawab/{TOKEN}", {}),
        await browser.post("/jawab", {**browser.hidden(), "text": ""}),
        await browser.post("/jawab", {**browser.hidden(), "text": "Toko Makmur"}),
    ]

    shown = " ".join(pages)
    assert show(number) in shown
    for hidden in ("berlubang", "Joko Susilo", "081234567890", "6281234567801", pin):
        assert hidden not in shown


@pytest.mark.parametrize("kind", ["wrong", "used", "old"])
async def test_a_link_that_is_no_good_looks_the_same_whatever_is_wrong(town: Town, browser: Browser, kind: str) -> None:
    await reported(town, lasts=timedelta(0) if kind == "old" else timedelta(1))
    if kind == "used":
        await browser.post(f"/jawab/{TOKEN}", {})

    page = await browser.post(f"/jawab/{TOKEN if kind != 'wrong' else TOKEN[::-1]}", {})

    assert browser.status == 404
    assert page == unescape(browser.page)
    assert "Tautan ini tidak berlaku" in page
    assert "<textarea" not in page
    assert TOKEN not in page


async def test_wrong_links_count_as_guesses(town: Town, browser: Browser) -> None:
    await reported(town)
    for number in range(10):
        await browser.post(f"/jawab/{number:022d}", {})

    await browser.post(f"/jawab/{TOKEN}", {})

    assert browser.status == 429


async def test_a_link_takes_one_answer(town: Town, browser: Browser) -> None:
    number = await reported(town)
    await browser.post(f"/jawab/{TOKEN}", {})
    carried = browser.hidden()

    first = await browser.post("/jawab", {**carried, "text": "Toko Makmur"})
    again = await browser.post("/jawab", {**carried, "text": "Toko Makmur"})
    other = await browser.post("/jawab", {**carried, "text": "Bukan, toko sebelah"})

    assert "Terima kasih" in first
    assert "Terima kasih" in again
    assert "tidak berlaku" in other
    await town.quiet()
    assert [text for event, text in await town.events(number) if event == Event.ANSWERED] == ["Toko Makmur"]


@pytest.mark.parametrize("ticket", ["", "00", "zz", "f" * 400])
async def test_a_ticket_that_we_never_gave_is_no_good(town: Town, browser: Browser, ticket: str) -> None:
    number = await reported(town)

    page = await browser.post("/jawab", {"ticket": ticket, "text": "Toko Makmur"})

    assert "tidak berlaku" in page
    assert (await town.report(number)).state is State.AWAITING_INFORMATION


async def test_an_empty_answer_is_asked_for_again_and_the_link_stays_open(town: Town, browser: Browser) -> None:
    await reported(town)
    await browser.post(f"/jawab/{TOKEN}", {})

    page = await browser.post("/jawab", {**browser.hidden(), "text": "  "})

    assert browser.status == 422
    assert "Tulis jawaban Anda dulu" in page
    assert "Terima kasih" in await browser.post("/jawab", {**browser.hidden(), "text": "Toko Makmur"})


async def test_where_nothing_is_asked_something_can_be_added(town: Town, browser: Browser) -> None:
    number = await reported(town, asked=False)

    page = await browser.post(f"/jawab/{TOKEN}", {})
    await browser.post("/jawab", {**browser.hidden(), "text": "Lubangnya makin besar"})

    assert "tidak ada pertanyaan" in page
    assert ("answered", "Lubangnya makin besar") in await town.events(number)
