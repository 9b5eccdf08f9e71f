"""``lapor worker`` and ``lapor beat``."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any

from gateway.agencies import learn_agencies
from gateway.bootstrap import Parts, open_parts
from gateway.chores import Chores
from gateway.commands.context import Command, CommandFailed, Invocation, no_arguments
from gateway.deadlines import DeadlineWatch
from gateway.publisher import publish_due
from gateway.runner import run_due
from gateway.worker import make_worker, open_broker, start_beat, start_worker


class WorkerProcess:
    """One event loop and one set of parts for each worker process: made at its first task, after the fork."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._opened: tuple[asyncio.Runner, Parts] | None = None
        self._open_parts = AsyncExitStack()
        self._deadlines: DeadlineWatch | None = None

    async def watch_deadlines(self, parts: Parts) -> None:
        """One round of this process's watch."""
        self._deadlines = self._deadlines or DeadlineWatch(parts.store, parts.office, parts.clock)
        await self._deadlines.once()

    def run(self, work: Callable[[Parts], Awaitable[None]]) -> None:
        """Do ``work`` to its end. What fails here leaves its rows to the sweep."""
        if self._opened is None:
            runner = asyncio.Runner()
            self._opened = runner, runner.run(self._open())
        runner, parts = self._opened

        async def working() -> None:
            await work(parts)

        runner.run(working())

    async def _open(self) -> Parts:
        """Kept open to the end of the process."""
        return await self._open_parts.enter_async_context(open_parts(self._invocation.settings, self._invocation.specs))


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``worker`` takes."""
    parser.add_argument("--concurrency", type=int, default=2, help="worker processes (default 2)")


def _app(invocation: Invocation) -> Any:
    jobs = invocation.settings.jobs
    broker_url = jobs.broker_url.reveal()
    if not broker_url:
        raise CommandFailed("jobs.broker_url is empty: jobs run inside the gateway; set amqp://… or redis://…")
    process, broker = WorkerProcess(invocation), open_broker(broker_url, queue=jobs.queue)

    learnt = -float("inf")

    async def run(parts: Parts, ids: Sequence[str]) -> None:
        nonlocal learnt
        if monotonic() - learnt >= jobs.sweep_seconds:  # The sweep runs in one worker process only.
            await learn_agencies(parts.store, parts.office)
            learnt = monotonic()
        await run_due(parts.bench, ids=ids)
        await publish_due(parts, broker)

    async def sweep(parts: Parts) -> None:
        await Chores(parts.store, parts.clock, parts.owner, parts.patience, parts.office).once()
        await process.watch_deadlines(parts)
        await publish_due(parts, broker)

    return make_worker(
        broker_url,
        queue=jobs.queue,
        run=lambda ids: process.run(lambda parts: run(parts, ids)),
        sweep=lambda: process.run(sweep),
        every=jobs.sweep_seconds,
    )


def work(invocation: Invocation) -> int:
    """Run Celery's worker until it is told to stop."""
    start_worker(_app(invocation), concurrency=invocation.arguments.concurrency)
    return 0


def beat(invocation: Invocation) -> int:
    """Run Celery's beat until it is told to stop."""
    start_beat(_app(invocation))
    return 0


WORKER = Command("run jobs that the broker tells of", arguments, work)
BEAT = Command("wake the sweep that finds jobs a crash left behind", no_arguments, beat)
