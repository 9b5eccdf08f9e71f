"""``/chat/transkrip``: what was said in a talk, behind a link that its visitor asked for by e-mail."""

import re
from http import HTTPStatus

from aiohttp import web

from gateway.public.front import Front

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
PAGE = "transcript.html"
HIDDEN = {"X-Robots-Tag": "noindex, nofollow"}


async def show_transcript(front: Front, request: web.Request) -> web.StreamResponse:
    """A link that is wrong, one that is too old and one of a talk that was taken back look alike."""
    token = request.match_info["token"]
    found = await front.open_transcript(token) if TOKEN.fullmatch(token) else None
    if found is None:
        return front.pages.show(PAGE, status=HTTPStatus.NOT_FOUND, transcript=None, lines=())
    transcript, lines = found
    page = front.pages.show(PAGE, transcript=transcript, lines=lines)
    page.headers.update(HIDDEN)
    return page
