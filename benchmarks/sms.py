"""SMS in: one bind, fifty unanswered, through the gateway's whole accept path, beside Kannel and Jasmin."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks.broker import broker_url, virtual_host
from benchmarks.database import one
from benchmarks.gateway import Running, gateway
from benchmarks.peers.hosting import Peer
from benchmarks.peers.jasmin import jasmin
from benchmarks.peers.kannel import kannel
from benchmarks.processes import WORK, Child, NotMeasured, child, hear, tell
from benchmarks.profile import profile
from benchmarks.tables import aim, ratio, show
from core.model.work import Outcome

RUNS = 3
COUNT = 30_000
COUNT_JASMIN = 4_000
WINDOW = 50
EMBEDDED_SECONDS = 20.0
PROFILED_SECONDS = 12.0
KANNEL_TIMES = 1.5
JASMIN_TIMES = 15.0
JASMIN_ONCE = 500.0
SLOWEST_ACK = 25.0
SETTLE = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run: messages a second, waits for the answer in milliseconds, CPU µs a message by process."""

    rate: float
    p50: float
    p99: float
    cpu: Mapping[str, float]
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flooder:
    """The flood process and the port it plays the SMSC on."""

    process: Child
    port: int

    def flood(self) -> dict[str, float]:
        """Flood the ESME that is bound; every answer must have been ESME_ROK. Raises NotMeasured."""
        tell(self.process, "go")
        result: dict[str, float] = json.loads(hear(self.process))
        statuses = result.pop("statuses")
        if list(statuses) != ["0"]:  # type: ignore[call-overload]
            raise NotMeasured(f"the messages were answered with these statuses: {statuses}")
        return result


@contextmanager
def flooder(*, count: int, seed: int, seconds: float = 60.0) -> Iterator[Flooder]:
    """Waits for a bind."""
    words = {"--count": count, "--seed": seed, "--seconds": seconds, "--window": WINDOW}
    command = [sys.executable, "-m", "benchmarks.flood", *(str(word) for pair in words.items() for word in pair)]
    with child(command, log=WORK / "flood.log", talks=True) as process:
        yield Flooder(process, int(hear(process).split()[1]))


def accept_only(seed: int) -> Run:
    """The gateway with a broker and no worker: what came is committed, its job published and left for later."""
    with (
        virtual_host() as name,
        flooder(count=COUNT, seed=seed) as smsc,
        gateway(only="sms", smsc_port=smsc.port, broker=broker_url(name)) as running,
    ):
        return _measure_gateway(running, smsc)


def embedded(seed: int) -> Run:
    """The gateway with everything in one process: reports are made and replies sent while messages come in."""
    with (
        flooder(count=10 * COUNT, seed=seed, seconds=EMBEDDED_SECONDS) as smsc,
        gateway(only="sms", smsc_port=smsc.port) as running,
    ):
        return _measure_gateway(running, smsc)


def _measure_gateway(running: Running, smsc: Flooder) -> Run:
    hear(smsc.process)
    time.sleep(SETTLE)
    commits = _commits(running)
    running.begin()
    result = smsc.flood()
    gateway_seconds, backend_seconds = running.used()
    settled = one("SELECT count(*) FROM messages WHERE outcome <> $1", Outcome.NONE.value, database=running.database)
    stored = one("SELECT count(*) FROM messages", database=running.database)
    time.sleep(SETTLE)
    answered = int(result["answered"])
    if stored < answered:
        raise NotMeasured(f"{answered} messages were answered and {stored} are stored: that must never be")
    return Run(
        result["rate"],
        result["p50"],
        result["p99"],
        {
            "gateway": gateway_seconds / answered * 1e6,
            "PostgreSQL": backend_seconds / answered * 1e6,
            "flooder": result["cpu"],
        },
        {
            "per commit": answered / max(_commits(running) - commits, 1),
            "settled/s": settled / (result["last"] - result["begun"]),
            "answered": answered,
        },
    )


def _commits(running: Running) -> int:
    return int(one("SELECT xact_commit FROM pg_stat_database WHERE datname = $1", running.database))


def with_peer(open_peer: Callable[..., AbstractContextManager[Peer]], count: int, seed: int) -> Run:
    """A peer: the rate is that of messages that reached its HTTP endpoint."""
    with flooder(count=count, seed=seed) as smsc, open_peer(smsc_port=smsc.port) as peer:
        hear(smsc.process)
        time.sleep(SETTLE)
        peer.begin()
        result = smsc.flood()
        arrived, last = peer.endpoint.wait(count, limit=60)
        cpu = {name: seconds / arrived * 1e6 for name, seconds in peer.used().items()}
        rate = arrived / (last - result["begun"])
        facts = {"answers/s": result["rate"], "lost": float(count - arrived)}
        return Run(rate, result["p50"], result["p99"], cpu | {"flooder": result["cpu"]}, facts)


CONTESTANTS: Mapping[str, Callable[[int], Run]] = {
    "gateway, jobs left to workers": accept_only,
    "Kannel, SMS -> HTTP": lambda seed: with_peer(kannel, COUNT, seed),
    "Jasmin 0.11.1, SMS -> HTTP": lambda seed: with_peer(jasmin, COUNT_JASMIN, seed),
    "gateway, all in one process": embedded,
}
OURS, KANNEL, JASMIN, ALL_IN_ONE = CONTESTANTS


def run() -> None:
    """Each contestant in turn, three times over."""
    results: dict[str, list[Run]] = {name: [] for name in CONTESTANTS}
    for turn in range(RUNS):
        for name, contest in CONTESTANTS.items():
            try:
                results[name].append(contest(turn + 1))
                print(f"  {name}: {results[name][-1].rate:,.0f}/s", flush=True)
            except NotMeasured as problem:
                print(f"  {name}: NOT MEASURED: {problem}", flush=True)
    _show(results)
    _judge(results)
    with flooder(count=10 * COUNT, seed=9, seconds=PROFILED_SECONDS + 3) as smsc:
        _profile(smsc)


def _show(results: Mapping[str, Sequence[Run]]) -> None:
    header = ("medians of 3", "messages/s", "ack p50 ms", "ack p99 ms", "CPU us a message", "")
    rows = [_row(name, runs) for name, runs in results.items() if runs]
    show(f"sms: one bind, window {WINDOW}, {COUNT:,} messages (Jasmin {COUNT_JASMIN:,})", header, rows)


def _row(name: str, runs: Sequence[Run]) -> tuple[object, ...]:
    cpu = {of: median(run.cpu[of] for run in runs) for of in runs[0].cpu}
    facts = {of: median(run.facts[of] for run in runs) for of in runs[0].facts}
    return (
        name,
        median(run.rate for run in runs),
        median(run.p50 for run in runs),
        median(run.p99 for run in runs),
        " + ".join(f"{cost:.0f} {of}" for of, cost in cpu.items()),
        ", ".join(f"{of} {value:,.0f}" for of, value in facts.items()),
    )


def _judge(results: Mapping[str, Sequence[Run]]) -> None:
    rates = {name: [run.rate for run in runs] for name, runs in results.items()}
    if not rates[OURS]:
        return
    if rates[KANNEL]:
        aim("times Kannel", ratio(rates[OURS], rates[KANNEL]), least=KANNEL_TIMES)
    if rates[JASMIN]:
        aim("times Jasmin", ratio(rates[OURS], rates[JASMIN]), least=JASMIN_TIMES)
    else:
        aim("times Jasmin (500/s, not measured in this run)", median(rates[OURS]) / JASMIN_ONCE, least=JASMIN_TIMES)
    aim("acknowledgement p99, ms", median(run.p99 for run in results[OURS]), most=SLOWEST_ACK)


def _profile(smsc: Flooder) -> None:
    """A run that is not measured: where the gateway's time goes."""
    with virtual_host() as name, gateway(only="sms", smsc_port=smsc.port, broker=broker_url(name)) as running:
        hear(smsc.process)
        tell(smsc.process, "go")
        profile(running.process.pid, seconds=PROFILED_SECONDS)
        hear(smsc.process)
