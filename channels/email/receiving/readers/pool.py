"""The reading processes, begun when there is work: mails are read in turn, and a process that dies is replaced."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

from channels.email.receiving.readers.process import Died, Found, Reader, Waiting
from channels.email.receiving.readers.reading import Question, unread
from core.channel import Busy

log = logging.getLogger(__name__)

WORKER: Final = "channels.email.receiving.readers.worker"
TOGETHER: Final = 8
SMALL: Final = 65_536
STUCK: Final = 0.02
"""Seconds after which a process that reads small mails is not waited for: another one takes those behind."""

WAITING: Final = 30.0
"""Seconds for which a mail waits for its turn."""

TOO_LONG: Final = "reading it took too long"
DIED: Final = "reading it ended the process"


class Readers:
    """At most ``count`` processes. ``seconds`` for one mail, ``memory`` in octets for one process.

    ``worker``: the module that is run. Small mails that wait at the same time are read together: the way to a process
    and back is longer than reading one of them. For the same reason a further process is only called for when those at
    work do not soon come to what waits.
    """

    def __init__(self, *, count: int, seconds: float, memory: int, worker: str = WORKER) -> None:
        self._readers = [Reader(worker, seconds=seconds, memory=memory) for _ in range(count)]
        self._free = list(reversed(self._readers))
        self._waiting: deque[Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun = 0.0
        self._is_large = False
        self._look: asyncio.TimerHandle | None = None

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
        if not self._free or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        if not self._suffices(loop.time()):
            task = loop.create_task(self._serve(self._free.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif self._look is None:
            self._look = loop.call_later(STUCK, self._look_again)

    def _suffices(self, now: float) -> bool:
        """Whether the processes at work soon come to what waits."""
        busy = len(self._readers) - len(self._free)
        is_moving = not self._is_large and now - self._begun < STUCK
        return is_moving and 0 < len(self._waiting) <= 2 * TOGETHER * busy

    def _look_again(self) -> None:
        self._look = None
        self._wake()

    async def _serve(self, reader: "Reader") -> None:
        """Read what waits, first come first served."""
        try:
            while some := self._next():
                await self._read_some(reader, some)
        finally:
            self._free.append(reader)

    def _next(self) -> list[Waiting]:
        """The first mail, and if it is small the small ones behind it."""
        some: list[Waiting] = []
        while self._waiting and len(some) < TOGETHER:
            if some and len(some[0].raw) + len(self._waiting[0].raw) > SMALL:
                break
            some.append(self._waiting.popleft())
        self._begun = asyncio.get_running_loop().time()
        self._is_large = bool(some) and len(some[0].raw) > SMALL
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
        if self._look is not None:
            self._look.cancel()
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
