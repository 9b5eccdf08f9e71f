"""The stream writes what one turn of the loop has to say in one call; the gate lets replies through in their order."""

import asyncio
from datetime import timedelta

import pytest

from channels.sms.wire.gate import Gate
from channels.sms.wire.stream import Stream


class Pipe(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.paused = False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


async def test_what_one_turn_has_to_say_is_written_in_one_call() -> None:
    stream, pipe = Stream(lambda _: None), Pipe()
    stream.connection_made(pipe)

    for pdu in (b"a", b"b", b"c"):
        stream.write(pdu)
    await asyncio.sleep(0)
    stream.write(b"d")
    await asyncio.sleep(0)

    assert pipe.writes == [b"abc", b"d"]


async def test_a_peer_that_does_not_read_is_not_read() -> None:
    stream, pipe = Stream(lambda _: None), Pipe()
    stream.connection_made(pipe)

    stream.pause_writing()
    paused = pipe.paused
    stream.resume_writing()

    assert (paused, pipe.paused) == (True, False)


async def through(gate: Gate, order: list[int], rank: int) -> None:
    async with gate.turn(rank=rank, limit=5):
        order.append(rank)
        await asyncio.sleep(0)


async def test_the_lowest_rank_goes_first() -> None:
    gate, order = Gate(window=1, per_second=0), list[int]()

    await asyncio.gather(*(through(gate, order, rank) for rank in (2, 2, 1, 0, 1)))

    assert order == [2, 0, 1, 1, 2]


async def test_whoever_waits_too_long_leaves_the_queue_to_others() -> None:
    gate = Gate(window=1, per_second=0)
    async with gate.turn(rank=1, limit=1):
        with pytest.raises(TimeoutError):
            async with gate.turn(rank=0, limit=0.01):
                pytest.fail("two in a window of one")

    async with asyncio.timeout(1), gate.turn(rank=1, limit=1):
        pass


async def test_whoever_is_cancelled_gives_the_place_back() -> None:
    gate = Gate(window=1, per_second=0)
    async with gate.turn(rank=1, limit=1):
        waiting = asyncio.create_task(through(gate, [], 1))
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(1), gate.turn(rank=1, limit=1):
        pass


async def test_the_pause_grows_until_something_is_taken() -> None:
    gate = Gate(window=1, per_second=0)
    loop = asyncio.get_running_loop()

    first, same = gate.throttle(), gate.throttle()
    gate._paused_until = loop.time()
    second = gate.throttle()
    gate.ease()
    gate._paused_until = loop.time()
    after = gate.throttle()

    assert first <= timedelta(seconds=1)
    assert same <= first
    assert timedelta(seconds=1.9) < second <= timedelta(seconds=2)
    assert after <= timedelta(seconds=1)
