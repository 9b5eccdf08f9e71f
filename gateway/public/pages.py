"""How a public page is made: templates, headers, static files."""

import hashlib
import secrets
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.model.report import Event
from core.office import Office
from core.replies import show_date
from core.tracking import show

FOLDER = Path(__file__).parent
STATIC = {"lapor.css": "text/css", "lapor.js": "text/javascript", "icon.svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; connect-src 'self'"
)
PRIVATE = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class Pages:
    """Renders the templates of one deployment."""

    def __init__(self, office: Office) -> None:
        loader = FileSystemLoader(FOLDER / "templates")
        self._environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        zone = ZoneInfo(office.terms.timezone)
        self._environment.filters |= {
            "number": show,
            "day": lambda moment: show_date(moment.astimezone(zone)),
            "event": lambda event: office.replies.event_label(Event(event)),
            "moment": lambda moment: f"{show_date(moment.astimezone(zone))}, {moment.astimezone(zone):%H.%M}",
        }
        self._environment.globals |= {"static": static_address, "token": lambda: secrets.token_hex(16)}

    def show(
        self,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        **facts: Any,
    ) -> web.Response:
        """One page. What concerns a citizen is kept by nobody in between."""
        body = self._environment.get_template(template).render(facts)
        return web.Response(text=body, status=status, content_type="text/html", charset="utf-8", headers=PRIVATE)


@lru_cache
def _content(name: str) -> tuple[bytes, str]:
    content = (FOLDER / "static" / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def static_address(name: str) -> str:
    """Where a file stands; another content has another address, so that it may be kept for ever."""
    return f"/public/{_content(name)[1]}/{name}"


def static_routes() -> Sequence[web.RouteDef]:
    """The few files there are; nothing else is reachable."""
    return [web.get("/public/{version}/{name}", _static)]


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    content, version = _content(name)
    headers = FOR_EVER if request.match_info["version"] == version else {"Cache-Control": "no-cache"}
    return web.Response(body=content, content_type=STATIC[name], charset="utf-8", headers=headers)
