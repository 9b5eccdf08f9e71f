"""The page behind a one-time link: each of its steps is accessible, fits a phone, and takes a hasty second click."""

from datetime import timedelta
from itertools import product
from typing import Any

from core import verification
from core.model.lifecycle import State
from tests.browser.conftest import DESKTOP, PHONE, shoot
from tests.browser.test_pages import overflow, serious
from tests.gateway.console.desk import Desk

QUESTION = "Di depan toko apa lubang itu, dan sejak kapan? Sebutkan patokan yang mudah dicari oleh petugas di lapangan."


async def asked(desk: Desk, token: str) -> None:
    """A report whose reporter has a link and, the first time, was asked something."""
    number, staff, office, now = desk.numbers["road"], desk.people["sri"], desk.parts.office, desk.clock.now()
    report = await desk.report(number)
    until = desk.parts.clock.now() + timedelta(minutes=30)
    await desk.write(lambda tx: tx.passes.add(token, report_id=report.id, until=until))
    if report.state is State.UNVERIFIED:
        await desk.write(lambda tx: verification.ask(tx, number, QUESTION, staff, office=office, now=now))


async def opened(browser: Any, desk: Desk, *, size: dict[str, int], dark: bool = False) -> Any:
    """A window of somebody who follows a link."""
    context = await browser.new_context(
        viewport=size, color_scheme="dark" if dark else "light", base_url=await desk.start()
    )
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


async def test_every_step_is_accessible_and_fits(browser: Any, desk: Desk) -> None:
    for count, (size, dark) in enumerate(product((PHONE, DESKTOP), (False, True))):
        token, name = f"{count:022d}", f"{size['width']}{'-dark' if dark else ''}"
        await asked(desk, token)
        page = await opened(browser, desk, size=size, dark=dark)

        async def check(step: str, page: Any = page, name: str = name) -> None:
            await shoot(page, f"answer-{step}-{name}")
            assert await serious(page) == []
            assert await overflow(page) <= 0

        await page.goto(f"/jawab/{token}")
        await check("door")
        await page.click("main button")
        await page.wait_for_selector("textarea")
        await check("form")
        await page.click("main button")
        await page.wait_for_selector("[role=alert]")
        await check("empty")
        await page.fill("textarea", "Di depan Toko Makmur, sejak Senin.")
        await page.click("main button")
        await page.wait_for_selector("[role=status]")
        await check("done")
        await page.goto(f"/jawab/{token}")
        await page.click("main button")
        await page.wait_for_selector("[role=alert]")
        await check("invalid")
        assert [said for said in page.complaints if "404" not in said and "422" not in said] == []


async def test_a_second_click_does_not_use_the_link_up(browser: Any, desk: Desk) -> None:
    await asked(desk, "k" * 22)
    page = await opened(browser, desk, size=PHONE)
    await page.goto(f"/jawab/{'k' * 22}")

    await page.dblclick("main button")

    await page.wait_for_selector("textarea")
    assert "Pertanyaan petugas" in await page.inner_text("main")
