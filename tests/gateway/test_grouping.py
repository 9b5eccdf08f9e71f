"""Items that arrive while a commit runs share the next one, and each hears of its own fate."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports import Poison, Unavailable
from gateway.grouping import GroupCommit


class Desk:
    """Commits numbers, as a store would; batches that hold one of ``poison`` are refused whole."""

    def __init__(self, *, poison: Sequence[int] = ()) -> None:
        self.poison = set(poison)
        self.batches: list[list[int]] = []
        self.committed: list[int] = []
        self.failure: BaseException | None = None
        self.short = False
        self.busy = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def commit(self, items: Sequence[int]) -> Sequence[str]:
        self.batches.append(list(items))
        self.busy.set()
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        if self.poison & set(items):
            raise Poison("the database refuses the data")
        self.committed += items
        return [f"n{item}" for item in items][: len(items) - self.short]


@asynccontextmanager
async def running(
    desk: Desk, *, most: int = 500, beside: Callable[[Sequence[int]], bool] = lambda _: False
) -> AsyncIterator[GroupCommit[int, str]]:
    group: GroupCommit[int, str] = GroupCommit(desk.commit, most=most, beside=beside)
    task = asyncio.ensure_future(group.run())
    try:
        yield group
    finally:
        task.cancel()
        await asyncio.sleep(0)
        desk.open.set()
        with suppress(asyncio.CancelledError):
            await task


async def told(futures: Sequence[asyncio.Future[str]]) -> list[object]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*futures, return_exceptions=True)


async def test_a_lone_item_waits_for_nobody() -> None:
    async with running(desk := Desk()) as group:
        assert await told([group.add(1)]) == ["n1"]

    assert desk.batches == [[1]]


async def test_what_arrives_during_a_commit_shares_the_next_one() -> None:
    desk = Desk()
    desk.open.clear()
    async with running(desk) as group:
        first = group.add(0)
        await desk.busy.wait()
        later = [group.add(n) for n in range(1, 6)]
        assert group.waiting == 5
        desk.open.set()

        assert await told([first, *later]) == [f"n{n}" for n in range(6)]

    assert desk.batches == [[0], [1, 2, 3, 4, 5]]


async def test_batches_that_may_run_beside_one_another_share_what_waits() -> None:
    desk = Desk()
    desk.open.clear()
    async with running(desk, beside=lambda _: True) as group:
        futures = [group.add(n) for n in range(50)]
        await desk.busy.wait()
        await asyncio.sleep(0)
        begun = [len(batch) for batch in desk.batches]
        later = [group.add(n) for n in range(50, 100)]
        await asyncio.sleep(0)
        assert group.waiting == 50
        desk.open.set()

        assert await told([*futures, *later]) == [f"n{n}" for n in range(100)]

    assert begun == [25, 25]
    assert sorted(desk.committed) == list(range(100))


async def test_a_few_items_wait_for_the_batch_that_is_under_way() -> None:
    desk = Desk()
    desk.open.clear()
    async with running(desk, beside=lambda _: True) as group:
        first = group.add(0)
        await desk.busy.wait()
        few = [group.add(n) for n in range(1, 16)]
        await asyncio.sleep(0)
        assert group.waiting == 15
        enough = group.add(16)
        await asyncio.sleep(0)
        assert group.waiting == 0
        desk.open.set()

        await told([first, *few, enough])

    assert [len(batch) for batch in desk.batches] == [1, 16]


async def test_what_must_not_run_beside_another_batch_waits_and_is_not_split() -> None:
    desk = Desk()
    desk.open.clear()
    async with running(desk, beside=lambda items: 99 not in items) as group:
        first = group.add(0)
        await desk.busy.wait()
        later = [group.add(n) for n in range(60, 100)]
        await asyncio.sleep(0)
        assert group.waiting == 40
        desk.open.set()

        await told([first, *later])

    assert [len(batch) for batch in desk.batches] == [1, 40]


async def test_at_the_end_every_batch_that_is_under_way_is_finished() -> None:
    desk = Desk()
    desk.open.clear()
    group: GroupCommit[int, str] = GroupCommit(desk.commit, beside=lambda _: True)
    task = asyncio.ensure_future(group.run())
    futures = [group.add(n) for n in range(40)]
    await desk.busy.wait()
    task.cancel()
    desk.open.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await told(futures) == [f"n{n}" for n in range(40)]


async def test_a_batch_has_its_limit_and_nobody_is_forgotten() -> None:
    desk = Desk()
    async with running(desk, most=3) as group:
        assert await told([group.add(n) for n in range(8)]) == [f"n{n}" for n in range(8)]

    assert [len(batch) for batch in desk.batches] == [3, 3, 2]


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 40), poison=st.sets(st.integers(0, 39), max_size=6), most=st.integers(1, 17))
def test_poison_is_found_and_everything_else_is_committed_once(count: int, poison: set[int], most: int) -> None:
    async def offer_all() -> tuple[Desk, list[object]]:
        desk = Desk(poison=tuple(poison))
        async with running(desk, most=most) as group:
            return desk, await told([group.add(n) for n in range(count)])

    desk, ends = asyncio.run(offer_all())

    assert [isinstance(end, Poison) for end in ends] == [n in poison for n in range(count)]
    assert desk.committed == [n for n in range(count) if n not in poison]


async def test_one_poisoned_item_costs_few_commits() -> None:
    desk = Desk(poison=[41])
    async with running(desk) as group:
        await told([group.add(n) for n in range(256)])

    assert len(desk.batches) == 1 + 2 * 8


async def test_any_other_failure_is_told_to_everyone_and_the_next_batch_is_tried() -> None:
    desk = Desk()
    desk.failure = Unavailable("the database does not answer")
    async with running(desk) as group:
        assert {type(end) for end in await told([group.add(n) for n in range(3)])} == {Unavailable}
        desk.failure = None

        assert await told([group.add(7)]) == ["n7"]


async def test_a_missing_result_leaves_nobody_waiting() -> None:
    desk = Desk()
    desk.short = True
    async with running(desk) as group:
        ends = await told([group.add(n) for n in range(3)])
        desk.short = False

        assert [type(end) for end in ends] == [str, str, ValueError]
        assert await told([group.add(7)]) == ["n7"]


async def test_who_leaves_does_not_take_the_item_along() -> None:
    desk = Desk()
    desk.open.clear()
    async with running(desk) as group:
        leaving, staying = group.add(1), group.add(2)
        await desk.busy.wait()
        leaving.cancel()
        desk.open.set()

        assert await told([staying]) == ["n2"]

    assert desk.committed == [1, 2]


async def test_the_commit_that_runs_at_the_end_is_finished_and_what_waits_is_cancelled() -> None:
    desk = Desk()
    desk.open.clear()
    group: GroupCommit[int, str] = GroupCommit(desk.commit)
    task = asyncio.ensure_future(group.run())
    begun = group.add(1)
    await desk.busy.wait()
    waiting = group.add(2)

    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    desk.open.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert begun.result() == "n1"
    assert waiting.cancelled()
    assert desk.committed == [1]


async def test_who_comes_after_the_end_is_told_at_once() -> None:
    async with running(Desk()) as group:
        await told([group.add(1)])

    assert group.add(2).cancelled()


async def test_when_the_work_itself_is_cancelled_nobody_waits_for_ever() -> None:
    desk = Desk()
    desk.failure = asyncio.CancelledError()
    async with running(desk) as group:
        ends = await told([group.add(n) for n in range(2)])

    assert {type(end) for end in ends} == {asyncio.CancelledError}


async def test_who_waits_too_long_is_told_so_and_what_only_waited_is_dropped() -> None:
    desk = Desk()
    desk.open.clear()
    group: GroupCommit[int, str] = GroupCommit(desk.commit, patience=timedelta(seconds=0.05))
    running = asyncio.create_task(group.run())
    committing = group.add(1)
    await desk.busy.wait()
    waiting = group.add(2)

    outcomes = await asyncio.gather(committing, waiting, return_exceptions=True)
    desk.open.set()
    later = await asyncio.wait_for(group.add(3), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [TimeoutError, TimeoutError]
    assert later == "n3"
    assert desk.committed == [1, 3]
