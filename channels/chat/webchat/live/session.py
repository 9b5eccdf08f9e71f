"""One open page: what it sends is obeyed in order; what it is sent is queued, or read from the store."""

import asyncio
from collections.abc import Sequence

import msgspec
from aiohttp import ClientConnectionResetError, WSMsgType, web

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.limits import Bucket
from channels.chat.webchat.live.room import Room
from channels.chat.webchat.wire.frames import Broken, Frame, Hello, read_frame
from core.channel import Busy

AT_ONCE = 50
PATIENCE = 1.0
LOOK = ""
TYPING_SECONDS = 2.0
GOING, BINARY, UNREADABLE = 1001, 1003, 4400
EXPIRED, SLOW_HELLO, TOO_MANY, TOO_FAST, TOO_SLOW, TRY_LATER = 4401, 4408, 4409, 4429, 4430, 1013

encode = msgspec.json.Encoder().encode


class Ended(Exception):
    """The socket is to be closed with a code of the protocol; 0: it is closed already."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Session:
    """A socket that was let in. ``sent`` is the newest line in its queue or beyond, ``wanted`` the newest one there is.

    While more is wanted than was sent, lines are read from the store; else they come from the room.
    """

    __slots__ = (
        "_bucket",
        "_code",
        "_front",
        "_queue",
        "_seen",
        "_sent",
        "_socket",
        "_typed_at",
        "_wanted",
        "language",
        "room",
        "source",
    )

    def __init__(self, front: Front, socket: web.WebSocketResponse, *, source: str) -> None:
        self._front = front
        self._socket = socket
        self._queue: asyncio.Queue[str] = asyncio.Queue(front.settings.queue)
        self._bucket = Bucket(front.settings.frames_per_second, clock=front.clock)
        self._code = 0
        self._seen = 0
        self._typed_at = -TYPING_SECONDS
        self._sent = self._wanted = 0
        self.source = source
        self.language = "id"
        self.room: Room | None = None

    async def next_frame(self) -> tuple[Frame, str]:
        """What the page sends, and as it came. Raises Ended, and Broken for a message that is none."""
        while True:
            message = await self._socket.receive()
            if not self._bucket.take():
                raise Ended(TOO_FAST)
            match message.type:
                case WSMsgType.TEXT:
                    return self._read(message.data), message.data
                case WSMsgType.PING:
                    await self._socket.pong(message.data)
                case WSMsgType.PONG:
                    continue
                case WSMsgType.BINARY:
                    raise Ended(BINARY)
                case _:  # Closed by the page, cut, or closed by aiohttp for what the protocol of sockets forbids.
                    raise Ended(0)

    def _read(self, raw: str) -> Frame:
        try:
            return read_frame(raw)
        except Broken as broken:
            if broken.id:
                raise
            raise Ended(UNREADABLE) from None

    async def hear_hello(self) -> Hello:
        """The first frame. Raises Ended."""
        try:
            async with asyncio.timeout(self._front.settings.hello_seconds):
                frame, _ = await self.next_frame()
        except TimeoutError:
            raise Ended(SLOW_HELLO) from None
        except Broken:
            raise Ended(UNREADABLE) from None
        if not isinstance(frame, Hello):
            raise Ended(UNREADABLE)
        return frame

    def sees(self, seq: int) -> bool:
        """Whether this is further than the page has seen before."""
        is_further = seq > self._seen
        self._seen = max(self._seen, seq)
        return is_further

    def types(self) -> bool:
        """Whether that the page's visitor is typing is worth passing on again."""
        now = self._front.clock()
        is_news = now - self._typed_at >= TYPING_SECONDS
        self._typed_at = now if is_news else self._typed_at
        return is_news

    def begin(self, room: Room, *, after: int, head: int) -> None:
        """From here on lines behind ``after`` are sent; there are some up to ``head``."""
        self.room = room
        self._sent = after
        self._wanted = max(head, room.head, after)
        self._look()

    async def answer(self, frame: msgspec.Struct) -> None:
        """Something the page asked for: who asks and does not read is waited for."""
        await self._queue.put(encode(frame).decode())

    async def answer_shown(self, shown: str) -> None:
        """A line the page asked for, past the queue: what is asked for and not read is not kept. Raises Ended."""
        try:
            await self._send(shown)
        except TimeoutError:
            raise Ended(TOO_SLOW) from None
        except (ConnectionError, ClientConnectionResetError):
            raise Ended(0) from None

    def push(self, frame: str) -> None:
        """See ``room.Seat.push``. Who does not read comes back and is told how things stand."""
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self._code = TOO_SLOW

    def offer(self, lines: Sequence[tuple[int, str]]) -> None:
        """See ``room.Seat.offer``. What does not fit is read from the store later."""
        last = lines[-1][0]
        for seq, shown in lines:
            if self._wanted > self._sent or seq > self._sent + 1 or self._queue.full():
                self._wanted = max(self._wanted, last)
                self._look()
                return
            if seq == self._sent + 1:
                self._queue.put_nowait(shown)
                self._sent = self._wanted = seq

    def turn_out(self) -> None:
        """See ``room.Seat.turn_out``."""
        self._code = EXPIRED
        self._look()

    async def send_away(self) -> None:
        """See ``room.Seat.send_away``."""
        await self._socket.close(code=GOING)

    def _look(self) -> None:
        """Let the writer look, if it waits."""
        if self._queue.empty():
            self._queue.put_nowait(LOOK)

    async def write(self) -> None:
        """Send what is to be sent until cancelled. Raises Ended."""
        try:
            while not self._code:
                if self._queue.empty() and self._wanted > self._sent:
                    await self._catch_up()
                else:
                    await self._send(await self._queue.get())
        except TimeoutError:
            raise Ended(TOO_SLOW) from None
        except (ConnectionError, ClientConnectionResetError):
            raise Ended(0) from None
        raise Ended(self._code)

    async def _send(self, frame: str) -> None:
        if frame:
            async with asyncio.timeout(self._front.settings.write_seconds):
                await self._socket.send_str(frame)

    async def _catch_up(self) -> None:
        """The next lines from the store. Nobody is waited for: the page is as quick as it reads."""
        room = self.room
        if room is None:
            raise RuntimeError("no lines are sent before the first frame")
        try:
            lines = await self._front.visits.lines(room.talk, after=self._sent, limit=AT_ONCE)
        except Busy:
            await asyncio.sleep(PATIENCE)
            return
        for line in lines:
            await self._send(room.show(line))
            self._sent = line.seq
        if len(lines) < AT_ONCE:
            self._wanted = max(self._sent, self._wanted if lines else 0)
