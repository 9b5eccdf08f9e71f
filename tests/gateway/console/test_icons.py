"""Pages name only icons that there are: a browser shows an empty place for another, and complains of nothing."""

import re

from gateway.console.assets import FOLDER
from gateway.console.pages import TEMPLATES

NAMED = re.compile(r'\bicon\("([a-z-]+)"|nav_link\("[a-z]+", "[^"]*", "([a-z-]+)"')


def test_every_icon_that_a_page_names_is_there() -> None:
    there = set(re.findall(r'<symbol id="([a-z-]+)"', (FOLDER / "icons.svg").read_text(encoding="utf-8")))
    pages = [page.read_text(encoding="utf-8") for page in TEMPLATES.rglob("*.html")]
    named = {first or second for page in pages for first, second in NAMED.findall(page)}

    assert "channel-webchat" in named
    assert named - there - {"channel-"} == set()
