"""Every page is accessible, fits its window and complains of nothing: axe-core over all of them, light and dark."""

import json
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.browser.conftest import DESKTOP, PHONE, Look, shoot
from tests.gateway.console.desk import Desk

PAGES = {
    "home": ("dewi", "/console/"),
    "queue": ("sri", "/console/laporan?tab=unverified"),
    "in_process": ("sri", "/console/laporan?tab=in_process"),
    "requests": ("dewi", "/console/laporan?tab=requests"),
    "empty": ("budi", "/console/laporan?tab=archive"),
    "verify": ("sri", "/console/laporan/{lampu}"),
    "follow_up": ("budi", "/console/laporan/{puskesmas}"),
    "request": ("dewi", "/console/laporan/{banjir}"),
    "process": ("dewi", "/console/laporan/{sampah}"),
    "archive": ("sri", "/console/laporan/{road}?aksi=archive"),
    "supervised": ("rina", "/console/laporan/{ktp}"),
    "account": ("sri", "/console/akun"),
    "staff": ("sri", "/console/pengguna"),
    "new_staff": ("sri", "/console/pengguna/baru"),
    "agencies": ("sri", "/console/instansi"),
    "forms": ("sri", "/console/formulir"),
    "letter": ("sri", "/console/formulir/letter"),
    "missing": ("tono", "/console/laporan/{road}"),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_and_fits(name: str, look: Look, desk: Desk) -> None:
    username, path = PAGES[name]
    page = await look(username)
    page.complaints.clear()

    for size, dark in product((PHONE, DESKTOP), (False, True)):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await page.goto(path.format(**desk.numbers))
        await page.wait_for_load_state("load")
        await shoot(page, f"{name}-{size['width']}{'-dark' if dark else ''}")

        assert await serious(page) == []
        assert await overflow(page) <= 0
    assert [said for said in page.complaints if "404" not in said] == []


async def serious(page: Any) -> list[str]:
    """What axe-core finds that keeps somebody from working."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {json.dumps([node['target'] for node in one['nodes']][:4])} {_why(one)}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def _why(found: dict[str, Any]) -> str:
    return str(found["nodes"][0]["failureSummary"])[:300]


async def overflow(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
