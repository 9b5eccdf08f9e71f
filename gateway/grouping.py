"""Group commit: what arrives while one commit runs shares the next one. There is no timer, so nobody waits for
company.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from core.ports import Poison

Item = TypeVar("Item")
Result = TypeVar("Result")
Waiting = tuple[Item, "asyncio.Future[Result]", float]

WAYS = 2
FEWEST = 16


def _never(_items: object) -> bool:
    return False


class GroupCommit(Generic[Item, Result]):
    """Runs ``work`` over batches of items and hands each item its own result.

    ``work`` returns one result for each item, in order. When it raises Poison the batch is halved until the item that
    the database refuses stands alone; any other exception goes to every item of the batch.
    Two batches for which ``beside`` holds may be under way at once: the database commits one while the next is made
    ready. What waits is shared between them, and below ``FEWEST`` items it is dearer to begin than to wait.
    Who waits longer than ``patience`` gets TimeoutError; one clock for all costs less than a timer for each.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        most: int = 500,
        patience: timedelta = timedelta(seconds=60),
        beside: Callable[[Sequence[Item]], bool] = _never,
    ) -> None:
        self._work = work
        self._most = most
        self._patience = patience.total_seconds()
        self._beside = beside
        self._waiting: list[Waiting[Item, Result]] = []
        self._under_way: dict[asyncio.Task[None], list[Waiting[Item, Result]]] = {}
        self._arrived = False
        self._ended = False

    def add(self, item: Item) -> "asyncio.Future[Result]":
        """Put an item in the next batch; the future is done after its commit, or cancelled where ``run`` has ended."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        if self._ended:
            future.cancel()
            return future
        if not self._arrived:
            self._arrived = True
            loop.call_soon(self._begin)
        self._waiting.append((item, future, loop.time()))
        return future

    @property
    def waiting(self) -> int:
        """How many wait for the next batch."""
        return len(self._waiting)

    async def run(self) -> None:
        """Commit batch after batch until cancelled: what is being committed then ends, what waits is cancelled."""
        try:
            while True:
                await asyncio.sleep(self._patience / 4)
                self._give_up_on_late()
        finally:
            self._ended = True
            _cancel(self._waiting)
            self._waiting = []
            if self._under_way:
                await asyncio.wait(self._under_way)

    def _begin(self) -> None:
        """Begin the commits that may begin now."""
        self._arrived = False
        while size := self._size():
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            task = asyncio.ensure_future(self._commit(batch))
            self._under_way[task] = batch
            task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        del self._under_way[task]
        self._begin()

    def _size(self) -> int:
        """How many items the next batch takes; 0 where it has to wait for one that is under way."""
        size, free = min(len(self._waiting), self._most), WAYS - len(self._under_way)
        if free == WAYS and size < 2 * FEWEST:
            return size
        if free and size >= FEWEST and self._beside([item for item, _, _ in self._waiting[:size]]):
            return -(-size // free)
        return size if free == WAYS else 0

    def _give_up_on_late(self) -> None:
        """What is being committed may still succeed; what only waits is dropped."""
        oldest = asyncio.get_running_loop().time() - self._patience
        under_way = [waiting for batch in self._under_way.values() for waiting in batch]
        late = [waiting for waiting in (*under_way, *self._waiting) if waiting[2] < oldest]
        _fail(late, TimeoutError("the commit takes too long"))
        self._waiting = [waiting for waiting in self._waiting if waiting[2] >= oldest]

    async def _commit(self, batch: "Sequence[Waiting[Item, Result]]") -> None:
        try:
            results = await self._work([item for item, _, _ in batch])
            _hand_out(batch, results)
        except Poison as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            middle = len(batch) // 2
            await self._commit(batch[:middle])
            await self._commit(batch[middle:])
        except Exception as error:  # noqa: BLE001 - each item's own caller decides
            _fail(batch, error)
        except asyncio.CancelledError:
            _cancel(batch)
            raise


def _hand_out(batch: "Sequence[Waiting[Item, Result]]", results: Sequence[Result]) -> None:
    """Who does not wait any more is passed over: the item is committed all the same."""
    for (_, future, _), result in zip(batch, results, strict=True):
        if not future.done():
            future.set_result(result)


def _cancel(batch: "Sequence[Waiting[Item, Result]]") -> None:
    for _, future, _ in batch:
        future.cancel()


def _fail(batch: "Sequence[Waiting[Item, Result]]", error: Exception) -> None:
    for _, future, _ in batch:
        if not future.done():
            future.set_exception(error)
