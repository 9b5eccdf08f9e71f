"""The stream that keeps the desk's pages fresh (Server-Sent Events): who waits, and new lines of what one holds.

A page knows the newest line it has of each chat; the browser hands it back when it connects anew (``Last-Event-ID``),
so that it misses none, whatever was lost on the way.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web

from core import watching
from core.model.people import Staff
from core.ports import ANYTHING, News, Tx, Unavailable
from core.talks import DESK, topic_of
from core.watching import Asked, View
from gateway.console.access import find_visit
from gateway.console.chats.looks import Looks
from gateway.console.chats.shown import show_lines, show_view
from gateway.console.chats.troubles import check_operator
from gateway.console.guard import Call

LONGEST = timedelta(minutes=10)
HEARTBEAT = timedelta(seconds=20)
BELIEVED = timedelta(seconds=1)
"""So long a session that was looked up counts as going on."""

MOST = 500
MOST_OF_ONE = 6
KNOWN = re.compile(r"([0-9a-f]{32}):(\d{1,9})")
MOST_KNOWN = 20


class TooMany(Exception):
    """So many pages listen already."""


class LoggedOut(Exception):
    """The session has ended, or its person is no operator any more."""


@dataclass
class Ear:
    """One page: the topics it cares for, and those that were told since it looked."""

    staff: Staff
    wanted: frozenset[str] = frozenset({DESK})
    told: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    def hear(self, topics: Collection[str]) -> None:
        """What of it concerns this page wakes it."""
        new = self.wanted if ANYTHING in topics else self.wanted.intersection(topics)
        if new:
            self.told |= new
            self.woken.set()

    async def next(self) -> Collection[str]:
        """What was told, empty for nothing in a while. Raises TooMany when the server goes."""
        try:
            async with asyncio.timeout(HEARTBEAT.total_seconds()):
                await self.woken.wait()
        except TimeoutError:
            return ()
        if self.ended:
            raise TooMany
        self.woken.clear()
        told, self.told = self.told, set()
        return told


class Streams:
    """The pages that listen in this process; one follower of news for all of them."""

    def __init__(self, news: News, looks: Looks) -> None:
        self.looks = looks
        self._news = news
        self._ears: list[Ear] = []
        self._leave: Callable[[], None] | None = None
        self._closed = False

    @asynccontextmanager
    async def listen(self, staff: Staff) -> AsyncIterator[Ear]:
        """Told from now on. Raises TooMany, also while the server is going."""
        mine = sum(ear.staff.id == staff.id for ear in self._ears)
        if self._closed or len(self._ears) >= MOST or mine >= MOST_OF_ONE:
            raise TooMany
        ear = Ear(staff)
        self._ears.append(ear)
        if self._leave is None:
            self._leave = self._news.follow(self._hear)
        try:
            yield ear
        finally:
            self._ears.remove(ear)
            if not self._ears and self._leave is not None:
                self._leave()
                self._leave = None

    def _hear(self, topics: Collection[str]) -> None:
        for ear in tuple(self._ears):
            ear.hear(topics)

    async def close(self, _app: object = None) -> None:
        """End every stream: the server is going."""
        self._closed = True
        for ear in self._ears:
            ear.ended = True
            ear.woken.set()


async def show_stream(call: Call) -> web.StreamResponse:
    """Until the page is closed or its session ends; after ten minutes the browser asks again."""
    check_operator(call)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    try:
        async with call.console.chats.listen(call.staff) as ear, asyncio.timeout(LONGEST.total_seconds()):
            await response.prepare(call.request)
            await response.write(b"retry: 1000\n\n")
            await _Told(call, response, ear).pass_on()
    except TooMany:
        if not response.prepared:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
    except Unavailable:
        if not response.prepared:
            raise
    except (ConnectionResetError, TimeoutError, LoggedOut):
        pass  # The page was closed, its time is over, or nobody is logged in there: each ends the stream.
    return response


class _Told:
    """What one page was told."""

    def __init__(self, call: Call, response: web.StreamResponse, ear: Ear) -> None:
        self._call, self._response, self._ear = call, response, ear
        self._known = read_known(call.request.headers.get("Last-Event-ID", "") or call.request.query.get("punya", ""))
        self._chats: dict[str, str] = {}
        self._believed_until = call.now + BELIEVED

    async def pass_on(self) -> None:
        """Everything once, then what changes."""
        await self._tell_desk()
        while True:
            told = await self._ear.next()
            await self._check_session()
            if not told:
                await self._response.write(b": masih tersambung\n\n")
            if DESK in told:
                await self._tell_desk()
            else:
                await self._tell_lines([chat for talk, chat in self._chats.items() if topic_of(talk) in told])
            for talk, chat in self._chats.items():
                if typing_of(talk) in told:
                    await self._send("ketik", {"chat": chat})

    async def _check_session(self) -> None:
        """Nothing more is told to who logged out, was shut out, or takes no chats any more. Raises LoggedOut."""
        if self._call.now < self._believed_until:
            return
        visit = await find_visit(self._call.request)
        if visit is None or not visit.session.complete or visit.staff.role is not self._call.staff.role:
            raise LoggedOut
        self._believed_until = self._call.now + BELIEVED

    async def _tell_desk(self) -> None:
        view = await self._call.console.store.read(self._look)
        self._chats = {chat.talk: chat.id for chat in view.mine}
        self._known = {chat.id: self._known.get(chat.id, 0) for chat in view.mine}
        topics = {topic for talk in self._chats for topic in (topic_of(talk), typing_of(talk))}
        self._ear.wanted = frozenset({DESK, *topics})
        await self._send("meja", show_view(self._call, view))
        await self._tell_lines(list(self._known))

    def _look(self, tx: Tx) -> View:
        return watching.look(tx, self._call.staff, office=self._call.console.office, now=self._call.now)

    async def _tell_lines(self, chats: Sequence[str]) -> None:
        """In portions, until nothing is left."""
        is_whole = not chats
        while not is_whole:
            asked = Asked(self._call.staff, {chat: self._known[chat] for chat in chats})
            seen = await self._call.console.chats.looks.see(asked)
            for one in seen.chats:
                if one.lines:
                    self._known[one.chat.id] = one.lines[-1].seq
                    await self._send("baris", show_lines(one, seen.names))
            is_whole = seen.is_whole

    async def _send(self, event: str, body: Mapping[str, Any]) -> None:
        known = ",".join(f"{chat}:{seq}" for chat, seq in self._known.items() if seq)
        head = f"id: {known}\nevent: {event}\ndata: ".encode()
        await self._response.write(head + msgspec.json.encode(body) + b"\n\n")


def typing_of(talk_id: str) -> str:
    """The passing topic of a visitor who is typing."""
    return f"typing:{talk_id}:visitor"


def read_known(given: str) -> dict[str, int]:
    """The newest line that a page has of each chat; what is no such list is an empty one."""
    return {chat: int(seq) for chat, seq in KNOWN.findall(given[: MOST_KNOWN * 45])[:MOST_KNOWN]}
