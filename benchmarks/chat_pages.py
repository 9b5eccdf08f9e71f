"""Pages with the web chat open: hand-made frames over plain sockets, thousands in one loop.

Runs as a process of its own (``python -m benchmarks.chat_pages``): reads commands as JSON lines, answers each with one.
"""

import asyncio
import base64
import json
import os
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

OPENING_AT_ONCE = 100
PATIENCE = 120.0


def text_frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455 §5.2); a mask of zeros leaves the payload as it is."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, 0x80 | length)) + b"\0\0\0\0" + payload
    return bytes((0x81, 0xFE)) + length.to_bytes(2, "big") + b"\0\0\0\0" + payload


class Page(asyncio.Protocol):
    """One open chat. ``got`` is called with each frame."""

    def __init__(self, port: int, pages: "Pages") -> None:
        self._port = port
        self._pages = pages
        self._read = b""
        self._open = False
        self._transport: asyncio.WriteTransport | None = None
        self.token: str | None = None
        self.number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /chat/ws HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{self._port}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Frames, whole or in pieces."""
        self._read += data
        if not self._open:
            head, end, rest = self._read.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self._pages.failed += 1
                return
            self._open, self._read = True, rest
            self.send({"t": "hello", "v": 1, "token": self.token, "after": 0})
        while len(self._read) >= 2:
            length, start = self._read[1] & 0x7F, 2
            if length == 126:
                length, start = int.from_bytes(self._read[2:4], "big"), 4
            if len(self._read) < start + length:
                return
            opcode, payload = self._read[0] & 0xF, self._read[start : start + length]
            self._read = self._read[start + length :]
            if opcode == 1:
                self._pages.got(self, json.loads(payload))
            elif opcode == 9 and self._transport is not None:
                self._transport.write(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)

    def connection_lost(self, _error: Exception | None) -> None:
        """Counted: nobody hangs up in these runs."""
        self._pages.lost += 1

    def send(self, frame: dict[str, Any]) -> None:
        """One frame."""
        if self._transport is not None:
            self._transport.write(text_frame(json.dumps(frame, separators=(",", ":")).encode()))


@dataclass
class Pages:
    """All pages of this process, and what became of what they said: when it was said, acknowledged, seen elsewhere."""

    pages: list[Page] = field(default_factory=list)
    said: dict[str, float] = field(default_factory=dict)
    acked: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    watchers: set[Page] = field(default_factory=set)
    welcomed: int = 0
    failed: int = 0
    lost: int = 0
    busy: int = 0

    def got(self, page: Page, frame: dict[str, Any]) -> None:
        """A frame for one page."""
        now = time.perf_counter()
        match frame["t"]:
            case "welcome":
                self.welcomed += 1
                page.token = frame.get("token", page.token)
            case "ack":
                self.acked[frame["id"]] = now
            case "line" if page in self.watchers and frame.get("id") in self.said:
                self.seen.setdefault(frame["id"], now)
            case "busy" | "refused":
                self.busy += 1

    async def open(self, port: int, tokens: Sequence[str | None], *, watch: bool = False) -> dict[str, Any]:
        """Open so many at once until each is welcomed."""
        begun, before = time.perf_counter(), self.welcomed
        gate = asyncio.Semaphore(OPENING_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one(token: str | None) -> None:
            async with gate:
                page = Page(port, self)
                page.token = token
                self.pages.append(page)
                if watch:
                    self.watchers.add(page)
                await loop.create_connection(lambda: page, "127.0.0.1", port)

        await asyncio.gather(*(one(token) for token in tokens))
        await self._until(lambda: self.welcomed - before + self.failed >= len(tokens))
        return {"seconds": time.perf_counter() - begun, "open": self.welcomed, "failed": self.failed}

    async def say(self, rate: float, seconds: float) -> dict[str, Any]:
        """So many messages a second, evenly, from page after page; waits until each was acknowledged and seen."""
        talkers = [page for page in self.pages if page not in self.watchers]
        self.said.clear(), self.acked.clear(), self.seen.clear()
        begun = time.perf_counter()
        for n in range(int(rate * seconds)):
            late = begun + n / rate - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            client_id = secrets.token_hex(8)
            self.said[client_id] = now = time.perf_counter()
            text = f"Lampu jalan di Jl. Kenanga RT {n % 50} RW {n % 9} padam sejak Senin, gelap sekali {now:.6f}"
            talkers[n % len(talkers)].send({"t": "say", "id": client_id, "text": text})
        took = time.perf_counter() - begun
        await self._until(lambda: len(self.acked) + self.busy >= len(self.said))
        if self.watchers:
            await self._until(lambda: len(self.seen) + self.busy >= len(self.said))
        acks = [self.acked[each] - at for each, at in self.said.items() if each in self.acked]
        seen = [self.seen[each] - at for each, at in self.said.items() if each in self.seen]
        return {"said": len(self.said), "took": took, "acks": acks, "seen": seen, "busy": self.busy, "lost": self.lost}

    async def _until(self, condition: Any) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pass  # What is missing shows in the figures.


async def main() -> None:
    """Command after command."""
    pages = Pages()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        match command.pop("do"):
            case "open":
                answer = await pages.open(**command)
            case "say":
                answer = await pages.say(**command)
            case _:
                answer = {"tokens": [page.token for page in pages.pages]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
