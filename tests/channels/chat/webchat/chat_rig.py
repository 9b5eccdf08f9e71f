"""The web chat on loopback as the gateway serves it, talks in memory, and a page that keeps the protocol."""

import asyncio
import itertools
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from channels.chat.webchat import CHANNEL
from channels.chat.webchat.settings import WebchatSettings
from core.channel import Busy
from core.desk import Elsewhere, Fresh, NotNow, Visit
from core.model.message import Accepted, Address, Inbound
from core.model.secret import Secret
from core.model.talk import Author, Line, Owner
from core.testing.channel_rig import Sample, Told
from core.testing.fakes import RecordingIntake

# As in gateway.logs, libraries log from WARNING up.
LIBRARIES = logging.getLogger("libraries")
LIBRARIES.setLevel(logging.WARNING)
CITIZENS = ("Ratna Wulandari 081234567801", "Slamet Riyadi 081355667702")
KEY = "5e" * 32
PAGE = "https://www.lapor.go.id"
LIMIT = 10.0


@dataclass
class Talking:
    """A talk in memory."""

    visit: Visit
    lines: list[Line] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)


class TalksInMemory:
    """``core.desk.Visits``: keeps what is said, tells it as the core does, and can be told to fail."""

    def __init__(self) -> None:
        self.talks: dict[str, Talking] = {}
        self.files: dict[str, bytes] = {}
        self.looks = 0
        self.typed: list[str] = []
        self.ratings: list[tuple[int, str]] = []
        self.mailed: list[tuple[str, str]] = []
        self.is_away = False
        self.spoilt: set[str] = set()
        self._told: list[Callable[[Collection[str]], None]] = []
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def of(self, address: Address) -> Talking:
        """The talk with an address, made on first sight."""
        return self.talks.setdefault(address.value, Talking(Visit(f"talk-{len(self.talks) + 1}")))

    def find(self, talk: str) -> Talking:
        return next(each for each in self.talks.values() if each.visit.talk == talk)

    def add(self, talking: Talking, *said: str, author: Author = Author.BOT, quiet: bool = False, **given: Any) -> None:
        """Somebody says something. ``quiet``: the news of it gets lost."""
        for text in said:
            seq = talking.visit.head + 1
            talking.lines.append(Line(talking.visit.talk, seq, author, datetime.now(UTC), text, **given))
            talking.visit = replace(talking.visit, head=seq)
        if not quiet:
            self.tell(f"talk:{talking.visit.talk}")

    def change(self, talking: Talking, **changes: Any) -> None:
        """It stands otherwise."""
        talking.visit = replace(talking.visit, **changes)
        self.tell(f"talk:{talking.visit.talk}")

    def tell(self, *topics: str) -> None:
        for told in self._told:
            told(topics)

    def _check(self) -> None:
        if self.is_away:
            raise Busy("the database does not answer")

    async def visit(self, address: Address) -> Visit:
        self._check()
        found = self.talks.get(address.value)
        return found.visit if found else Visit()

    async def news(self, known: Mapping[str, int], *, limit: int) -> Mapping[str, Fresh]:
        self._check()
        self.looks += 1
        await asyncio.sleep(0)
        if self.spoilt & known.keys():
            raise ValueError("a row that does not open")
        found = {talk: self.find(talk) for talk in known}
        return {t: Fresh(found[t].visit, found[t].lines[after : after + limit]) for t, after in known.items()}

    async def lines(self, talk: str, *, after: int, limit: int) -> Sequence[Line]:
        self._check()
        await asyncio.sleep(0)
        return self.find(talk).lines[after : after + limit]

    async def older(self, talk: str, *, before: int, limit: int) -> Sequence[Line]:
        self._check()
        return self.find(talk).lines[: before - 1][-limit:]

    async def heads(self, talks: Collection[str]) -> Mapping[str, int]:
        self._check()
        visits = [self.find(talk).visit for talk in talks]
        return {visit.talk: visit.head for visit in visits if not visit.revoked}

    def follow(self, told: Callable[[Collection[str]], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    async def see(self, talk: str, seq: int) -> None:
        self._check()
        self.find(talk).seen.append(seq)

    async def is_typing(self, talk: str) -> None:
        self.typed.append(talk)

    async def rate(self, talk: str, stars: int, remark: str) -> None:
        if not self.find(talk).visit.rates:
            raise NotNow("none")
        self.ratings.append((stars, remark))

    async def leave(self, talk: str) -> Visit:
        talking = self.find(talk)
        if talking.visit.owner is Owner.BOT:
            raise NotNow("none")
        talking.visit = replace(talking.visit, owner=Owner.BOT, operator="", rates=True)
        return talking.visit

    async def give_code(self, talk: str) -> Elsewhere:
        return Elsewhere("7KQ2MX", datetime(2026, 11, 21, 3, tzinfo=UTC), by_sms=True)

    async def transcribe(self, talk: str, to: str, *, language: str) -> None:
        if "@" not in to:
            raise NotNow("bad")
        self.mailed.append((to, language))

    async def revoke(self, talk: str) -> None:
        self._check()
        self.change(self.find(talk), revoked=True)

    def hours(self, language: str) -> tuple[bool, str]:
        return True, "Setiap saat" if language == "id" else "At any time"

    async def file(self, blob_id: str) -> AsyncIterator[bytes]:
        if blob_id not in self.files:
            raise FileNotFoundError
        yield self.files[blob_id]

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        self._closing.append(close)

    async def close(self, _app: object) -> None:
        await asyncio.gather(*(close() for close in self._closing))


class TalkingIntake(RecordingIntake):
    """What is accepted is a line at once."""

    def __init__(self, talks: TalksInMemory) -> None:
        super().__init__()
        self._talks = talks
        self._seqs: dict[str, int] = {}
        talks.files = self.files

    async def accept(self, message: Inbound, *, cursor: str | None = None) -> Accepted:
        accepted = await super().accept(message, cursor=cursor)
        talking = self._talks.of(message.sender)
        if not accepted.repeated:
            given = {"client_id": message.external_id, "attachments": message.attachments}
            self._talks.add(talking, message.text, author=Author.VISITOR, **given)
            self._seqs[accepted.message_id] = talking.visit.head
        return replace(accepted, talk=talking.visit.talk, seq=self._seqs[accepted.message_id])


@dataclass
class Desk:
    """The part of the desk that the chat asks."""

    talks: TalksInMemory


class Page:
    """A page with the chat open. What the server says is kept by its kind; ``code`` is set once it closed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.code: int | None = None
        self._new = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
                self._new.set()
        self.code = self.socket.close_code
        self._new.set()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["t"] == kind]

    @property
    def seqs(self) -> list[int]:
        return [line["seq"] for line in self.of("line")]

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.of("line")]

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once it holds, whatever comes; TimeoutError after a while."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                self._new.clear()
                await self._new.wait()

    async def next(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The ``count``-th frame of a kind."""
        await self.until(lambda: len(self.of(kind)) >= count or self.code is not None)
        return self.of(kind)[count - 1]

    async def closed(self) -> int | None:
        """The code it was closed with."""
        await self.until(lambda: self.code is not None)
        return self.code

    async def send(self, **frame: Any) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def say(self, text: str, **given: Any) -> str:
        """Say something and wait for the answer; the message's id."""
        client_id = str(given.pop("id", "") or secrets.token_hex(13))
        await self.send(t="say", id=client_id, text=text, **given)
        await self.until(lambda: self.answer_to(client_id) or self.code is not None)
        return client_id

    def answer_to(self, client_id: str) -> str:
        """``ack``, ``busy``, ``refused`` or nothing yet; the newest."""
        kinds = ("ack", "busy", "refused")
        told = [frame["t"] for frame in self.frames if frame["t"] in kinds and frame["id"] == client_id]
        return told[-1] if told else ""

    def stop_reading(self) -> None:
        """The network stalls: what the server sends stays in its buffers."""
        self._transport.pause_reading()

    def read_on(self) -> None:
        self._transport.resume_reading()

    @property
    def _transport(self) -> asyncio.Transport:
        connection = self.socket._response.connection
        assert connection is not None
        assert isinstance(connection.transport, asyncio.Transport)
        return connection.transport

    async def leave(self) -> None:
        await self.socket.close()
        await self._reading


@dataclass(slots=True)
class Spoken:
    """A message that a page sends and goes on waiting for."""

    who: int
    frame: dict[str, Any] = field(repr=False)
    told: Told = Told.NOTHING


class ChatRig:
    """Served as the gateway serves it."""

    citizens = CITIZENS
    secrets = (KEY,)

    def __init__(self, **settings: Any) -> None:
        given = {"allowed_origins": (PAGE,), "hello_seconds": 5.0} | settings
        self.settings = WebchatSettings(token_key=Secret(KEY), **given)
        self.talks = TalksInMemory()
        self.intake = TalkingIntake(self.talks)
        self.url = ""
        self.port = 0
        self.tokens: dict[int, str] = {}
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._speaking: set[asyncio.Task[None]] = set()
        self._ids = (f"pesan-{n:08}" for n in itertools.count(1))

    async def start(self) -> None:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        self.talks._closing.clear()
        app.add_routes(CHANNEL.routes(self.settings, self.intake, Desk(self.talks)))  # type: ignore[arg-type]
        app.on_shutdown.append(self.talks.close)
        self._runner = web.AppRunner(app, access_log=None, logger=LIBRARIES, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            await asyncio.gather(*self._speaking)
        if self._client is not None:
            await self._client.close()
            self._client = None

    @property
    def client(self) -> aiohttp.ClientSession:
        assert self._client is not None, "started"
        return self._client

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, self.settings)

    async def connect(self, *, origin: str | None = PAGE, **given: Any) -> Page:
        """A socket on which nothing was said yet."""
        headers = {"Origin": origin} if origin is not None else {}
        return Page(await self.client.ws_connect(f"{self.url}/chat/ws", headers=headers, **given))

    async def open(self, token: str | None = None, *, after: int = 0, **given: Any) -> Page:
        """A page that was welcomed, or closed."""
        page = await self.connect(**given)
        await page.send(t="hello", v=1, token=token, after=after)
        await page.until(lambda: page.of("welcome") or page.code is not None)
        return page

    async def open_when_free(self, token: str, *, after: int) -> Page:
        """A page of a talk that has too many, once another one is gone."""
        async with asyncio.timeout(LIMIT):
            while (page := await self.open(token, after=after)).code == 4409:
                await asyncio.sleep(0.05)
        return page

    async def bring(self, sample: Sample) -> Spoken:
        names = [await self._upload(sample.who, file) for file in sample.files]
        frame = {"t": "say", "id": next(self._ids), "text": sample.text, "files": names}
        return self._speak(Spoken(sample.who, frame))

    async def bring_again(self, handle: Spoken) -> Spoken:
        return self._speak(Spoken(handle.who, handle.frame))

    def _speak(self, spoken: Spoken) -> Spoken:
        task = asyncio.create_task(self._say(spoken))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)
        return spoken

    async def _say(self, spoken: Spoken) -> None:
        with suppress(aiohttp.ClientError, ConnectionError):
            await self.token_of(spoken.who)
            page = await self.open(self.tokens[spoken.who])
            await page.send(**spoken.frame)
            with suppress(TimeoutError):
                await page.until(lambda: page.answer_to(spoken.frame["id"]) or page.code is not None)
            told = {"ack": Told.ACCEPTED, "busy": Told.BUSY, "refused": Told.REFUSED, "": Told.NOTHING}
            spoken.told = told[page.answer_to(spoken.frame["id"])]
            await page.leave()

    async def token_of(self, who: int) -> str:
        """The token of a citizen's browser."""
        if who not in self.tokens:
            page = await self.open()
            self.tokens.setdefault(who, page.of("welcome")[0]["token"])
            await page.leave()
        return self.tokens[who]

    async def _upload(self, who: int, content: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("file", content, filename="foto.jpg", content_type="image/jpeg")
        headers = {"Authorization": f"Bearer {await self.token_of(who)}", "Origin": PAGE}
        async with self.client.post(f"{self.url}/chat/files", data=form, headers=headers) as response:
            return str((await response.json())["id"])

    async def bring_garbage(self) -> None:
        """Frames that are none, broken UTF-8, and a handshake that ends too early."""
        for garbage in ("{", '{"t":"say"}', "[]", '{"t":"hello","v":1,"token":5}', CITIZENS[0]):
            page = await self.connect()
            await page.socket.send_str(garbage)
            assert await page.closed() == 4400
        page = await self.connect()
        await page.socket.send_frame(b"\xff\xfe" + CITIZENS[0].encode(), aiohttp.WSMsgType.TEXT)
        assert await page.closed() == 1007
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /chat/ws HTTP/1.1\r\nHost: lapor\r\nUpgrade: websocket\r\nConnection: Upgr")
        writer.close()
        await writer.wait_closed()
