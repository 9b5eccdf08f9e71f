"""The reading processes, begun when there is work: each reads one mail at a time, and one that dies is replaced."""

import asyncio
import logging
import math
import os
import socket
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from channels.email.receiving.readers.frames import HEAD, FrameInvalid, head, read_head
from channels.email.receiving.readers.reading import Asked, Question, Reading, unread
from core.channel import Busy

log = logging.getLogger(__name__)

WORKER: Final = "channels.email.receiving.readers.worker"
STARTING: Final = 30.0
"""Seconds until a process has to be ready; a busy machine takes its time."""

TOGETHER: Final = 8
SMALL: Final = 65_536
WAITING: Final = 30.0
"""Seconds for which a mail waits for its turn."""

USUAL: Final = 65_536
"""Octets of an answer that come in one piece."""

PATIENCE: Final = 3
ITS_SHARE: Final = 0.5
TICKS: Final = os.sysconf("SC_CLK_TCK")
TOO_LONG: Final = "reading it took too long"
DIED: Final = "reading it ended the process"


Answer = tuple[memoryview, memoryview]


class Died(Exception):
    """The process ended, or says what has no meaning."""


Found = tuple[Reading, Sequence[memoryview]]


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A mail that waits for a process."""

    raw: bytes = field(repr=False)
    question: Question
    found: "asyncio.Future[Found]"


class Readers:
    """At most ``count`` processes. ``seconds`` for one mail, ``memory`` in octets for one process.

    ``worker``: the module that is run. Small mails that wait at the same time are read together: the way to a process
    and back is longer than reading one of them.
    """

    def __init__(self, *, count: int, seconds: float, memory: int, worker: str = WORKER) -> None:
        self._readers = [Reader(worker, seconds=seconds, memory=memory) for _ in range(count)]
        self._free = list(reversed(self._readers))
        self._waiting: deque[Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, raw: bytes, question: Question) -> Found:
        """What a mail says, and the contents of its files; unreadable where no process survives it. Raises Busy."""
        one = Waiting(raw, question, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._wake()
        done, _ = await asyncio.wait({one.found}, timeout=WAITING)
        if not done and one in self._waiting:
            self._waiting.remove(one)
            raise Busy("no process is free to read the mail")
        return await one.found

    def _wake(self) -> None:
        if self._free and self._waiting:
            task = asyncio.get_running_loop().create_task(self._serve(self._free.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: "Reader") -> None:
        """Read what waits, first come first served."""
        try:
            while some := self._next():
                await self._read_some(reader, some)
        finally:
            self._free.append(reader)

    def _next(self) -> list[Waiting]:
        """The first mail, and if it is small the small ones behind it: a fair share of them for each process."""
        most = min(TOGETHER, -(-len(self._waiting) // len(self._readers)))
        some: list[Waiting] = []
        while self._waiting and len(some) < max(most, 1):
            if some and len(some[0].raw) + len(self._waiting[0].raw) > SMALL:
                break
            some.append(self._waiting.popleft())
        return some

    async def _read_some(self, reader: "Reader", some: Sequence[Waiting]) -> None:
        """Together, and each alone where that goes wrong: one of them may be to blame."""
        try:
            found = await reader.ask(some) if len(some) > 1 else []
        except (TimeoutError, Died):
            found = []
        except Exception as error:  # noqa: BLE001 - each mail's own caller decides
            _fail(some, error)
            return
        for one, result in zip(some, found, strict=False):
            if not one.found.done():
                one.found.set_result(result)
        for one in some[len(found) :]:
            await self._read_alone(reader, one)

    async def _read_alone(self, reader: "Reader", one: Waiting) -> None:
        try:
            found = await self._read(reader, one)
        except Exception as error:  # noqa: BLE001 - its own caller decides
            _fail([one], error)
        else:
            if not one.found.done():
                one.found.set_result(found)

    async def _read(self, reader: "Reader", one: Waiting) -> Found:
        """Where a process dies that had read others before, it may have been theirs: once more with a fresh one."""
        while True:
            is_fresh = reader.is_fresh
            try:
                return (await reader.ask([one]))[0]
            except TimeoutError:
                return unread(TOO_LONG), ()
            except Died:
                log.warning("A process that reads mails died", extra={"fresh": is_fresh})
                if is_fresh:
                    return unread(DIED), ()

    @property
    def pids(self) -> list[int]:
        """Of the processes that are there."""
        return [reader.pid for reader in self._readers if reader.pid]

    async def close(self) -> None:
        """End the processes; what waits is dropped."""
        for one in self._waiting:
            one.found.cancel()
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(reader.end() for reader in self._readers))


def _fail(some: Sequence[Waiting], error: Exception) -> None:
    for one in some:
        if not one.found.done():
            one.found.set_exception(error)


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
