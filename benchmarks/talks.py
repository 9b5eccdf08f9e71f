"""Chat messages in: each a line of its talk in the commit it is acknowledged by, beside plain SMS on the same way."""

import asyncio
import contextlib
import gc
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.database import SERVER, backend_seconds, fresh_database, one, spent
from benchmarks.processes import NotMeasured
from benchmarks.tables import aim, ratio, show
from benchmarks.texts import write_messages
from core.ids import new_id
from core.model.message import Address, Inbound
from core.storage.engine import open_database
from core.storage.migrate import migrate
from gateway.admission import Admission
from gateway.bootstrap import open_parts
from gateway.registry import find_channels
from gateway.serving import Gateway
from gateway.settings import load_settings

RUNS = 3
COUNT = 12_000
WINDOW = 200
TALKS = 1_000
LEAST = 1_000.0
SETTINGS = """
[database]
url = "{url}"

[privacy]
key_file = "{folder}/privacy.key"

[blobs]
folder = "{folder}/blobs"

[limits]
per_source_per_minute = 100000000
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Messages a second, waits for the acknowledgement in ms, CPU µs a message, messages a commit."""

    rate: float
    p50: float
    p99: float
    ours: float
    backends: float
    together: float


def _sms(number: int, said: str) -> Inbound:
    return _message("sms", Address("tel", f"62813{number:07}"), said)


def _chat_of_many(number: int, said: str) -> Inbound:
    return _message("webchat", Address("web", f"{number % TALKS:026d}"), said)


def _chat_of_strangers(number: int, said: str) -> Inbound:
    return _message("webchat", Address("web", f"{number:026d}"), said)


def _message(channel: str, sender: Address, said: str) -> Inbound:
    external_id = new_id()
    return Inbound(
        channel=channel,
        external_id=external_id,
        sender=sender,
        received_at=datetime.now(UTC),
        text=said,
        fingerprint=blake2b(external_id.encode(), digest_size=16).digest(),
        raw=said.encode(),
    )


CONTESTANTS: dict[str, tuple[Callable[[int, str], Inbound], bool]] = {
    "SMS": (_sms, False),
    f"chat, {TALKS:,} talks": (_chat_of_many, False),
    f"chat, {TALKS:,} talks, news followed": (_chat_of_many, True),
    "chat, each a new talk": (_chat_of_strangers, False),
}
PLAIN, MANY, FOLLOWED, NEW = CONTESTANTS


def run() -> None:
    """Each in turn, three times over. Nothing is done with what was accepted: the runner rests."""
    results: dict[str, list[Run]] = {name: [] for name in CONTESTANTS}
    for turn in range(RUNS):
        for name, (make, followed) in CONTESTANTS.items():
            results[name].append(_contest(make, followed=followed, seed=turn + 1))
            print(f"  {name}: {results[name][-1].rate:,.0f}/s", flush=True)
    header = (f"medians of {RUNS}", "messages/s", "ack p50 ms", "ack p99 ms", "us gateway", "us PostgreSQL", "a commit")
    rows = [
        (name, *(median(getattr(each, what) for each in runs) for what in Run.__slots__))
        for name, runs in results.items()
    ]
    show(f"talks: {WINDOW} unacknowledged, {COUNT:,} messages", header, rows)
    rates = {name: [each.rate for each in runs] for name, runs in results.items()}
    aim("chat messages accepted a second, news followed", median(rates[FOLLOWED]), least=LEAST)
    print(f"SMS to chat, messages a second: {ratio(rates[PLAIN], rates[FOLLOWED]):.1f} times", flush=True)


def _contest(make: Callable[[int, str], Inbound], *, followed: bool, seed: int) -> Run:
    said = [make(n, text) for n, (_, text) in enumerate(write_messages(COUNT, seed=seed))]
    with fresh_database() as name, tempfile.TemporaryDirectory() as folder, _without_pauses():
        config = Path(folder) / "gateway.toml"
        config.write_text(SETTINGS.format(url=f"{SERVER}/{name}", folder=folder))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_measure(config, name, said, followed=followed))


@contextlib.contextmanager
def _without_pauses() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def _measure(config: Path, name: str, said: Sequence[Inbound], *, followed: bool) -> Run:
    database = open_database(f"{SERVER}/{name}")
    await migrate(database)
    await database.close()
    specs = find_channels()
    async with open_parts(load_settings(config, environ={}, channels=specs), specs) as parts:
        news = asyncio.create_task(parts.news.run()) if followed else None
        heard: set[str] = set()
        parts.news.follow(heard.update)
        intake = Gateway(parts).intake(said[0].channel)
        await _flood(intake, said[:WINDOW])
        (before, commits), ours = await asyncio.to_thread(_seen, name), _cpu()
        begun = time.monotonic()
        waits = await _flood(intake, said[WINDOW:])
        took = time.monotonic() - begun
        ours = _cpu() - ours
        after, commits = await asyncio.to_thread(_seen, name, commits)
        await asyncio.to_thread(_check, name, said)
        if news is not None:
            news.cancel()
            await asyncio.wait([news])
    count = len(waits)
    waits.sort()
    together, backends = count / max(commits, 1), spent(before, after)
    p50, p99 = (waits[int(count * share)] * 1e3 for share in (0.5, 0.99))
    return Run(count / took, p50, p99, ours / count * 1e6, backends / count * 1e6, together)


async def _flood(intake: Admission, said: Sequence[Inbound]) -> list[float]:
    """So many unacknowledged at any time; how long each waited."""
    waits: list[float] = []
    left = iter(said)

    async def bring() -> None:
        for message in left:
            begun = time.monotonic()
            await intake.accept(message)
            waits.append(time.monotonic() - begun)

    await asyncio.gather(*(bring() for _ in range(WINDOW)))
    return waits


def _check(name: str, said: Sequence[Inbound]) -> None:
    stored = one("SELECT count(*) FROM messages", database=name)
    lines = one("SELECT count(*) FROM talk_lines", database=name)
    wanted = 0 if said[0].channel == "sms" else len(said)
    if (stored, lines) != (len(said), wanted):
        raise NotMeasured(f"{len(said)} acknowledged, {stored} stored, {lines} lines: that must never be")


def _seen(name: str, commits: int = 0) -> tuple[dict[int, float], int]:
    """What the backends have used, and the commits since."""
    return backend_seconds(name), int(
        one("SELECT xact_commit FROM pg_stat_database WHERE datname = $1", name)
    ) - commits


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
