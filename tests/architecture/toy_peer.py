"""The toy network itself, scripted, and the rig that wires a toy channel to it."""

import asyncio
import base64
import contextlib
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.model.secret import Secret
from core.testing.channel_rig import Sample, Sent, Told, eventually
from core.testing.fakes import RecordingIntake
from tests.architecture.toy_channel import Frame, ToyChannel, read

PASSWORD = "kata-sandi-operator"
CITIZENS = ("warga-081211112222", "warga-081333334444")


class ToyPeer:
    """Listens on loopback; faults are attributes and methods."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.queue: list[Frame] = []
        self.fetched = 0
        self.sent: list[Sent] = []
        self.refused_log_ins = 0
        self.takes_password = True
        self.wait: float | None = None
        self.silent = False
        self.writer: asyncio.StreamWriter | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._ids = itertools.count(1)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
            await eventually(lambda: not self._writers, "every connection is closed")
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                self._obey(json.loads(line), writer)
        writer.close()
        self._writers.remove(writer)
        if self.writer is writer:
            self.writer = None

    def _obey(self, frame: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        match frame:
            case {"password": password}:
                self._greet(password, writer)
            case {"told": message_id, "verdict": verdict}:
                self.told[message_id] = Told(verdict)
            case {"fetch": cursor}:
                self.fetched = cursor
                rows = [[n, message] for n, message in enumerate(self.queue, 1) if n > cursor]
                write(writer, {"number": 0, "page": rows})
            case {"number": number, "to": to, "text": text} if not self.silent:
                write(writer, {"number": number, **self._take(to, text)})

    def _greet(self, password: str, writer: asyncio.StreamWriter) -> None:
        if self.takes_password and password == PASSWORD:
            self.writer = writer
            write(writer, {"welcome": True})
        else:
            self.refused_log_ins += 1
            writer.close()

    def _take(self, to: str, text: str) -> Frame:
        if self.wait is not None:
            return {"wait": self.wait}
        piece = Sent(id=f"out-{next(self._ids)}", who=CITIZENS.index(to), text=text)
        self.sent.append(piece)
        return {"sent": piece.id}


def write(writer: asyncio.StreamWriter | None, frame: Frame | bytes) -> None:
    """One line, lost where nobody is connected."""
    if writer is not None:
        writer.write((frame if isinstance(frame, bytes) else json.dumps(frame).encode()) + b"\n")


@dataclass(frozen=True, slots=True)
class ToyHandle:
    """A message brought by the toy network; ``position`` counts those that are fetched."""

    peer: ToyPeer
    frame: Frame
    position: int = 0

    @property
    def told(self) -> Told:
        if self.position:
            return Told.ACCEPTED if self.peer.fetched >= self.position else Told.NOTHING
        return self.peer.told.get(self.frame["id"], Told.NOTHING)


class ToyRig:
    """Any toy channel on its network."""

    citizens = CITIZENS
    secrets = (PASSWORD,)

    def __init__(self, kind: type[ToyChannel] = ToyChannel, *, fetches: bool = False) -> None:
        self.intake = RecordingIntake()
        self.peer = ToyPeer()
        self._kind = kind
        self._fetches = fetches
        self._receiving: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._references: Counter[int] = Counter()

    async def start(self) -> None:
        refused, self.peer.writer = self.peer.refused_log_ins, None
        self.channel = self._kind(port=self.peer.port, password=Secret(PASSWORD))
        self._receiving = asyncio.create_task(self.channel.receive(self.intake))
        await eventually(lambda: self.peer.writer is not None or self.peer.refused_log_ins > refused, "it connects")

    async def stop(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)
            self._receiving = None

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return read(pieces)

    async def bring(self, sample: Sample) -> ToyHandle:
        files = [base64.b64encode(file).decode() for file in sample.files]
        return self._bring({"from": CITIZENS[sample.who], "text": sample.text, "files": files})

    def _bring(self, content: Frame) -> ToyHandle:
        return self._hand_over({"id": f"in-{next(self._ids)}", **content})

    def _hand_over(self, frame: Frame) -> ToyHandle:
        if self._fetches:
            self.peer.queue.append(frame)
            return ToyHandle(self.peer, frame, len(self.peer.queue))
        self.peer.told.pop(frame["id"], None)
        write(self.peer.writer, frame)
        return ToyHandle(self.peer, frame)

    async def bring_again(self, handle: ToyHandle) -> ToyHandle:
        return self._hand_over(handle.frame)

    async def bring_garbage(self) -> None:
        if self._fetches:
            self.peer.queue.append({"junk": 1})
        write(self.peer.writer, b'{"id": "in-1", \xff\x00 broken')
        write(self.peer.writer, {"unknown": True})

    async def bring_long(self, text: str, *, pieces: int, who: int = 0) -> Sequence[ToyHandle]:
        size = -(-len(text) // pieces)
        self._references[who] += 1
        return [
            self._bring(
                {
                    "from": CITIZENS[who],
                    "text": text[number * size : (number + 1) * size],
                    "part": [self._references[who], number + 1, pieces],
                }
            )
            for number in range(pieces)
        ]

    async def go_away(self) -> None:
        await self.peer.close()

    async def come_back(self) -> None:
        await self.peer.open()

    async def refuse_credentials(self) -> None:
        self.peer.takes_password = False

    def take_sent(self) -> Sequence[Sent]:
        sent, self.peer.sent = self.peer.sent, []
        return sent

    async def throttle(self, delay: timedelta) -> bool:
        self.peer.wait = delay.total_seconds()
        return True

    async def go_silent(self) -> None:
        self.peer.silent = True

    async def receipt_for(self, external_id: str) -> None:
        write(self.peer.writer, {"delivered": external_id})
