"""One reading process and our end of the line to it."""

import asyncio
import math
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from channels.email.receiving.readers.frames import HEAD, FrameInvalid, head, read_head
from channels.email.receiving.readers.reading import Asked, Question, Reading
from core.channel import Busy

STARTING: Final = 30.0
"""Seconds until a process has to be ready; a busy machine takes its time."""

SOON: Final = 0.1
"""Seconds within which nearly every mail is read: nobody asks then what the process has used."""

USUAL: Final = 65_536
"""Octets of an answer that come in one piece."""

PATIENCE: Final = 3
ITS_SHARE: Final = 0.5
TICKS: Final = os.sysconf("SC_CLK_TCK")

Answer = tuple[memoryview, memoryview]
Found = tuple[Reading, Sequence[memoryview]]


class Died(Exception):
    """The process ended, or says what has no meaning."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A mail that waits for a process."""

    raw: bytes = field(repr=False)
    question: Question
    found: "asyncio.Future[Found]"


class Reader:
    """One process, begun at its first mail and again after each end."""

    def __init__(self, worker: str, *, seconds: float, memory: int) -> None:
        self._worker = worker
        self._seconds = seconds
        self._memory = memory
        self._process: asyncio.subprocess.Process | None = None
        self._line: Line | None = None
        self._count = 0

    @property
    def is_fresh(self) -> bool:
        """Whether no mail was read yet by the process that would read the next one."""
        return self._line is None or self._line.is_lost or not self._count

    @property
    def pid(self) -> int:
        """Of the process; 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    async def ask(self, some: Sequence[Waiting]) -> list[Found]:
        """Raises Died, TimeoutError (the process is ended then) and Busy (none can be begun)."""
        line = await self._ready()
        try:
            asked = msgspec.msgpack.encode([Asked(one.question, len(one.raw)) for one in some])
            words, octets = await self._answer(line.ask(asked, [one.raw for one in some]))
            self._count += 1
            return _understand(words, octets, count=len(some))
        except BaseException:
            await self.end()
            raise

    async def _answer(self, answer: "asyncio.Future[Answer]") -> "Answer":
        """Its time is over when the process had that much of it, or three times as much has gone by: a machine that is
        busy with other things makes no mail unreadable.
        """
        await asyncio.wait({answer}, timeout=SOON)
        if answer.done():
            return answer.result()
        before = _cpu_seconds(self.pid)
        for _ in range(PATIENCE):
            await asyncio.wait({answer}, timeout=self._seconds)
            if answer.done() or _cpu_seconds(self.pid) - before >= ITS_SHARE * self._seconds:
                break
        if not answer.done():
            raise TimeoutError
        return answer.result()

    async def _ready(self) -> "Line":
        if self._line is not None and not self._line.is_lost:
            return self._line
        await self.end()
        try:
            async with asyncio.timeout(STARTING):
                return await self._begin()
        except (OSError, TimeoutError, Died) as error:
            await self.end()
            raise Busy("no process can be begun to read the mail") from error
        except BaseException:
            await self.end()
            raise

    async def _begin(self) -> "Line":
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                arguments = ("-m", self._worker, str(self._memory), str(math.ceil(self._seconds)))
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *arguments,
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    env=_environment(),
                )
            _, line = await asyncio.get_running_loop().create_connection(Line, sock=ours)
        except BaseException:
            ours.close()
            raise
        await line.answer()
        self._line, self._count = line, 0
        return line

    async def end(self) -> None:
        """Kill it."""
        line, process, self._line, self._process = self._line, self._process, None, None
        if line is not None:
            line.hang_up()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class Line(asyncio.BufferedProtocol):
    """Our end of the line to a process. A small answer comes in one piece; a large one is written where it stays."""

    def __init__(self) -> None:
        self.is_lost = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._begin()

    def _begin(self) -> None:
        self._view = memoryview(bytearray(USUAL))
        self._at = 0
        self._words = -1
        self._size = HEAD.size

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = transport  # type: ignore[assignment] # it can be written to, whichever loop made it

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever waits hears of it."""
        self.is_lost = True
        if not self._answer.done():
            self._answer.set_exception(Died())
            self._answer.exception()

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where the next octets go."""
        return self._view[self._at :]

    def buffer_updated(self, nbytes: int) -> None:
        """They are there."""
        self._at += nbytes
        if self._words < 0 and self._at >= HEAD.size and not self._read_head():
            self.hang_up()
        elif self._at == self._size and self._words >= 0:
            self._end()
        elif self._at > self._size and self._words >= 0:
            self.hang_up()  # it speaks unasked

    def _read_head(self) -> bool:
        """Make room for the rest; whether the head has a meaning."""
        try:
            self._words, octets = read_head(self._view[: HEAD.size])
        except FrameInvalid:
            return False
        self._size = HEAD.size + self._words + octets
        if self._size > len(self._view):
            larger = memoryview(bytearray(self._size))
            larger[: self._at] = self._view[: self._at]
            self._view = larger
        return True

    def _end(self) -> None:
        view, begin = self._view, HEAD.size + self._words
        answer = view[HEAD.size : begin], view[begin : self._size]
        self._begin()
        if self._answer.done():
            self.hang_up()
        else:
            self._answer.set_result(answer)

    def ask(self, words: bytes, octets: Sequence[bytes]) -> "asyncio.Future[Answer]":
        """The answer, in time; it may be Died. Raises Died."""
        if self.is_lost or self._transport is None:
            raise Died
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.writelines((head(words, sum(map(len, octets))), words, *octets))
        return self._answer

    async def answer(self) -> None:
        """Wait for the first word, which nobody asked for. Raises Died."""
        await self._answer

    def hang_up(self) -> None:
        """No more of it."""
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()


def _understand(words: memoryview, octets: memoryview, *, count: int) -> list[Found]:
    try:
        readings = msgspec.msgpack.decode(words, type=list[Reading])
    except msgspec.DecodeError as error:
        raise Died from error
    found: list[Found] = []
    at = 0
    for reading in readings:
        contents = []
        for file in reading.files:
            contents.append(octets[at : at + file.size])
            at += file.size
        found.append((reading, contents))
    if at != len(octets) or len(found) != count:
        raise Died
    return found


def _cpu_seconds(pid: int) -> float:
    """What a process has used so far; beyond all measure where that cannot be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except (OSError, ValueError, IndexError):
        return math.inf


def _environment() -> dict[str, str]:
    """Where our modules are, and nothing else of ours: it has no use for secrets."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)}
