"""The operators' desk in browsers: who contends for a chat, whose browser dies, what the visitor reads."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from core.model.talk import CannedAnswer
from tests.browser.conftest import DESKTOP, PHONE, Look, shoot
from tests.browser.test_pages import overflow, serious
from tests.flow.rig import until
from tests.gateway.console.chatters import LEASE, Chatter, chat, hire_operators, pass_by
from tests.gateway.console.desk import Desk

HERE = "/console/obrolan"
PICTURE = Path(__file__).parents[2] / "gateway" / "console" / "static" / "icon-192.png"
LIMIT = 60_000


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With two operators."""
    await hire_operators(desk)
    return desk


async def at_desk(look: Look, username: str, **given: Any) -> Any:
    """Their page, connected."""
    page = await look(username, **given)
    page.set_default_timeout(LIMIT)
    await page.goto(HERE)
    await page.wait_for_selector("#linked", state="hidden")
    return page


async def takes(page: Any) -> None:
    """The next one, and sees their words."""
    await page.wait_for_selector("#waiting-list .take")
    await page.click("#next button")
    await page.wait_for_selector(".talk-line.visitor")


async def test_two_operators_contend_for_one_chat(look: Look, desk: Desk) -> None:
    ayu, joko = await at_desk(look, "ayu"), await at_desk(look, "joko")
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    for page in (ayu, joko):
        await page.wait_for_selector("#waiting-list .take")
    # Joko's page hears nothing more, so that it offers what is taken already.
    await joko.evaluate("window.stop()")
    await joko.route("**/aliran*", lambda route: route.abort())

    await takes(ayu)
    await joko.click("#waiting-list .take")
    await joko.wait_for_selector("#trouble:not([hidden])")

    assert "Ayu Wulandari" in await joko.inner_text("#trouble")
    assert (await chat(desk, chat_id)).taken_by == "ayu"
    assert await visitor.heard() == ["chat_taken"]


async def test_the_chat_of_a_dead_browser_is_taken_by_another(look: Look, desk: Desk) -> None:
    ayu, joko = await at_desk(look, "ayu"), await at_desk(look, "joko")
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await takes(ayu)
    await ayu.context.close()

    await pass_by(desk, LEASE)
    await takes(joko)
    await joko.fill("#words", "Selamat pagi, saya lanjutkan.")
    await joko.keyboard.press("Enter")
    await joko.wait_for_selector(".talk-line.operator:not(.pending)")

    assert (await chat(desk, chat_id)).taken_by == "joko"
    assert await visitor.heard() == ["chat_taken", "chat_returned", "chat_taken", "Selamat pagi, saya lanjutkan."]
    assert joko.complaints == []


async def test_a_page_that_slept_cannot_write_and_keeps_the_words(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu")
    visitor = Chatter(desk)
    await visitor.call()
    await takes(ayu)
    await ayu.route("**/denyut", lambda route: route.abort())
    await ayu.fill("#words", "Maaf, tadi terputus. Saya cek dulu.")

    await pass_by(desk, LEASE)
    await ayu.wait_for_selector("#trouble:not([hidden])")
    await ayu.click("#composer button.primary")
    await until(lambda: ayu.evaluate("document.querySelector('#trouble').textContent.includes('kembali ke antrean')"))

    assert await ayu.input_value("#words") == "Maaf, tadi terputus. Saya cek dulu."
    assert await visitor.heard() == ["chat_taken", "chat_returned"]


async def test_words_go_both_ways_and_survive_a_break(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu")
    visitor = Chatter(desk)
    await visitor.call()
    await takes(ayu)
    await visitor.say("Jalan di depan SDN 3 berlubang <b>besar</b>")
    await ayu.wait_for_selector("text=berlubang <b>besar</b>")

    await ayu.context.set_offline(True)
    await ayu.fill("#words", "Sejak kapan, Bapak/Ibu?")
    await ayu.keyboard.press("Enter")
    await ayu.wait_for_selector(".talk-line.pending")
    for number in range(3):
        await visitor.say(f"Tambahan {number}")
    await ayu.context.set_offline(False)
    await ayu.wait_for_selector(".talk-line.operator:not(.pending)")
    await ayu.wait_for_selector("text=Tambahan 2")

    shown = await ayu.eval_on_selector_all(".talk-line", "lines => lines.map((line) => Number(line.dataset.seq))")
    assert shown == list(range(1, len(shown) + 1)), "every line once, in order"
    assert (await visitor.heard()).count("Sejak kapan, Bapak/Ibu?") == 1


async def test_who_comes_back_to_the_desk_has_the_same_talk_open(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu")
    visitor = Chatter(desk)
    await visitor.call()
    await ayu.wait_for_selector(".sections [data-count=chats]:not([hidden])")
    await takes(ayu)
    await ayu.wait_for_selector(".sections [data-count=chats]", state="hidden")
    await ayu.fill("#words", "Saya cek dulu")

    await ayu.goto("/console/")
    await ayu.go_back()

    await ayu.wait_for_selector(".talk-line.visitor")
    assert await ayu.input_value("#words") == "Saya cek dulu"
    await ayu.reload()
    await ayu.wait_for_selector(".talk-line.visitor")
    assert ayu.complaints == []


async def test_a_report_is_made_of_the_talk(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu")
    visitor = Chatter(desk)
    picture = await desk.keep(PICTURE.read_bytes(), "image/png", "lubang.png")
    await visitor.call()
    await takes(ayu)
    await visitor.say("Jalan di depan SDN 3 Serpong berlubang", picture)
    await ayu.wait_for_selector(".talk-line.visitor .files img")
    await until(lambda: ayu.evaluate("document.querySelector('.files img').naturalWidth > 0"))

    await ayu.keyboard.press("Escape")
    await ayu.click("#to-report")
    await ayu.wait_for_selector("#report-form[open]")
    filled = await ayu.input_value("#report-text")
    await ayu.fill("#report-title", "Jalan berlubang di Serpong")
    await ayu.check("input[name=secret]")
    await shoot(ayu, "desk-report-1280")
    assert await serious(ayu) == []
    await ayu.click("#reporting button[type=submit]")
    await ayu.wait_for_selector("#done:not([hidden])")

    report = next(report for report in await desk.reports() if report.channel == "webchat")
    assert "Jalan di depan SDN 3 Serpong berlubang" in filled
    assert (report.title, report.secret, report.reporter) == ("Jalan berlubang di Serpong", True, visitor.address)
    assert report.attachments == (picture,)
    said = await ayu.inner_text("#done")
    assert report.tracking_id[-3:] in said
    assert await ayu.is_visible("#reported")
    assert ayu.complaints == []


async def test_a_canned_answer_is_found_by_its_shortcut(look: Look, desk: Desk) -> None:
    answer = CannedAnswer("ab" * 16, "salam", "Selamat pagi, ada yang bisa kami bantu?")
    await desk.write(lambda tx: tx.canned_answers.save(answer))
    ayu = await at_desk(look, "ayu")
    visitor = Chatter(desk)
    await visitor.call()
    await takes(ayu)
    await ayu.wait_for_selector("#answers button")

    await ayu.focus("#words")
    await ayu.keyboard.type("/sa")
    await ayu.wait_for_selector("#canned:not([hidden]) [role=option]")
    await ayu.keyboard.press("Enter")
    await ayu.keyboard.press("Enter")
    await ayu.wait_for_selector(".talk-line.operator:not(.pending)")

    assert (await visitor.heard())[-1] == answer.text


async def test_a_chat_is_closed_from_a_phone(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu", size=PHONE)
    visitor = Chatter(desk)
    await visitor.call()
    await takes(ayu)
    await ayu.click("[data-view-to=about]")
    await ayu.click("#to-close")
    await ayu.click("#closing button[type=submit]")
    await ayu.wait_for_selector("#waiting-empty:not([hidden])")
    await ayu.wait_for_selector("#mine-empty:not([hidden])")

    assert await visitor.heard() == ["chat_taken", "chat_closed"]
    assert ayu.complaints == []


async def test_the_desk_is_accessible_and_fits(look: Look, desk: Desk) -> None:
    ayu = await at_desk(look, "ayu")
    picture = await desk.keep(PICTURE.read_bytes(), "image/png", "lubang.png")
    for number in range(3):
        await Chatter(desk, number + 10).say("Kapan KTP saya jadi? Sudah enam bulan menunggu.")
        await Chatter(desk, number + 10).call()
    visitor = Chatter(desk, 10)
    await desk.write(
        lambda tx: tx.canned_answers.save(CannedAnswer("cd" * 16, "jam", "Kami melayani 08.00-16.00 WIB."))
    )
    await takes(ayu)
    await visitor.say("Jalan raya di depan sekolah anak saya rusak parah, setiap hujan tergenang. " * 4, picture)
    await ayu.wait_for_selector(".talk-line img")
    await ayu.fill("#words", "Terima kasih sudah menghubungi kami.")
    await ayu.keyboard.press("Enter")
    await ayu.wait_for_selector(".talk-line.operator:not(.pending)")

    for size, dark in product((PHONE, DESKTOP), (False, True)):
        await ayu.set_viewport_size(size)
        await ayu.emulate_media(color_scheme="dark" if dark else "light")
        for place in ("list", "talk", "about"):
            await ayu.evaluate(f"document.querySelector('#desk').dataset.view = '{place}'")
            await shoot(ayu, f"desk-{place}-{size['width']}{'-dark' if dark else ''}")
            assert await serious(ayu) == []
            assert await overflow(ayu) <= 0
    assert ayu.complaints == []


@pytest.mark.parametrize(
    ("username", "path", "name"), [("sri", f"{HERE}/jawaban", "answers"), ("rina", f"{HERE}/selesai", "ended")]
)
async def test_the_pages_around_the_desk_are_accessible_and_fit(
    look: Look, desk: Desk, username: str, path: str, name: str
) -> None:
    await Chatter(desk).call()
    await pass_by(desk, desk.parts.office.rules.chat_patience * 2)
    await desk.write(
        lambda tx: tx.canned_answers.save(CannedAnswer("cd" * 16, "jam", "Kami melayani 08.00-16.00 WIB."))
    )
    page = await look(username)

    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        answer = await page.goto(path)
        assert answer.status == 200
        await page.wait_for_selector("td")
        await shoot(page, f"desk-{name}-{size['width']}")

        assert await serious(page) == []
        assert await overflow(page) <= 0
