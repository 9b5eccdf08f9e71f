"""The web chat's routes and what they work with."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from aiohttp import web

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.hub import Hub
from channels.chat.webchat.live.limits import Rate, Seats
from channels.chat.webchat.live.opening import open_chat
from channels.chat.webchat.requests.door import guarded, preflight, shared
from channels.chat.webchat.requests.files import give_file, take_file
from channels.chat.webchat.requests.hours import show_hours
from channels.chat.webchat.settings import WebchatSettings
from channels.chat.webchat.widget.demo import demo_routes
from channels.chat.webchat.widget.script import script_routes
from channels.chat.webchat.wire.origins import find_site, read_origin
from core.channel import Capabilities, Intake
from core.desk import Desk
from core.model.network import Manner

CAPABILITIES: Final = Capabilities(measure=len, max_length=4_096, sends=False, attachments=True, choices=10)
MAILS_PER_MINUTE = 3
CODES_PER_MINUTE = 20
RETURNS_PER_MINUTE = 1_200
"""Tokens shown from one address, for a socket or a file: each is looked up. An office behind one address has so many
when the server starts anew.
"""

MAILS_OF_ALL_PER_MINUTE = 30
"""However many addresses they come from: anybody may have one written to anybody, about words of their own."""


def manner_of(settings: WebchatSettings) -> Manner:
    """A talk, line by line; several messages become one report."""
    return Manner(
        is_chat=True,
        pause=timedelta(seconds=settings.pause_seconds),
        remind_after=timedelta(minutes=settings.remind_minutes),
        files=True,
    )


def hours_of(settings: WebchatSettings) -> str:
    """When people are there."""
    return settings.office_hours


def routes(settings: WebchatSettings, intake: Intake, desk: Desk) -> Sequence[web.RouteDef]:
    """Everything below ``/chat``, the script that opens it, and a page that shows it."""
    front = _make_front(settings, intake, desk)
    desk.talks.at_end(front.hub.close)
    return [
        web.get("/chat/ws", guarded(open_chat, front)),
        web.post("/chat/files", shared(take_file, front)),
        web.options("/chat/files", shared(preflight, front)),
        web.get("/chat/files/{id}", shared(give_file, front)),
        web.options("/chat/files/{id}", shared(preflight, front)),
        web.get("/chat/hours", shared(show_hours, front)),
        *script_routes(),
        *demo_routes(settings.pages),
    ]


def _make_front(settings: WebchatSettings, intake: Intake, desk: Desk) -> Front:
    key = settings.token_key.reveal().encode()
    return Front(
        settings=settings,
        intake=intake,
        visits=desk.talks,
        hub=Hub(desk.talks, key),
        seats=Seats(settings.sockets, of_one=settings.sockets_per_source),
        newcomers=Rate("new visitors", settings.new_per_minute, clock=monotonic),
        uploads=Rate("files", settings.uploads_per_minute, clock=monotonic),
        mails=Rate("mails", MAILS_PER_MINUTE, clock=monotonic),
        returns=Rate("visits", RETURNS_PER_MINUTE, clock=monotonic),
        codes=Rate("codes", CODES_PER_MINUTE, clock=monotonic),
        mails_of_all=Rate("mails", MAILS_OF_ALL_PER_MINUTE, clock=monotonic),
        allowed=tuple(read_origin(origin) for origin in settings.allowed_origins),
        own=find_site(settings.pages.rstrip("/")),
        key=key,
        now=lambda: datetime.now(UTC),
        clock=monotonic,
        random=secrets.token_bytes,
    )
