"""A visitor on the real web chat, an operator in a browser, one whole gateway between them."""

from pathlib import Path
from typing import Any

import aiohttp

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.talk import Ending
from core.passwords import hash_password
from core.testing.clocks import MONDAY_MORNING
from tests.browser.conftest import DESKTOP
from tests.channels.chat.webchat.chat_rig import Page
from tests.flow.rig import Town, open_town, until
from tests.gateway.console.desk import PASSWORD

LIMIT = 60_000


async def visitor_of(town: Town, client: aiohttp.ClientSession) -> Page:
    """Somebody on our own site who opened the chat."""
    page = Page(await client.ws_connect(f"{town.address}/chat/ws", headers={"Origin": town.address}))
    await page.send(t="hello", v=1, token=None, after=0)
    await page.until(lambda: page.of("welcome"))
    return page


async def operator_of(town: Town, browser: Any) -> Any:
    """Ayu at the desk."""
    staff = Staff(
        new_id(), "ayu", Role.CHAT_OPERATOR, "nasional", MONDAY_MORNING, "Ayu Wulandari", hash_password(PASSWORD)
    )
    await town.parts.store.write(lambda tx: tx.people.add(staff))
    page = await (await browser.new_context(viewport=DESKTOP, base_url=town.address)).new_page()
    page.set_default_timeout(LIMIT)
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    await page.goto("/console/login?next=/console/obrolan")
    await page.fill("#username", "ayu")
    await page.fill("#password", PASSWORD)
    await page.click("main button[type=submit]")
    await page.wait_for_selector("#linked", state="hidden")
    return page


def said_to(page: Page, author: str) -> list[str]:
    """The texts that the visitor's page shows of somebody."""
    return [line["text"] for line in page.of("line") if line["from"] == author]


async def test_words_typing_reading_and_rating_go_both_ways(browser: Any, sqlite_url: str, tmp_path: Path) -> None:
    async with open_town(tmp_path, sqlite_url) as town, aiohttp.ClientSession() as client:
        ayu, visitor = await operator_of(town, browser), await visitor_of(town, client)
        await visitor.say("PETUGAS")

        await ayu.wait_for_selector("#waiting-list .take")
        await ayu.click("#next button")
        await visitor.until(lambda: any(state["state"] == "person" for state in visitor.of("state")))
        await visitor.say("Jalan di depan SDN 3 berlubang")
        await ayu.wait_for_selector(".talk-line.visitor >> text=Jalan di depan SDN 3 berlubang")
        await visitor.send(t="typing")
        await until(lambda: ayu.evaluate("document.querySelector('#typing').textContent !== ''"), limit=30)
        await ayu.fill("#words", "Baik, sejak kapan?")
        await visitor.until(lambda: visitor.of("typing"))
        await ayu.keyboard.press("Enter")
        await visitor.until(lambda: "Baik, sejak kapan?" in said_to(visitor, "operator"))
        await visitor.until(lambda: visitor.of("seen"))
        await ayu.click("#to-report")
        await ayu.click("#reporting button[type=submit]")
        await visitor.until(lambda: any("PIN" in text for text in said_to(visitor, "bot")))
        await ayu.click("#to-close")
        await ayu.click("#closing button[type=submit]")
        await visitor.until(lambda: visitor.of("rate"))
        await visitor.send(t="rate", stars=5, remark="Cepat")
        await visitor.until(lambda: visitor.of("done"))

        shown = await ayu.eval_on_selector_all(".talk-line", "lines => lines.length")
        chats = await town.read(lambda tx: tx.chats.ended(limit=5))
        operator = next(state for state in visitor.of("state") if state["state"] == "person")
        by = {line.get("by") for line in visitor.of("line") if line["from"] == "operator"}
        assert shown == 0, "what is over is put away"
        assert visitor.seqs == list(range(1, len(visitor.seqs) + 1))
        assert (operator["operator"], by) == ("Ayu Wulandari", {"Ayu Wulandari"})
        assert [(chat.ending, chat.rating, chat.remark) for chat in chats] == [(Ending.CLOSED, 5, "Cepat")]
        assert ayu.complaints == []
