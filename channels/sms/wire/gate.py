"""The gate replies pass through: the operator's rate, its window of unanswered replies, and who goes first."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0


class Gate:
    """Lets at most ``window`` through at a time and ``per_second`` (0: no limit) in a second, lowest ``rank`` first."""

    def __init__(self, *, window: int, per_second: float) -> None:
        self._window = window
        self._per_second = per_second
        self._burst = max(1.0, per_second / 20)
        self._tokens = self._burst
        self._counted_at = 0.0
        self._paused_until = 0.0
        self._pause = FIRST_PAUSE
        self._inside = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, *, rank: int, limit: float) -> AsyncIterator[None]:
        """Hold one place of the window. Raises TimeoutError when it was not one's turn within ``limit`` seconds."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (rank, next(self._numbers), waiter))
        self._admit()
        try:
            async with asyncio.timeout(limit):
                await waiter
        except BaseException:
            self._give_up(waiter)
            raise
        try:
            yield
        finally:
            self._inside -= 1
            self._admit()

    def throttle(self) -> timedelta:
        """The operator asks to wait: nobody passes for a time that grows until ``ease``. Returns the time."""
        now = asyncio.get_running_loop().time()
        if now >= self._paused_until:
            pause, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * 2)
            self._paused_until = now + pause
        return timedelta(seconds=self._paused_until - now)

    def ease(self) -> None:
        """A reply was taken: the next pause is a short one again."""
        self._pause = FIRST_PAUSE

    def close(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self, waiter: asyncio.Future[None]) -> None:
        """Whoever waits no longer leaves the queue, or gives back the place it was just let into."""
        if waiter.done() and not waiter.cancelled():
            self._inside -= 1
        waiter.cancel()
        self._admit()

    def _admit(self) -> None:
        """Let in all who may pass now, and look again when the next may."""
        self.close()
        loop = asyncio.get_running_loop()
        while self._queue and self._inside < self._window:
            if self._queue[0][2].done():
                heapq.heappop(self._queue)
                continue
            wait = self._wait(loop.time())
            if wait > 0:
                self._timer = loop.call_later(wait, self._admit)
                return
            self._tokens -= 1
            self._inside += 1
            heapq.heappop(self._queue)[2].set_result(None)

    def _wait(self, now: float) -> float:
        """Seconds until the next may pass."""
        if self._paused_until > now:
            return self._paused_until - now
        if not self._per_second:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._counted_at) * self._per_second)
        self._counted_at = now
        return max(0.0, (1.0 - self._tokens) / self._per_second)
