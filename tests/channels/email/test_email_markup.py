"""The HTML of a mail says what its text says, and nothing in it is the work of a stranger."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.email.sending.markup import to_html
from core.text import clean

PAGES = "https://lapor.example.go.id/"


class Seen(HTMLParser):
    """What a mail program makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.shown = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "background"}]
        self.shown += "\n" * (tag in {"br", "p"})

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_paragraphs_and_lines_stay_apart() -> None:
    seen = to_html("Nomor laporan 4821 093 756.\nSelesai.\n\nTerima kasih.", title="Selesai")

    assert "756.<br>\r\nSelesai.</p>" in seen
    assert seen.count("<p ") == 2
    assert "<title>Selesai</title>" in seen


@example('<img src=x onerror="alert(1)"> & <b>')
@given(st.text(max_size=200) | st.text("<>&\"'=/ \nabhrefscipt:", max_size=200))
def test_any_text_is_shown_and_never_obeyed(text: str) -> None:
    shown = clean(text).strip()

    seen = Seen(to_html(shown, title=shown, links=PAGES))

    assert seen.shown.split() == [*shown.split(), *shown.split()]
    assert seen.tags <= {"html", "head", "meta", "title", "body", "div", "p", "br"}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Lihat https://lapor.example.go.id/lacak.", ["https://lapor.example.go.id/lacak"]),
        ("(https://lapor.example.go.id/lacak?a=1&b=2)", ["https://lapor.example.go.id/lacak?a=1&b=2"]),
        ("- 4821\n  https://lapor.example.go.id/console/laporan/4821", [f"{PAGES}console/laporan/4821"]),
        ("https://lapor.example.go.id.penipu.example/", []),
        ("https://penipu.example/https://lapor.example.go.id/", []),
        ("https://penipu.example/", []),
        ('https://lapor.example.go.id/"onclick="x', ["https://lapor.example.go.id/"]),
    ],
)
def test_only_our_own_pages_become_links(text: str, links: list[str]) -> None:
    seen = Seen(to_html(text, title="", links=PAGES))

    assert seen.links == links
    assert seen.shown.split() == text.split()


def test_without_pages_of_ours_nothing_becomes_a_link() -> None:
    assert not Seen(to_html("https://lapor.example.go.id/", title="")).links


def test_nothing_is_fetched() -> None:
    page = to_html("Terima kasih.", title="", above="Tulis di atas", links=PAGES)

    assert not [word for word in ("url(", "src=", "<img", "<link", "<style", "<script", "@import") if word in page]
