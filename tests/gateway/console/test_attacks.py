"""What somebody with bad intent tries in the console, as a citizen or as a colleague of another agency."""

import asyncio
import random

from tests.gateway.console.desk import Desk


async def test_long_texts_that_differ_everywhere_hold_nobody_up(filled: Desk) -> None:
    number, chance = filled.numbers["road"], random.Random(7)  # noqa: S311 - to mix, not to hide
    said, corrected = (" ".join(chance.choices("abcdefgh", k=10_000)) for _ in range(2))
    await filled.change(number, original_text=f"Jalan {said} rusak", text=f"Jalan {corrected} rusak")
    browser = await filled.browser("sri")

    async with asyncio.timeout(5):
        page = await browser.get(f"/console/laporan/{number}")

    assert f"Jalan <del>{said}</del> rusak" in page.text.replace("</del><del>", "")
    assert f"<ins>{corrected}</ins> rusak" in page.text
