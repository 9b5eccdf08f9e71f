"""Passwords are looked at off the loop, a few at once: each costs 64 MiB and a tenth of a second of a processor."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from core.channel import Busy
from core.passwords import hash_password, password_agrees

Result = TypeVar("Result")


class Bench:
    """So many places, and so many waiting for one; whoever comes then is told to come again."""

    def __init__(self, *, places: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(places)
        self._present = 0
        self._most = places + waiting

    async def do(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` in a thread. Raises core.channel.Busy."""
        if self._present >= self._most:
            raise Busy("too many log-ins at once", retry_after=timedelta(seconds=10))
        self._present += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._present -= 1


@dataclass(frozen=True, slots=True)
class Hashing:
    """Two benches: strangers, however many come, take no place from browsers that logged in before."""

    strangers: Bench
    known: Bench

    async def agrees(self, password: str, stored: str, *, known: bool) -> bool:
        """Whether the password is right. Raises core.channel.Busy."""
        return await (self.known if known else self.strangers).do(lambda: password_agrees(password, stored))

    async def hash(self, password: str) -> str:
        """For somebody who is logged in. Raises core.channel.Busy."""
        return await self.known.do(lambda: hash_password(password))


def make_hashing(*, places: int, waiting: int) -> Hashing:
    """``places`` for strangers, one for known browsers; ``waiting`` behind each."""
    return Hashing(strangers=Bench(places=places, waiting=waiting), known=Bench(places=1, waiting=waiting))
