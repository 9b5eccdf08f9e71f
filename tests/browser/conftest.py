"""A Chromium that Playwright drives, and the console it looks at."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REQUIRED
from tests.gateway.console.desk import PASSWORD, Desk, fill, open_desk

playwright_api: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed: make setup")

ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
SHOTS = Path(__file__).parents[2] / "var" / "shots"
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}

Look = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's; without it the tests are skipped, where it is required they fail."""
    found = shutil.which("chromium")
    if found is None:
        said = "there is no chromium on this machine: apt-get install chromium"
        if REQUIRED:
            pytest.fail(said, pytrace=False)
        pytest.skip(said)
    return found


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """An ordinary morning's reports."""
    async with open_desk(tmp_path, sqlite_url) as opened:
        opened.numbers = await fill(opened)
        yield opened


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Any]:
    """One browser; its windows are the test's."""
    async with playwright_api.async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        await opened.close()


@pytest.fixture
def look(browser: Any, desk: Desk) -> Look:
    """Open a window in which somebody is logged in. What the page complains of in its console fails the test."""

    async def open_window(username: str, *, size: dict[str, int] = DESKTOP, dark: bool = False) -> Any:
        address = await desk.start()
        context = await browser.new_context(
            viewport=size, color_scheme="dark" if dark else "light", base_url=address, reduced_motion="reduce"
        )
        page = await context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        await page.goto("/console/login")
        await page.fill("#username", username)
        await page.fill("#password", PASSWORD)
        await page.click("main button[type=submit]")
        await page.wait_for_url("**/console/**")
        return page

    return open_window


async def shoot(page: Any, name: str) -> None:
    """Keep a picture for a person to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
