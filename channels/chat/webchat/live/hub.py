"""One listener to the news for all open chats of a process; what is new in a talk is read once for all its pages."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping

from channels.chat.webchat.live.room import Room, Seat
from core.channel import Busy
from core.desk import Fresh, Visits
from core.model.message import Address

log = logging.getLogger(__name__)

TALK, TYPING, DESK, ANYTHING = "talk:", "typing:", "desk", "*"
VISITOR = "visitor"
TALKS_IN_A_LOOK = 200
LINES_IN_A_LOOK = 500
HEADS_IN_A_LOOK = 1000
PATIENCE = 1.0
BETWEEN = 0.025
"""Seconds between two looks: where much is said one look serves several talks, and the first word waits for nothing."""


class Hub:
    """Rooms by the address of their talk. It follows the news while there is a room."""

    def __init__(self, visits: Visits, key: bytes) -> None:
        self._visits = visits
        self._key = key
        self._rooms: dict[str, Room] = {}
        self._by_talk: dict[str, Room] = {}
        self._new: dict[str, Room] = {}
        self._waiting: dict[str, Room] = {}
        self._look_at_all = False
        self._woken = asyncio.Event()
        self._unfollow: Callable[[], None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the server is going."""
        return self._closed

    def enter(self, address: Address, seat: Seat) -> Room:
        """A page opens the talk with an address; ``name`` the room once its talk is known."""
        if self._looking is None:
            self._unfollow = self._visits.follow(self.told)
            self._looking = asyncio.create_task(self._look(), name="webchat-hub")
        room = self._rooms.get(address.value)
        if room is None:
            room = self._rooms[address.value] = Room(address, self._key)
        room.seats.add(seat)
        return room

    def name(self, room: Room, talk: str) -> None:
        """The talk of a room is known now; there may be lines that were told before."""
        if talk and not room.talk:
            room.talk = talk
            self._by_talk[talk] = room
        self._stir(room)

    def leave(self, room: Room, seat: Seat) -> None:
        """A page is gone; an empty room is given up."""
        room.seats.discard(seat)
        if room.seats:
            return
        self._rooms.pop(room.address.value, None)
        self._by_talk.pop(room.talk, None)
        self._new.pop(room.talk, None)
        self._waiting.pop(room.talk, None)

    def told(self, topics: Collection[str]) -> None:
        """News: which talks to look at."""
        for topic in topics:
            if topic.startswith(TALK):
                room = self._by_talk.get(topic[len(TALK) :])
                if room is not None:
                    self._stir(room)
            elif topic.startswith(TYPING):
                talk, _, author = topic[len(TYPING) :].partition(":")
                room = self._by_talk.get(talk)
                if room is not None and author != VISITOR:
                    room.show_typing()
            elif topic == DESK:
                self._stir_waiting()
            elif topic == ANYTHING:
                self._look_at_all = True
                self._woken.set()

    def _stir_waiting(self) -> None:
        """The queue moved: places in it are others now."""
        for room in self._waiting.values():
            self._stir(room)

    def _stir(self, room: Room) -> None:
        if room.talk:
            self._new[room.talk] = room
            self._woken.set()

    async def close(self) -> None:
        """The server is going: every page is told to come back."""
        self._closed = True
        task, self._looking = self._looking, None
        if self._unfollow is not None:
            self._unfollow()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        seats = [seat for room in self._rooms.values() for seat in room.seats]
        await asyncio.gather(*(seat.send_away() for seat in seats))

    async def _look(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                if self._look_at_all:
                    await self._find_missed()
                    self._look_at_all = False
                while self._new:
                    await self._tell_new()
                    await asyncio.sleep(BETWEEN)
            except Busy:
                log.warning("Open chats are told nothing: the database does not answer")
                await asyncio.sleep(PATIENCE)
                self._woken.set()

    async def _find_missed(self) -> None:
        """After a break of the news: which talks went on meanwhile, or were taken back. All else adds a line."""
        talks = list(self._by_talk)
        for start in range(0, len(talks), HEADS_IN_A_LOOK):
            heads = await self._visits.heads(talks[start : start + HEADS_IN_A_LOOK])
            for talk in talks[start : start + HEADS_IN_A_LOOK]:
                room, head = self._by_talk.get(talk), heads.get(talk)
                if room is not None and (head is None or head > room.head):
                    self._stir(room)

    async def _tell_new(self) -> None:
        talks = [talk for talk, _ in zip(self._new, range(TALKS_IN_A_LOOK), strict=False)]
        rooms = {talk: self._new.pop(talk) for talk in talks}
        try:
            await self._tell(rooms)
        except Busy:
            self._new |= rooms
            raise

    async def _tell(self, rooms: Mapping[str, Room]) -> None:
        """One look for all these; a talk that cannot be read keeps no other from being told. Raises Busy."""
        try:
            found = await self._visits.news({talk: room.head for talk, room in rooms.items()}, limit=LINES_IN_A_LOOK)
        except Busy:
            raise
        except Exception:
            if len(rooms) == 1:
                log.exception("an open chat cannot be told what is new")
                return
            for talk, room in rooms.items():
                await self._tell({talk: room})
            return
        is_cut = sum(len(fresh.lines) for fresh in found.values()) >= LINES_IN_A_LOOK
        for talk, fresh in found.items():
            self._deliver(rooms[talk], fresh)
            if is_cut and rooms[talk].head < fresh.visit.head:
                self._stir(rooms[talk])

    def _deliver(self, room: Room, fresh: Fresh) -> None:
        room.deliver(fresh)
        if fresh.visit.place and room.seats:
            self._waiting[room.talk] = room
        else:
            self._waiting.pop(room.talk, None)
