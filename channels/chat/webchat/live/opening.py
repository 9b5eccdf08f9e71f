"""A page opens the chat: who may, who it is, and how its talk stands."""

import asyncio
import logging
from http import HTTPStatus

import msgspec
from aiohttp import web

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.limits import TooMany, find_source
from channels.chat.webchat.live.obeying import obey
from channels.chat.webchat.live.session import EXPIRED, TOO_FAST, TOO_MANY, TOO_SLOW, TRY_LATER, Ended, Session
from channels.chat.webchat.requests.problems import Problem
from channels.chat.webchat.wire.answers import FilesTaken, HoursShown, RefusedFor, TalkState, Welcome
from channels.chat.webchat.wire.frames import LARGEST, Broken, Hello
from channels.chat.webchat.wire.tokens import Invalid, Token, address_of
from core.channel import Busy
from core.desk import Visit
from core.filetypes import EXTENSIONS

log = logging.getLogger(__name__)

NEWEST = 50
CLOSING_SECONDS = 2.0
LANGUAGES = frozenset({"id", "en"})


async def open_chat(front: Front, request: web.Request) -> web.StreamResponse:
    """``GET /chat/ws``. The site is looked at before the handshake. Raises Problem."""
    if not front.lets_in(request):
        raise Problem(HTTPStatus.FORBIDDEN, "Pages of this site may not open the chat (webchat.allowed_origins).")
    if front.hub.is_closed:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The server is going; come again.")
    source = find_source(request.remote or "")
    front.seats.take(source)
    try:
        return await _serve(front, request, source)
    finally:
        front.seats.leave(source)


async def _serve(front: Front, request: web.Request, source: str) -> web.StreamResponse:
    socket = web.WebSocketResponse(
        timeout=CLOSING_SECONDS,
        heartbeat=front.settings.heartbeat_seconds,
        autoping=False,
        compress=False,
        max_msg_size=LARGEST + 1,  # aiohttp refuses what is as large as this
    )
    if not socket.can_prepare(request):
        raise Problem(HTTPStatus.UPGRADE_REQUIRED, "Open this address as a WebSocket.", upgrade=True)
    await socket.prepare(request)
    session = Session(front, socket, source=source)
    code = await _live(front, session)
    if code and not socket.closed:
        await socket.close(code=code, drain=code != TOO_SLOW)
    if code == TOO_SLOW and request.transport is not None:
        request.transport.abort()  # What it does not read would be kept for as long as it likes.
    return socket


async def _live(front: Front, session: Session) -> int:
    """Until the end; the code to close with, 0 where it is closed."""
    try:
        await _welcome(front, session, await session.hear_hello())
        await _talk(front, session)
    except Ended as ended:
        return ended.code
    except Busy:
        return TRY_LATER
    except TooMany:
        return TOO_FAST
    except Exception:
        log.exception("an open chat failed")
        return 1011
    finally:
        if session.room is not None:
            front.hub.leave(session.room, session)
    return 0


async def _talk(front: Front, session: Session) -> None:
    """Read and write side by side; the first that ends ends both. Raises what it raised."""
    reading = asyncio.ensure_future(_obey_all(front, session))
    writing = asyncio.ensure_future(session.write())
    try:
        done, _ = await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        reading.cancel()
        writing.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
    for task in done:
        task.result()


async def _obey_all(front: Front, session: Session) -> None:
    while True:
        try:
            frame, raw = await session.next_frame()
        except Broken as broken:
            await session.answer(RefusedFor(broken.id, "bad"))
        else:
            await obey(front, session, frame, raw)


async def _welcome(front: Front, session: Session, hello: Hello) -> None:
    """Raises Ended, Busy, TooMany."""
    token, kept = _who(front, session, hello)
    address = address_of(front.key, token)
    visit = await front.visits.visit(address) if kept else Visit()
    if visit.revoked:
        raise Ended(EXPIRED)
    room = front.hub.enter(address, session)
    session.room = room
    if len(room.seats) > front.settings.sockets_per_talk:
        raise Ended(TOO_MANY)
    if not room.talk:
        room.head, room.visit = visit.head, visit
    session.language = hello.lang if hello.lang in LANGUAGES else "id"
    begin = min(hello.after, visit.head) if hello.after else max(0, visit.head - NEWEST)
    greeting = _greeting(front, visit, session.language)
    fresh = token.written if token is not kept else ""
    await session.answer(msgspec.structs.replace(greeting, token=fresh, more=begin > hello.after))
    front.hub.name(room, visit.talk)
    session.begin(room, after=begin, head=visit.head)


def _who(front: Front, session: Session, hello: Hello) -> tuple[Token, Token | None]:
    """The token from now on, and the one that was shown. Raises Ended, TooMany."""
    if hello.token is None:
        front.newcomers.count(session.source)
        return front.new_token(), None
    try:
        shown = front.read_token(hello.token)
    except Invalid:
        raise Ended(EXPIRED) from None
    front.returns.count(session.source)
    return front.renewed(shown), shown


def _greeting(front: Front, visit: Visit, language: str) -> Welcome:
    is_open, words = front.visits.hours(language)
    settings = front.settings
    return Welcome(
        talk=TalkState(visit.owner.value, visit.operator, visit.place),
        head=visit.head,
        hours=HoursShown(is_open, words),
        files=FilesTaken(settings.max_files, settings.max_file, tuple(EXTENSIONS.values())),
        rate=visit.rates,
    )
