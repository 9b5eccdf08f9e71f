"""The words of an HTML body. Linear in its length, whatever is nested in it, and nothing that was said is lost."""

import re
from html.parser import HTMLParser
from itertools import islice
from typing import Final

LONGEST: Final = 2 * 1024 * 1024
MOST_PICTURES: Final = 100
PICTURE: Final = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,([A-Za-z0-9+/=\s%]*+)", re.IGNORECASE)
DEEPEST_QUOTE: Final = 10
MOST_OPEN: Final = 100
LONGEST_LINK: Final = 2000
RULE: Final = "_" * 32
OPENING: Final = re.compile(r"<!--|<(script|style|title|template)\b[^<>]*>|<[!?][^<>]*>", re.IGNORECASE)
CLOSING: Final = {
    name: re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE) for name in ("script", "style", "title", "template")
} | {"<!--": re.compile("-->")}
NO_TAG: Final = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")
SPACES: Final = re.compile(r"[ \t\r\n\f\xa0]+")
LINE_END: Final = re.compile(r"\r\n?|\n")
UNSEEN: Final = re.compile("[\u00ad\u200b\u034f\ufeff]")
SCHEME: Final = re.compile(r"^(?:https?://|mailto:|tel:)(?:www\.)?", re.IGNORECASE)
A_FILE: Final = re.compile(r"\.(?:png|jpe?g|gif|bmp|webp|svg)$", re.IGNORECASE)
LEADS_SOMEWHERE: Final = re.compile(r"(?:https?|ftp|mailto|tel):", re.IGNORECASE)

LISTS: Final = frozenset({"ul", "ol"})
PARAGRAPHS: Final = frozenset({"p", "blockquote", "dl", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}) | LISTS
LINES: Final = re.compile(
    r"address|article|aside|body|caption|center|dd|dir|div|dt|fieldset|figcaption|figure|footer|form|header|hr|html"
    r"|legend|li|main|menu|nav|option|section|select|tbody|tfoot|thead|tr"
)


def read_html(markup: str, *, longest: int = LONGEST) -> str:
    """Lines as a reader sees them: quotes begin with ``> ``, items with ``- ``, links show where they lead.

    At most what ``longest`` letters of markup say, comments and styles not counted.
    """
    reader = _Reader()
    reader.feed(prepared(markup)[:longest])
    reader.close()
    return reader.text()


def split_pictures(markup: str) -> tuple[str, tuple[str, ...]]:
    """The markup without the pictures that stand in it as base64, and those: at most 100."""
    if "data:image" not in markup:
        return markup, ()
    pictures = tuple(match[1] for match in islice(PICTURE.finditer(markup), MOST_PICTURES))
    return PICTURE.sub("", markup), pictures


def prepared(markup: str) -> str:
    """Complete tags and text only: ``html.parser`` takes quadratic time over marks that never end."""
    return NO_TAG.sub("&lt;", _without_hidden(markup) if OPENING.search(markup) else markup)


def _without_hidden(markup: str) -> str:
    """Without comments, declarations, scripts and styles. One that is never closed loses its opening alone."""
    kept, at = [], 0
    unclosed: set[str] = set()
    for opening in OPENING.finditer(markup):
        if opening.start() < at:
            continue
        kept.append(markup[at : opening.start()])
        at = opening.end()
        name = "<!--" if opening[0] == "<!--" else (opening[1] or "").lower()
        if name and name not in unclosed:
            closing = CLOSING[name].search(markup, at)
            at = closing.end() if closing else at
            if closing is None:
                unclosed.add(name)
    return "".join([*kept, markup[at:]])


class _Reader(HTMLParser):
    """Follows the tags. All it remembers of what is open are counts and short stacks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._said = False
        self._quotes = 0
        self._preformatted = 0
        self._lists: list[int | None] = []
        self._link = ""
        self._link_text: list[str] = []

    def text(self) -> str:
        """What was read."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _is_block(tag):
            self._end_line(apart=tag in PARAGRAPHS and not (tag in LISTS and self._lists))
        if tag == "br":
            self._end_line(forced=True)
        elif tag in {"td", "th"}:
            self._add("\t")
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._preformatted += 1
        elif tag in LISTS:
            self._open_list(tag)
        elif tag in {"li", "a", "img", "hr"}:
            self._mark(tag, {name: value or "" for name, value in attrs})
        elif "@" in tag or tag.startswith(("http:", "https:")):
            self.handle_data(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in {"br", "hr", "img", "td", "th", "li"}:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._close_link()
        if not _is_block(tag):
            return
        self._end_line()
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag in LISTS and self._lists:
            self._lists.pop()
        self._end_line(apart=tag in PARAGRAPHS and not (tag in LISTS and self._lists))

    def handle_data(self, data: str) -> None:
        if self._preformatted:
            first, *others = LINE_END.split(data)
            self._add(first)
            for line in others:
                self._end_line(forced=True)
                self._add(line)
        else:
            data = SPACES.sub(" ", UNSEEN.sub("", data))
            self._add(data if self._said and not self._line[-1].endswith((" ", "\t")) else data.lstrip(" "))
        if self._link and len(self._link_text) < MOST_OPEN:
            self._link_text.append(data)

    def _add(self, words: str) -> None:
        if words:
            self._line.append(words)
            self._said = True

    def _end_line(self, *, apart: bool = False, forced: bool = False) -> None:
        """End the line there is. ``apart`` leaves one empty line, ``forced`` ends an empty line too."""
        prefix = "> " * min(self._quotes, DEEPEST_QUOTE)
        line = "".join(self._line)
        line = line.rstrip() if self._preformatted else line.strip()
        if line:
            self._lines.append(prefix + line)
        elif forced:
            self._leave_empty(prefix)
        self._line, self._said = [], False
        if apart:
            self._leave_empty(prefix)

    def _leave_empty(self, prefix: str) -> None:
        prefix = prefix.rstrip()
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(prefix)
        elif self._lines and len(prefix) < len(self._lines[-1]):
            self._lines[-1] = prefix

    def _open_list(self, tag: str) -> None:
        if len(self._lists) < MOST_OPEN:
            self._lists.append(0 if tag == "ol" else None)

    def _mark(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "li":
            self._add(self._item())
        elif tag == "hr":
            self._add(RULE)
            self._end_line()
        elif tag == "img":
            words = attributes.get("alt", "")
            self.handle_data("" if A_FILE.search(words) else words)
        else:
            self._close_link()
            self._link, self._link_text = attributes.get("href", "").strip()[:LONGEST_LINK], []

    def _item(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "  " * max(0, len(self._lists[:DEEPEST_QUOTE]) - 1) + "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _close_link(self) -> None:
        link, self._link = self._link, ""
        words = "".join(self._link_text).strip()
        if words and LEADS_SOMEWHERE.match(link) and _bare(link) != _bare(words):
            self._add(f" ({link.removeprefix('mailto:')})")


def _bare(link: str) -> str:
    return SCHEME.sub("", link).rstrip("/").casefold()


def _is_block(tag: str) -> bool:
    return tag in PARAGRAPHS or LINES.fullmatch(tag) is not None
