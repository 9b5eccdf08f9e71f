"""The routes of the public pages."""

import secrets
from collections.abc import Sequence
from time import monotonic

from aiohttp import web

from channels.api.wire.front import Visitors
from core.channel import Intake
from gateway.bootstrap import Parts
from gateway.counter import Counter
from gateway.lobby import Lobby
from gateway.public import answering, reporting, tracking
from gateway.public.front import Front, guarded
from gateway.public.pages import Pages, static_routes
from gateway.public.transcripts import show_transcript

HANDED_IN_PER_MINUTE = 20


def public_routes(parts: Parts, intake: Intake, desk: Counter, lobby: Lobby) -> Sequence[web.RouteDef]:
    """The pages and their files. Forms are handed in as the JSON API's are."""
    limits = parts.settings.limits
    front = Front(
        office=parts.office,
        pages=Pages(parts.office),
        intake=intake,
        desk=desk,
        open_pass=desk.open_pass,
        open_transcript=lobby.transcript,
        vault=parts.vault,
        visitors=Visitors(HANDED_IN_PER_MINUTE, clock=monotonic),
        now=parts.clock.now,
        new_id=lambda: secrets.token_hex(16),
        most_files=limits.max_attachments,
        largest_file=limits.max_attachment_bytes,
        secure=parts.settings.http.public_url.startswith("https:"),
    )
    return [
        web.get("/", guarded(_home, front)),
        web.get("/privasi", guarded(_privacy, front)),
        web.get("/lapor", guarded(reporting.show_form, front)),
        web.post("/lapor", guarded(reporting.take_form, front)),
        web.get("/lacak", guarded(tracking.show_entry, front)),
        web.post("/lacak", guarded(tracking.enter, front)),
        web.get("/lacak/laporan", guarded(tracking.show_report, front)),
        web.post("/lacak/keluar", guarded(tracking.leave, front)),
        web.post(f"/lacak/{{act:{'|'.join(tracking.VERBS)}}}", guarded(tracking.act, front)),
        web.get("/jawab/{token}", guarded(answering.show_door, front)),
        web.post("/jawab/{token}", guarded(answering.enter, front)),
        web.post("/jawab", guarded(answering.take, front)),
        web.get("/chat/transkrip/{token}", guarded(show_transcript, front)),
        *static_routes(),
    ]


async def _privacy(front: Front, _request: web.Request) -> web.StreamResponse:
    return front.pages.show("privacy.html")


async def _home(front: Front, _request: web.Request) -> web.StreamResponse:
    return front.pages.show("home.html")
