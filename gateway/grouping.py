"""Group commit: what arrives while one commit runs shares the next one. There is no timer, so nobody waits for
company.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from core.ports import Poison

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Runs ``work`` over batches of items and hands each item its own result.

    ``work`` returns one result for each item, in order. When it raises Poison the batch is halved until the item that
    the database refuses stands alone; any other exception goes to every item of the batch.
    Two batches at once were slower: a batch has a cost of its own, and each would be half as large.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, most: int = 500) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._arrived = asyncio.Event()
        self._ended = False

    def add(self, item: Item) -> "asyncio.Future[Result]":
        """Put an item in the next batch; the future is done after its commit, or cancelled where ``run`` has ended."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._ended:
            future.cancel()
            return future
        self._waiting.append((item, future))
        self._arrived.set()
        return future

    @property
    def waiting(self) -> int:
        """How many wait for the next batch."""
        return len(self._waiting)

    async def run(self) -> None:
        """Commit batch after batch until cancelled: what is being committed then ends, what waits is cancelled."""
        try:
            await self._commit_all()
        finally:
            self._ended = True
            _cancel(self._waiting)

    async def _commit_all(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if not self._waiting:
                self._arrived.clear()
            commit = asyncio.ensure_future(self._commit(batch))
            try:
                await asyncio.shield(commit)
            except asyncio.CancelledError:
                await commit
                raise

    async def _commit(self, batch: "Sequence[tuple[Item, asyncio.Future[Result]]]") -> None:
        try:
            results = await self._work([item for item, _ in batch])
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


def _hand_out(batch: "Sequence[tuple[Item, asyncio.Future[Result]]]", results: Sequence[Result]) -> None:
    """Who does not wait any more is passed over: the item is committed all the same."""
    for (_, future), result in zip(batch, results, strict=True):
        if not future.done():
            future.set_result(result)


def _cancel(batch: "Sequence[tuple[Item, asyncio.Future[Result]]]") -> None:
    for _, future in batch:
        future.cancel()


def _fail(batch: "Sequence[tuple[Item, asyncio.Future[Result]]]", error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
