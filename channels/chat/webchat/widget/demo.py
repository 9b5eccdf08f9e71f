"""``/widget-demo``: a page like that of a ministry's information office, with the chat and the line to copy."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parent / "demo_page"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {socket}; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SNIPPET: Final = '<script src="{pages}widget.js" async data-lang="id"></script>'
NEEDED: Final = "script-src {site}; connect-src {site} {socket}; img-src blob:"


def demo_routes(pages: str) -> Sequence[web.RouteDef]:
    """``pages``: where our own pages are, with a slash at the end; what site owners copy names it."""
    site = pages.rstrip("/")
    socket = site.replace("http", "ws", 1)
    snippet, policy = SNIPPET.format(pages=pages), NEEDED.format(site=site, socket=socket)
    text = (FOLDER / "page.html").read_text("utf-8")
    page = text.replace("{snippet}", escape(snippet)).replace("{policy}", escape(policy)).encode()
    style = (FOLDER / "page.css").read_bytes()
    headers = {"Content-Security-Policy": POLICY.format(socket=socket), "Cache-Control": "no-cache"}

    async def show(_request: web.Request) -> web.Response:
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)

    async def give_style(_request: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", charset="utf-8", headers={"Cache-Control": "no-cache"})

    return [web.get("/widget-demo", show), web.get("/widget-demo/page.css", give_style)]
