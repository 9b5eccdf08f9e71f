"""A text as simple HTML: paragraphs, our own links, the reader's own colours. Nothing in it is fetched."""

import re
from html import escape
from typing import Final

PAGE: Final = (
    '<!DOCTYPE html>\r\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title></head>\r\n'
    '<body style="margin:0;padding:16px;font:16px/1.5 sans-serif;overflow-wrap:anywhere">'
    '<div style="max-width:36em">\r\n{body}\r\n</div></body></html>\r\n'
)
ABOVE: Final = '<p style="margin:0 0 16px;font-size:14px;opacity:.75">{}</p>'
PARAGRAPH: Final = '<p style="margin:0 0 16px">{}</p>'
GAP: Final = re.compile(r"\n\s*\n")
NO_LINK_END: Final = ".,;:!?)"


def to_html(text: str, *, title: str, above: str = "", links: str = "", language: str = "id") -> str:
    """A page of ``text``. ``above`` stands small over it. Addresses that begin with ``links`` become links; no other
    does: a link of ours around the words of others would vouch for where it leads.
    """
    paragraphs = [ABOVE.format(escape(above))] if above else []
    paragraphs += [PARAGRAPH.format(_lines(block, links)) for block in GAP.split(text.strip("\n"))]
    return PAGE.format(title=escape(title), language=escape(language), body="\r\n".join(paragraphs))


def _lines(block: str, links: str) -> str:
    return "<br>\r\n".join(_line(line, links) for line in block.split("\n"))


def _line(line: str, links: str) -> str:
    if not links or links not in line:
        return escape(line)
    pieces = re.split(rf"(?<![^\s(])({re.escape(links)}[^\s<>\"']*)", line)
    return "".join(_link(piece) if n % 2 else escape(piece) for n, piece in enumerate(pieces))


def _link(address: str) -> str:
    bare = address.rstrip(NO_LINK_END)
    return f'<a href="{escape(bare)}">{escape(bare)}</a>{escape(address[len(bare) :])}'
