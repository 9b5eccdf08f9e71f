"""When people are there, for a page that is about to open the chat."""

import msgspec
from aiohttp import web

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.wire.answers import HoursShown


async def show_hours(front: Front, request: web.Request) -> web.StreamResponse:
    """In the language of ``?lang=``."""
    shown = HoursShown(*front.visits.hours("en" if request.query.get("lang") == "en" else "id"))
    kept = {"Cache-Control": "public, max-age=60"}
    return web.Response(body=msgspec.json.encode(shown), content_type="application/json", headers=kept)
