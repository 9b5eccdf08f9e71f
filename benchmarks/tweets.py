"""A poll of 100 mentions: from the question until all of them are committed, with their cursor."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.broker import broker_url, virtual_host
from benchmarks.database import one
from benchmarks.gateway import gateway
from benchmarks.processes import NotMeasured
from benchmarks.tables import aim, show
from benchmarks.texts import write_messages
from channels.twitter.api_peer import XApi

PAGE = 100
POLLS = 20
PAUSE = 0.02
SETTLE = 3.0
SETTLE_WITHOUT_JOBS = 0.3
PATIENCE = 30.0
MILLISECONDS = 150.0

SETTINGS = """
[twitter]
base_url = "{url}"
handle = "lapor1708"
user_id = "{user_id}"
bearer_token = "{keys.bearer_token}"
consumer_key = "{keys.consumer_key}"
consumer_secret = "{keys.consumer_secret}"
access_token = "{keys.access_token}"
access_token_secret = "{keys.access_token_secret}"
poll_seconds = {pause}
monthly_read_quota = 0
recheck_minutes = 0

[email]
listen_port = 0
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The scripted X API in a thread of its own."""

    x: XApi
    loop: asyncio.AbstractEventLoop

    def write(self, seed: int) -> str:
        """A hundred tweets at once; the id of the newest."""
        said = list(write_messages(PAGE, seed=seed))

        async def work() -> str:
            return [self.x.world.write(f"w{who}", f"#LAPOR {text} @lapor1708") for who, text in said][-1]

        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(PATIENCE)

    def moments(self) -> list[tuple[float, int]]:
        """When mentions were asked for, and after which tweet."""
        return [
            (at, int(query.get("since_id", 0))) for at, query in list(zip(self.x.asked_at, self.x.asked, strict=False))
        ]


@contextmanager
def _stage() -> Iterator[Stage]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="x-api")
    thread.start()
    x = XApi()
    asyncio.run_coroutine_threadsafe(x.start(), loop).result(PATIENCE)
    try:
        yield Stage(x, loop)
    finally:
        asyncio.run_coroutine_threadsafe(x.stop(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _wait(condition: Callable[[], bool], *, what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise NotMeasured(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.01)


def _measure(stage: Stage, seed: int) -> float:
    """Milliseconds from the question that was answered with these tweets to the question after them, without the
    pause between two.
    """
    before = len(stage.x.asked)
    newest = int(stage.write(seed))
    _wait(lambda: any(since >= newest for _, since in stage.moments()[before:]), what="the mentions are committed")
    moments = stage.moments()[before:]
    after = next(index for index, (_, since) in enumerate(moments) if since >= newest)
    asked = moments[after - 1][0] if after else moments[after][0]
    return (moments[after][0] - asked - PAUSE) * 1e3


def _contest(broker: str, settle: float) -> tuple[list[float], float]:
    """The waits in milliseconds, and the gateway's CPU milliseconds for a poll and what it leads to in this process."""
    with _stage() as stage:
        settings = SETTINGS.format(url=stage.x.url, user_id=stage.x.world.own, keys=stage.x.keys, pause=PAUSE)
        with gateway(only="twitter", more=settings, broker=broker) as running:
            _wait(lambda: len(stage.x.asked) > 2, what="the gateway asks for mentions")
            waits, cpu = [], 0.0
            for poll in range(POLLS):
                running.begin()
                waits.append(_measure(stage, seed=poll + 1))
                cpu += running.used()[0]
                time.sleep(settle)
            stored = one("SELECT count(*) FROM messages", database=running.database)
    if stored != POLLS * PAGE:
        raise NotMeasured(f"{POLLS * PAGE} tweets were shown and {stored} messages are stored")
    return sorted(waits), cpu / POLLS * 1e3


def run() -> None:
    """Twenty polls each, and enough time in between for what follows from them."""
    with virtual_host() as name:
        left = _contest(broker_url(name), SETTLE_WITHOUT_JOBS)
    rows = [_row("gateway, jobs left to workers", *left), _row("gateway, all in one process", *_contest("", SETTLE))]
    header = ("", "median ms", "p95 ms", "longest ms", "gateway CPU ms")
    show(f"tweets: {POLLS} polls of {PAGE} mentions, from the question to the commit of the last", header, rows)
    aim("milliseconds for a poll of 100 mentions", median(left[0]), most=MILLISECONDS)


def _row(name: str, waits: list[float], cpu: float) -> tuple[object, ...]:
    return name, median(waits), waits[int(POLLS * 0.95) - 1], waits[-1], cpu
