"""One look into the store for all pages that are to be told something: while one is under way the next ones gather."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core import watching
from core.office import Office
from core.ports import Clock, Store, Tx, Unavailable
from core.watching import Asked, Lines

TOGETHER = 200
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page gets: new lines of its chats, and the names of operators. ``is_whole``: there are no more."""

    chats: Sequence[Lines]
    names: Mapping[str, str]
    is_whole: bool


class Looks:
    """For one process."""

    def __init__(self, store: Store, office: Office, clock: Clock) -> None:
        self._store, self._office, self._clock = store, office, clock
        self._waiting: list[tuple[Asked, asyncio.Future[Seen]]] = []
        self._looking: asyncio.Task[None] | None = None

    async def see(self, asked: Asked) -> Seen:
        """Raises Unavailable."""
        answer: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="desk-looks")
        return await answer

    async def _look(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                await self._answer(batch)
        finally:
            self._looking = None

    async def _answer(self, batch: Sequence[tuple[Asked, "asyncio.Future[Seen]"]]) -> None:
        """Whoever waits is told what went wrong, whoever left meanwhile is not; a chat that cannot be read is no
        reason to tell the others nothing.
        """
        try:
            seen = await self._store.read(lambda tx: self._see(tx, [asked for asked, _ in batch]))
        except Exception as error:  # noqa: BLE001 - each page decides what it means
            if len(batch) == 1 or isinstance(error, Unavailable):
                _fail(batch, error)
                return
            for waiting in batch:
                await self._answer([waiting])
            return
        for (_, answer), one in zip(batch, seen, strict=True):
            if not answer.done():
                answer.set_result(one)

    def _see(self, tx: Tx, asked: Sequence[Asked]) -> list[Seen]:
        now = self._clock.now()
        found, is_whole = watching.fresh_lines(tx, asked, office=self._office, now=now, limit=MOST_LINES)
        names = watching.names(tx, {line.by for chats in found for chat in chats for line in chat.lines})
        return [Seen(chats, names, is_whole) for chats in found]


def _fail(batch: Sequence[tuple[Asked, "asyncio.Future[Seen]"]], error: Exception) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(error)
