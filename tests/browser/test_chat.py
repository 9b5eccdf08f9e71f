"""A visitor of a ministry's site, the gateway behind a line that can be cut, and an operator: the whole of a chat.

``LAPOR_TEST_OFFLINE=30`` makes the loss of the network half a minute.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from channels.chat.webchat.wire.tokens import address_of, read_token
from core import attending
from core.attending import Saying
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.talk import Author, Owner, Talk
from core.model.talk import Line as Said
from core.testing.clocks import MONDAY_MORNING
from tests.browser.chat_peer import Site, open_site
from tests.browser.conftest import DESKTOP, PHONE, shoot
from tests.browser.test_pages import overflow, serious
from tests.browser.test_widget import FIELD, ROAD, make_picture, shown, write
from tests.flow.line import Line
from tests.flow.postfix import free_port
from tests.flow.rig import GatewayProcess, Town, number_in, open_town, until, write_config

OFFLINE = float(os.environ.get("LAPOR_TEST_OFFLINE", "5"))
KILLS = min(int(os.environ.get("LAPOR_TEST_KILLS", "1")), 12)
PATIENCE = 40.0
RINA = Staff(new_id(), "rina", Role.CHAT_OPERATOR, "", MONDAY_MORNING, name="Rina")


@dataclass
class Street:
    """The gateway, the line that leads to it, and a site that it allows."""

    town: Town
    line: Line
    site: Site
    browser: Any

    async def visitor(self, url: str = "", *, size: dict[str, int] = PHONE, **given: Any) -> Any:
        """Somebody who opens the site's page, or another one."""
        context = await self.browser.new_context(viewport=size, reduced_motion="reduce", **given)
        page = await context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        await page.goto(url or self.site.url)
        await page.wait_for_selector("lapor-chat .launcher")
        return page

    async def talk(self, page: Any) -> Talk:
        """The one of this browser."""
        found = await self._find(page)
        assert found is not None
        return found

    async def _find(self, page: Any) -> Talk | None:
        key = self.town.parts.settings.channels["webchat"].token_key.reveal().encode()  # type: ignore[attr-defined]
        written = await page.evaluate("localStorage['lapor-chat.token'] ?? ''")
        if not written:
            return None
        token = read_token(key, written, now=datetime.now(UTC), lasts=timedelta(days=1))
        return await self.town.read(lambda tx: tx.talks.find(address_of(key, token)))

    async def lines(self, page: Any) -> Sequence[Said]:
        """Everything that the store has of the talk."""
        talk = await self._find(page)
        return await self.town.read(lambda tx: tx.talks.lines(talk.id, after=0, limit=500)) if talk else ()

    async def agree(self, page: Any) -> None:
        """Wait until the visitor sees exactly what the store has, in its order."""

        async def same() -> bool:
            texts = [line.text for line in await self.lines(page) if line.text]
            return [text.replace(" Salin", "") for text in await shown(page)] == texts != []

        await until(same, limit=PATIENCE)

    async def operator(self, page: Any, text: str) -> None:
        """Rina says something."""
        chat, saying = (await self.talk(page)).chat, Saying(new_id(), text)
        office, now = self.town.parts.office, self.town.parts.clock.now()
        await self.town.write(lambda tx: attending.keep(tx, RINA, office=office, now=now))
        await self.town.write(lambda tx: attending.speak(tx, chat, saying, RINA, office=office, now=now))


@pytest.fixture
async def street(browser: Any, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """All of it; the bot asks at once."""
    async with Line("", 0) as line, open_site(f"http://127.0.0.1:{line.port}") as site:
        chosen = {"allowed_origins": [site.url], "pause_seconds": 0.3}
        served = {"port": 0, "public_url": site.gateway}
        mails = {"listen_port": 0, "relay_url": f"smtp://127.0.0.1:{free_port()}", "from": "lapor@lapor.example"}
        changed = {"webchat": chosen, "http": served, "email": mails}
        async with open_town(tmp_path, sqlite_url, changed) as town:
            host, _, port = town.address.removeprefix("http://").partition(":")
            line.lead(host, int(port))
            await town.parts.store.write(lambda tx: tx.people.add(RINA))
            yield Street(town, line, site, browser)


async def hears(page: Any, text: str) -> None:
    """Wait for words of the other side."""
    await (
        page.locator("lapor-chat .theirs, lapor-chat .note")
        .filter(has_text=text)
        .last.wait_for(timeout=PATIENCE * 1000)
    )


async def test_a_visitor_loses_the_network_and_nothing_else(street: Street) -> None:
    page = await street.visitor()
    await write(page, ROAD)
    await hears(page, "?")
    photo = await make_picture(page, 400, 300)
    await page.set_input_files("lapor-chat [type=file]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo})
    await page.wait_for_selector("lapor-chat .tray img")
    await write(page, "Ini fotonya")
    await street.agree(page)
    await page.wait_for_selector("lapor-chat .mine .file img")

    await street.line.cut()
    await page.context.set_offline(True)
    await page.wait_for_selector("lapor-chat .status:has-text('Tidak ada jaringan')")
    offline_since = asyncio.get_running_loop().time()
    await write(page, "Ditulis tanpa jaringan, pertama", "Ditulis tanpa jaringan, kedua")
    await shoot(page, "chat-offline-360")
    await asyncio.sleep(OFFLINE - (asyncio.get_running_loop().time() - offline_since))  # the network is away this long
    assert len([line for line in await street.lines(page) if line.author is Author.VISITOR]) == 2
    await street.line.mend()
    await page.context.set_offline(False)
    await page.locator("lapor-chat .mine .meta").filter(has_text="terkirim").nth(3).wait_for()

    await write(page, "KIRIM")
    await page.wait_for_selector("lapor-chat .number", timeout=PATIENCE * 1000)
    await street.agree(page)
    said = [line.text for line in await street.lines(page) if line.author is Author.VISITOR]
    assert said == [ROAD, "Ini fotonya", "Ditulis tanpa jaringan, pertama", "Ditulis tanpa jaringan, kedua", "KIRIM"]
    report = await street.town.report(number_in(await page.inner_text("lapor-chat .number >> nth=0")))
    assert len(report.attachments) == 1
    assert "Ditulis tanpa jaringan, kedua" in report.text
    await shoot(page, "chat-number-360")
    assert page.complaints == [] or all("ERR_" in said for said in page.complaints)


async def test_a_person_answers_across_a_broken_line_and_is_rated(street: Street) -> None:
    town, office = street.town, street.town.parts.office
    page = await street.visitor()
    await write(page, "PETUGAS")
    await page.wait_for_selector("text=Menunggu petugas")
    chat = (await street.talk(page)).chat
    await town.write(lambda tx: attending.take(tx, chat, RINA, office=office, now=town.parts.clock.now()))
    await page.wait_for_selector("text=Anda berbicara dengan Rina")
    await street.operator(page, "Selamat siang, ada yang bisa dibantu?")
    await write(page, ROAD)
    await street.agree(page)

    for round_ in range(2):
        await street.line.cut()
        await write(page, f"Kata pengunjung {round_}")
        await street.operator(page, f"Kata petugas {round_}")
        await street.line.mend()
        await hears(page, f"Kata petugas {round_}")
    await street.agree(page)
    await town.write(lambda tx: attending.see(tx, chat, 99, RINA, office=office, now=town.parts.clock.now()))
    await page.locator("lapor-chat .mine .meta").filter(has_text="dibaca").nth(3).wait_for()
    await shoot(page, "chat-with-person-360")
    await town.write(lambda tx: attending.close(tx, chat, RINA, office=office, now=town.parts.clock.now()))
    await page.get_by_label("5 dari 5").check()
    await page.fill("lapor-chat form textarea", "Cepat")
    await page.get_by_role("button", name="Kirim").first.click()
    await page.wait_for_selector("lapor-chat .said:has-text('Terima kasih')")

    rated = await town.read(lambda tx: tx.chats.get(chat))
    assert rated is not None
    assert (rated.rating, rated.remark) == (5, "Cepat")
    assert (await street.talk(page)).owner is Owner.BOT
    said = [line.text for line in await street.lines(page) if line.author is Author.VISITOR]
    assert sorted(said) == sorted(["PETUGAS", ROAD, *(f"Kata pengunjung {n}" for n in range(2))])
    await street.agree(page)


@pytest.mark.timeout(120 + 30 * KILLS)
async def test_a_gateway_that_is_killed_loses_no_word(browser: Any, sqlite_url: str, tmp_path: Path) -> None:
    port, mine = free_port(), "lapor-chat .mine"
    async with Line("127.0.0.1", port) as line, open_site(f"http://127.0.0.1:{line.port}") as site:
        changed = {"webchat": {"allowed_origins": [site.url], "pause_seconds": 0.3}, "http": {"port": port}}
        config = write_config(tmp_path, database_url=sqlite_url, changed=changed)
        async with GatewayProcess(config, "serve") as gateway:
            await gateway.address()
            page = await (await browser.new_context(viewport=PHONE)).new_page()
            await page.goto(site.url)
            written = [ROAD]
            await write(page, ROAD)
            await hears(page, "?")

            for kill in range(KILLS):
                await write(page, f"Sebelum mati {kill}")
                await gateway.kill()
                await write(page, f"Ketika mati {kill}")
                await gateway.start()
                written += [f"Sebelum mati {kill}", f"Ketika mati {kill}"]
                sent = page.locator(f"{mine} .meta").filter(has_text="terkirim")
                await sent.nth(len(written) - 1).wait_for(timeout=PATIENCE * 1000)
            await page.reload()
            await page.click("lapor-chat .launcher")
            await sent.nth(len(written) - 1).wait_for(timeout=PATIENCE * 1000)

            assert sorted(await page.locator(f"{mine} .text").all_inner_texts()) == sorted(written)


async def test_the_menu_does_what_it_says(street: Street) -> None:
    page = await street.visitor()
    await write(page, ROAD)
    await street.agree(page)

    async def choose(name: str) -> None:
        await page.click("lapor-chat [aria-expanded]")
        await page.get_by_role("button", name=name).click()

    await choose("Lanjut di SMS")
    code = await page.inner_text("lapor-chat .card .number b")
    await choose("salinan ke e-mail")
    await page.fill("lapor-chat [type=email]", "siti.rahmawati@example.com")
    await page.press("lapor-chat [type=email]", "Enter")
    await page.wait_for_selector("text=Terkirim. Terima kasih.")
    before = await street.talk(page)
    await choose("Lupakan saya")
    await page.get_by_role("button", name="Hapus").click()

    async def is_revoked() -> bool:
        found = await street.town.read(lambda tx: tx.talks.get(before.id))
        return found is not None and found.revoked_at is not None

    await until(is_revoked)
    mailed = await street.town.read(lambda tx: tx.figures.outbox())
    assert any(channel == "email" for channel, _ in mailed)
    assert code.startswith("LANJUT ")
    assert await page.evaluate("Object.keys(localStorage).length") == 0


async def test_a_site_that_is_not_allowed_gets_no_chat(street: Street) -> None:
    async with open_site(street.site.gateway) as other:
        page = await street.visitor(other.url)

        await write(page, ROAD)
        await page.wait_for_selector("lapor-chat .status a[href='sms:1708']", timeout=PATIENCE * 1000)

        assert any(f"does not accept chats from {other.url}" in said for said in page.complaints)
        assert await page.evaluate("localStorage['lapor-chat.token']") is None


async def test_the_demo_page_shows_a_chat_that_works(street: Street) -> None:
    for size, dark in product((PHONE, DESKTOP), (False, True)):
        page = await street.visitor(
            f"{street.site.gateway}/widget-demo", size=size, color_scheme="dark" if dark else "light"
        )
        for path in ("privasi", "widget-demo"):
            await page.goto(f"{street.site.gateway}/{path}")
            await shoot(page, f"{path}-{size['width']}{'-dark' if dark else ''}")
            assert await serious(page) == []
            assert await overflow(page) <= 0

    await write(page, ROAD)
    await hears(page, "?")

    await street.agree(page)
    await shoot(page, "demo-chat-1280-dark")
    assert [said for said in page.complaints if "404" not in said] == []
    assert await page.get_attribute(FIELD, "placeholder") == "Tulis pesan…"
