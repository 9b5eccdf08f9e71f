"""A scripted other side of the web chat's protocol, and a site whose pages carry the widget. Faults are methods."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from channels.chat.webchat.widget.script import script_routes

MOMENT = "2026-11-21T02:03:04Z"
TOKEN = "peer-token"
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>PPID Kementerian Contoh</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{script}" async {more}></script></head>
<body><main><h1>Informasi publik</h1><p>Daftar informasi yang tersedia.</p><a href="#x">Tautan</a></main></body>
</html>"""


@dataclass
class ChatPeer:
    """One talk, whoever asks. ``heard`` are the frames of all clients in the order they came."""

    allowed: set[str] = field(default_factory=set)
    lines: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    cables: set[asyncio.Transport] = field(default_factory=set)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=lambda: {"state": "bot"})
    tokens: set[str] = field(default_factory=set)
    first: int = 50
    is_mute: bool = False
    is_away: bool = False
    rate: bool = False
    upload_fails: int = 0
    busy: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    held_acks: list[dict[str, Any]] | None = None
    unsent: set[int] = field(default_factory=set)
    answers: Callable[[dict[str, Any]], str] | None = None
    opened: int = 0

    def said(self, who: str = "visitor") -> list[str]:
        """The texts of one side in their order."""
        return [line["text"] for line in self.lines if line["from"] == who]

    async def say(self, text: str, who: str = "bot", **more: Any) -> int:
        """A new line; its number."""
        line = {"t": "line", "seq": len(self.lines) + 1, "from": who, "at": MOMENT, "text": text} | more
        self.lines.append(line)
        if line["seq"] not in self.unsent:
            await self.tell(line)
        return int(line["seq"])

    async def tell(self, frame: Mapping[str, Any]) -> None:
        """To every client that is connected."""
        for socket in list(self.sockets):
            await _give(socket, frame)

    async def turn(self, **state: Any) -> None:
        """Another owner of the talk."""
        self.state = state
        await self.tell({"t": "state"} | state)

    async def close(self, code: int) -> None:
        """End every socket with this code."""
        for socket in list(self.sockets):
            await socket.close(code=code)

    def cut(self) -> None:
        """Every connection ends without a word."""
        for cable in list(self.cables):
            cable.abort()

    async def break_frame(self) -> None:
        """Half a frame, and the end."""
        for socket in list(self.sockets):
            await socket.send_str('{"t":"line","seq":99,"from":"bo')
        self.cut()

    async def release_acks(self) -> None:
        """Those that were held, the last first."""
        held, self.held_acks = self.held_acks or [], None
        for ack in reversed(held):
            await self.tell(ack)

    # What the gateway's routes do.

    async def hours(self, request: web.Request) -> web.Response:
        headers = self._cors(request)
        return web.json_response({"open": True, "text": "Senin–Jumat 08.00–16.00 WIB"}, headers=headers)

    def _cors(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin", "")
        if origin not in self.allowed:
            return {}
        shared = {"Access-Control-Allow-Headers": "authorization", "Access-Control-Expose-Headers": "Retry-After"}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} | shared

    async def upload(self, request: web.Request) -> web.Response:
        headers = self._cors(request)
        if request.method == "OPTIONS":
            return web.Response(headers=headers)
        media_type, name, octets = await _file_of(request)
        if self.upload_fails:
            self.upload_fails -= 1
            return web.json_response({"title": "busy"}, status=503, headers=headers | {"Retry-After": "1"})
        file_id = f"file{len(self.files) + 1}"
        self.files[file_id] = media_type, octets
        answer = {"id": file_id, "type": media_type, "size": len(octets), "name": name}
        return web.json_response(answer, status=201, headers=headers)

    async def give_file(self, request: web.Request) -> web.Response:
        headers = self._cors(request)
        if request.method == "OPTIONS":
            return web.Response(headers=headers)
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.Response(status=401, headers=headers)
        media_type, octets = self.files[request.match_info["id"].rstrip("-")]
        return web.Response(body=octets, content_type=media_type, headers=headers)

    async def talk(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin", "") not in self.allowed:
            raise web.HTTPForbidden
        if self.is_away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.opened += 1
        cable = request.transport
        assert cable is not None
        self.cables.add(cable)
        try:
            await self._serve(socket)
        finally:
            self.sockets.discard(socket)
            self.cables.discard(cable)
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                return
            frame = json.loads(message.data)
            self.heard.append(frame)
            if not self.is_mute:
                await getattr(self, f"_on_{frame['t']}", self._ignore)(socket, frame)

    async def _ignore(self, _socket: web.WebSocketResponse, _frame: dict[str, Any]) -> None:
        """Nothing comes of it."""

    async def _on_hello(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        token = frame["token"]
        if token and self.tokens and token not in self.tokens:
            await socket.close(code=4401)
            return
        after = frame["after"] or max(0, len(self.lines) - self.first)
        welcome = {
            "t": "welcome",
            "talk": self.state,
            "head": len(self.lines),
            "hours": {"open": True, "text": "Senin–Jumat 08.00–16.00 WIB"},
            "files": {"most": 5, "bytes": 10_485_760, "types": ["image/jpeg", "image/png", "image/webp"]},
        }
        more: dict[str, Any] = {} if token else {"token": TOKEN}
        if after and not frame["after"]:
            more["more"] = True
        if self.rate:
            more["rate"] = True
        await _give(socket, welcome | more)
        self.sockets.add(socket)
        for line in self.lines[after:]:
            if line["seq"] not in self.unsent:
                await _give(socket, line)

    async def _on_say(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        if self.busy:
            await _give(socket, {"t": "busy", "id": frame["id"], "after": self.busy.pop(0)})
            return
        if self.refusals:
            await _give(socket, {"t": "refused", "id": frame["id"], "why": self.refusals.pop(0)})
            return
        known = next((line["seq"] for line in self.lines if line.get("id") == frame["id"]), 0)
        seq = known or await self._take(frame)
        ack = {"t": "ack", "id": frame["id"], "seq": seq}
        if self.held_acks is not None:
            self.held_acks.append(ack)
        else:
            await _give(socket, ack)
        if not known and self.answers:
            await self.say(self.answers(frame))

    async def _take(self, frame: dict[str, Any]) -> int:
        ids = frame.get("files", [])
        files = [
            {"id": f"{i}-", "name": "foto.jpg", "type": self.files[i][0], "size": len(self.files[i][1])} for i in ids
        ]
        return await self.say(frame["text"], "visitor", id=frame["id"], **({"files": files} if files else {}))

    async def _on_ping(self, socket: web.WebSocketResponse, _frame: dict[str, Any]) -> None:
        await _give(socket, {"t": "pong"})

    async def _on_older(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        before = frame["before"] - 1
        for line in self.lines[max(0, before - 50) : before]:
            await _give(socket, line)
        await _give(socket, {"t": "older"} | ({"done": True} if before <= 50 else {}))

    async def _on_rate(self, socket: web.WebSocketResponse, _frame: dict[str, Any]) -> None:
        await _give(socket, {"t": "done", "what": "rate"})

    async def _on_transcript(self, socket: web.WebSocketResponse, _frame: dict[str, Any]) -> None:
        await _give(socket, {"t": "done", "what": "transcript"})

    async def _on_code(self, socket: web.WebSocketResponse, _frame: dict[str, Any]) -> None:
        sms = {"number": "1708", "text": "LANJUT 7KQ2MX"}
        code = {"t": "code", "code": "7KQ2MX", "sms": sms, "telegram": "https://t.me/lapor_bot?start=7KQ2MX"}
        await _give(socket, code | {"until": "2026-11-21T03:03:04Z"})


async def _give(socket: web.WebSocketResponse, frame: Mapping[str, Any]) -> None:
    try:
        await socket.send_str(json.dumps(frame))
    except ConnectionError:
        return  # it is gone, and asks again


async def _file_of(request: web.Request) -> tuple[str, str, bytes]:
    part = (await request.post())["file"]
    assert isinstance(part, web.FileField)
    return part.content_type, part.filename, part.file.read()


def chat_routes(peer: ChatPeer) -> list[web.RouteDef]:
    """What the gateway serves of the chat."""
    return [
        *script_routes(),
        web.get("/chat/ws", peer.talk),
        web.get("/chat/hours", peer.hours),
        web.post("/chat/files", peer.upload),
        web.options("/chat/files", peer.upload),
        web.get("/chat/files/{id}", peer.give_file),
        web.options("/chat/files/{id}", peer.give_file),
    ]


def strict_policy(gateway: str) -> str:
    """The least that a page has to allow."""
    socket = gateway.replace("http", "ws", 1)
    return f"default-src 'none'; script-src {gateway}; connect-src {gateway} {socket}; img-src blob:"


@dataclass
class Site:
    """A ministry's site on an origin of its own. ``more`` are further attributes of the script's tag."""

    gateway: str
    url: str = ""
    more: str = ""
    lang: str = "id"

    async def page(self, _request: web.Request) -> web.Response:
        text = PAGE.format(script=f"{self.gateway}/widget.js", more=self.more, lang=self.lang)
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": strict_policy(self.gateway)}
        )


@asynccontextmanager
async def open_site(gateway: str) -> AsyncIterator[Site]:
    """Serve a site whose pages load the widget of ``gateway``."""
    site = Site(gateway)
    app = web.Application()
    app.add_routes([web.get("/", site.page)])
    async with TestServer(app) as server:
        site.url = str(server.make_url("/")).rstrip("/")
        yield site


@asynccontextmanager
async def open_peer() -> AsyncIterator[tuple[ChatPeer, Site]]:
    """The other side and a site that it allows."""
    peer = ChatPeer()
    app = web.Application()
    app.add_routes(chat_routes(peer))
    async with TestServer(app) as server, open_site(str(server.make_url("")).rstrip("/")) as site:
        peer.allowed.add(site.url)
        yield peer, site
        peer.is_away = True
        peer.cut()


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something to become true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
