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
COMPANY = 24
Waiting = tuple[Item, "asyncio.Future[Result]", float]


class GroupCommit(Generic[Item, Result]):
    """Runs ``work`` over batches of items and hands each item its own result.

    ``work`` returns one result for each item, in order. When it raises Poison the batch is halved until the item that
    the database refuses stands alone; any other exception goes to every item of the batch.
    One batch at a time, unless there are more ``lanes``: then another one goes beside it when it is as large and has
    ``COMPANY``, so that the database and we work at the same time; fewer wait, as each commit has its price.
    Who waits longer than ``patience`` gets TimeoutError; one clock for all costs less than a timer for each.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        most: int = 500,
        lanes: int = 1,
        patience: timedelta = timedelta(seconds=60),
    ) -> None:
        self._work = work
        self._most = most
        self._lanes = lanes
        self._patience = patience.total_seconds()
        self._waiting: list[Waiting[Item, Result]] = []
        self._under_way = 0
        self._enough = asyncio.Event()
        self._ended = False

    def add(self, item: Item) -> "asyncio.Future[Result]":
        """Put an item in the next batch; the future is done after its commit, or cancelled where ``run`` has ended."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        if self._ended:
            future.cancel()
            return future
        self._waiting.append((item, future, loop.time()))
        self._look()
        return future

    def _look(self) -> None:
        """Whether enough wait for a commit."""
        if len(self._waiting) >= (max(self._under_way, COMPANY) if self._under_way else 1):
            self._enough.set()
        else:
            self._enough.clear()

    @property
    def waiting(self) -> int:
        """How many wait for the next batch."""
        return len(self._waiting)

    async def run(self) -> None:
        """Commit batch after batch until cancelled: what is being committed then ends, what waits is cancelled."""
        try:
            async with asyncio.TaskGroup() as lanes:
                for _ in range(self._lanes):
                    lanes.create_task(self._commit_all())
        finally:
            self._ended = True
            _cancel(self._waiting)

    async def _commit_all(self) -> None:
        while True:
            await self._enough.wait()
            if not self._enough.is_set():  # The other lane was faster.
                continue
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._under_way += len(batch)
            self._look()
            commit = asyncio.ensure_future(self._commit(batch))
            try:
                while not (await asyncio.wait({commit}, timeout=self._patience / 4))[0]:
                    self._give_up_on_late(batch)
            except asyncio.CancelledError:
                await commit
                raise
            finally:
                self._under_way -= len(batch)
                self._look()

    def _give_up_on_late(self, batch: "Sequence[Waiting[Item, Result]]") -> None:
        """What is being committed may still succeed; what only waits is dropped."""
        oldest = asyncio.get_running_loop().time() - self._patience
        late = [waiting for waiting in (*batch, *self._waiting) if waiting[2] < oldest]
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
