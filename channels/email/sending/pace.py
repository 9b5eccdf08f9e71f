"""How fast mails go to the relay: so many at a time, so many a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from core.channel import Throttled

LONGEST_WAIT: Final = 10.0
"""Seconds; with the relay's own times an attempt stays within what the core allows it (48 of its lease's 60)."""


class Pace:
    """Lets ``at_once`` through at a time and ``per_second`` (0: no limit) in a second."""

    def __init__(self, *, at_once: int, per_second: float) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._every = 1 / per_second if per_second else 0.0
        self._next = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one place. Raises Throttled when it is not one's turn soon."""
        until = asyncio.get_running_loop().time() + LONGEST_WAIT
        await self._moment(until)
        try:
            async with asyncio.timeout_at(until):
                await self._places.acquire()
        except TimeoutError:
            raise Throttled("every connection is taken", retry_after=timedelta(seconds=LONGEST_WAIT / 2)) from None
        try:
            yield
        finally:
            self._places.release()

    async def _moment(self, until: float) -> None:
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next)
        if mine > until:
            raise Throttled("the rate leaves no room at the moment", retry_after=timedelta(seconds=mine - now))
        self._next = mine + self._every
        await asyncio.sleep(mine - now)
