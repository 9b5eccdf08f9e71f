"""The reading processes: whatever a mail does to one of them, the gateway has an answer in time."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop

from channels.email.receiving.readers.pool import DIED, TOO_LONG, Readers
from channels.email.receiving.readers.reading import Question
from core.channel import Busy

OBEDIENT = "tests.channels.email.receiving.obedient_worker"
MEMORY = 512 * 1024 * 1024


@contextlib.asynccontextmanager
async def reading(*, count: int = 1, seconds: float = 5.0, worker: str = OBEDIENT) -> AsyncIterator[Readers]:
    readers = Readers(count=count, seconds=seconds, memory=MEMORY, worker=worker)
    try:
        yield readers
    finally:
        await readers.close()


async def pid_that_reads(readers: Readers, mail: bytes = b"tell") -> int:
    found, _ = await readers.read(mail, Question())
    return int(found.text)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_octets_go_there_and_back_whole(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def scenario() -> None:
        async with reading(count=2) as readers:
            sizes = [0, 1, 65_536, 10_000_000, 7]
            contents = [os.urandom(size) for size in sizes]
            answers = await asyncio.gather(*(readers.read(b"file " + content, Question()) for content in contents))
            assert [bytes(files[0]) for _, files in answers] == contents

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(scenario())


async def test_a_process_reads_many_mails_and_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_SECRET", "rahasia")
    async with reading() as readers:
        assert not readers.pids
        first, _ = await readers.read(b"tell", Question())
        second, _ = await readers.read(b"tell", Question())

    assert first.text == second.text
    assert first.context == "None"


@pytest.mark.parametrize("order", [b"die now", b"lie now", b"eat all"])
async def test_a_mail_that_kills_its_process_is_unreadable(order: bytes) -> None:
    async with reading() as readers:
        before = await pid_that_reads(readers)
        found, files = await readers.read(order, Question())
        after = await pid_that_reads(readers)

    assert (found.problem, list(files)) == (DIED, [])
    assert before != after


@pytest.mark.parametrize("order", [b"burn", b"sleep"])
async def test_a_mail_that_takes_too_long_is_unreadable(order: bytes) -> None:
    async with reading(seconds=0.3) as readers:
        pid = await pid_that_reads(readers)
        begun = time.monotonic()
        found, _ = await readers.read(order, Question())
        took = time.monotonic() - begun
        other = await pid_that_reads(readers)

    assert found.problem == TOO_LONG
    assert 0.3 <= took < 2
    assert pid != other


async def test_a_mail_is_not_blamed_for_a_process_that_was_killed() -> None:
    async with reading() as readers:
        os.kill(await pid_that_reads(readers), signal.SIGKILL)

        assert not (await readers.read(b"tell", Question()))[0].problem


async def test_nobody_is_left_waiting_when_one_gives_up() -> None:
    async with reading(seconds=0.3) as readers:
        await pid_that_reads(readers)
        task = asyncio.create_task(readers.read(b"sleep", Question()))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert await asyncio.wait_for(pid_that_reads(readers), 5)


@pytest.mark.parametrize("order", [b"die", b"burn"])
async def test_mails_read_together_do_not_suffer_for_one_of_them(order: bytes) -> None:
    async with reading(seconds=0.3) as readers:
        await pid_that_reads(readers)
        mails = [b"tell", b"tell", order, b"tell"]
        answers = await asyncio.gather(*(readers.read(mail, Question()) for mail in [b"tell", *mails]))

    assert [bool(found.problem) for found, _ in answers] == [False, False, False, True, False]


async def test_mails_read_together_keep_their_files() -> None:
    async with reading() as readers:
        await pid_that_reads(readers)
        contents = [os.urandom(size) for size in (10, 0, 30_000, 40_000, 200_000, 5)]
        answers = await asyncio.gather(*(readers.read(b"file " + content, Question()) for content in contents))

    assert [bytes(files[0]) for _, files in answers] == contents


async def test_without_processes_mails_come_again() -> None:
    async with reading(worker="no.such.module") as readers:
        with pytest.raises(Busy):
            await readers.read(b"tell", Question())


async def test_only_so_many_processes() -> None:
    async with reading(count=2) as readers:
        pids = await asyncio.gather(*(pid_that_reads(readers) for _ in range(20)))

        assert len(set(pids)) <= 2
        assert len(readers.pids) <= 2


async def test_a_process_ends_with_its_gateway() -> None:
    readers = Readers(count=1, seconds=5, memory=MEMORY, worker=OBEDIENT)
    pid = await pid_that_reads(readers)
    line = readers._readers[0]._line
    assert line is not None

    line.hang_up()  # as the end of the gateway would

    await until(lambda: _has_ended(pid))
    await readers.close()


def _has_ended(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        with contextlib.suppress(FileNotFoundError):
            while not condition():
                await asyncio.sleep(0.01)
