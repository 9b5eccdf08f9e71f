"""``/widget.js``: our sources put together in their order, served small and asked for again only when they change."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from channels.chat.webchat.widget.squeeze import squeeze_script, squeeze_style

SOURCE = Path(__file__).parent / "source"
ORDER = ("settings", "words", "keeping", "link", "talk", "files", "parts", "lines", "cards", "panel", "start")
CACHING = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Script:
    """The script as it goes out. ``tag`` is its ETag."""

    plain: bytes
    packed: bytes
    tag: str


def build_script() -> Script:
    """Read the sources and put them together."""
    style = squeeze_style((SOURCE / "widget.css").read_text("utf-8"))
    parts = [(SOURCE / f"{name}.js").read_text("utf-8") for name in ORDER]
    body = squeeze_script("\n".join([f"const STYLE = {json.dumps(style, ensure_ascii=False)};", *parts]))
    plain = f'(()=>{{"use strict";\n{body}\n}})();\n'.encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:16])


def script_routes() -> Sequence[web.RouteDef]:
    """``/widget.js``. Any site may load it; whether its pages may chat is decided at the socket."""
    script = build_script()

    async def give(request: web.Request) -> web.Response:
        headers = {
            "Cache-Control": CACHING,
            "ETag": f'"{script.tag}"',
            "Vary": "Accept-Encoding",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if any(known.value == script.tag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=script.plain, content_type="text/javascript", charset="utf-8", headers=headers)
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=script.packed, content_type="text/javascript", charset="utf-8", headers=headers)

    return [web.get("/widget.js", give)]
