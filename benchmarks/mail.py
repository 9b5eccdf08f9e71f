"""Mails in: through the gateway's whole accept path, beside aiosmtpd that throws them away."""

import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks.broker import broker_url, virtual_host
from benchmarks.database import one
from benchmarks.gateway import Running, gateway
from benchmarks.processes import WORK, NotMeasured, child, cpu_seconds, free_port, hear, wait_for_port
from benchmarks.profile import profile
from benchmarks.tables import aim, ratio, show

RUNS = 3
MAIL = """
[email]
listen_port = {port}
mails_per_minute = 100000000
max_connections_per_client = 1000
"""
SMALL_TIMES, LARGE_TIMES, LAG = 0.5, 3.0, 25.0
EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Load:
    """What is brought."""

    name: str
    size: int
    count: int
    connections: int


SMALL = Load("5 kB", 5_000, 6_000, 20)
LARGE = Load("10 MB", 10_000_000, 40, 4)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: mails a second, waits for the answer to the dot in milliseconds, CPU µs a mail by process."""

    rate: float
    p50: float
    p99: float
    cpu: Mapping[str, float]
    lag: float = 0.0


@dataclass(slots=True)
class Probe:
    """Asks for /live again and again; what it waits is what any other work of the event loop waits."""

    port: int
    waits: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until stopped."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.stop.wait(EVERY):
            begun = time.monotonic()
            client.request("GET", "/live")
            client.getresponse().read()
            self.waits.append(time.monotonic() - begun)
        client.close()

    @property
    def p99(self) -> float:
        """In milliseconds."""
        return sorted(self.waits)[int(len(self.waits) * 0.99)] * 1e3 if self.waits else 0.0


@contextmanager
def probing(port: int) -> Iterator[Probe]:
    """Probe within the block."""
    probe = Probe(port)
    thread = threading.Thread(target=probe.run)
    thread.start()
    try:
        yield probe
    finally:
        probe.stop.set()
        thread.join()


def bring(load: Load, port: int, *, seed: int) -> dict[str, float]:
    """All of them; every one must have been taken. Raises NotMeasured."""
    words = {
        "--port": port,
        "--count": load.count,
        "--size": load.size,
        "--connections": load.connections,
        "--seed": seed,
    }
    command = [sys.executable, "-m", "benchmarks.mailer", *(str(word) for pair in words.items() for word in pair)]
    with child(command, log=WORK / "mailer.log", talks=True) as process:
        result: dict[str, float] = json.loads(hear(process))
    answers = result.pop("answers")
    if answers != {"250": load.count}:
        raise NotMeasured(f"the mails were answered so: {answers}")
    return result


def discard(load: Load, seed: int, *, peer: str = "discard") -> Run:
    """aiosmtpd alone, or our own server alone (``own_discard``)."""
    port = free_port()
    command = [sys.executable, "-m", f"benchmarks.peers.{peer}", str(port)]
    with child(command, log=WORK / f"{peer}.log") as process:
        wait_for_port(process, port, what=peer)
        before = cpu_seconds(process.pid)
        result = bring(load, port, seed=seed)
        cost = (cpu_seconds(process.pid) - before) / load.count * 1e6
    return Run(result["rate"], result["p50"], result["p99"], {"server": cost, "client": result["cpu"]})


@contextmanager
def receiving(seed: int) -> Iterator[tuple[Running, int]]:
    """The gateway with a broker and no worker, warm: its readers are there."""
    port = free_port()
    with (
        virtual_host() as name,
        gateway(only="email", broker=broker_url(name), more=MAIL.format(port=port)) as running,
    ):
        wait_for_port(running.process, port, what="the gateway")
        bring(Load("warm", 5_000, 50, 10), port, seed=seed + 900)
        yield running, port


def receive(load: Load, seed: int) -> Run:
    """The gateway: what came is committed, its job published and left for later."""
    with receiving(seed) as (running, port), probing(running.http) as probe:
        before = one("SELECT count(*) FROM messages", database=running.database)
        readers = readers_seconds(running)
        running.begin()
        result = bring(load, port, seed=seed)
        own, backends = running.used()
        stored = one("SELECT count(*) FROM messages", database=running.database) - before
        if stored < load.count:
            raise NotMeasured(f"{load.count} mails were answered and {stored} are stored: that must never be")
        seconds = {"gateway": own, "readers": readers_seconds(running) - readers, "PostgreSQL": backends}
    cpu = {of: spent / load.count * 1e6 for of, spent in seconds.items()}
    return Run(result["rate"], result["p50"], result["p99"], cpu | {"client": result["cpu"]}, probe.p99)


def readers_seconds(running: Running) -> float:
    """CPU seconds of the gateway's own children so far."""
    with open(f"/proc/{running.process.pid}/task/{running.process.pid}/children") as file:  # noqa: PTH123
        return sum(cpu_seconds(int(pid)) for pid in file.read().split())


def run() -> None:
    """Both loads: aiosmtpd and the gateway in turn, three times over."""
    for load, times in ((SMALL, SMALL_TIMES), (LARGE, LARGE_TIMES)):
        theirs, bare, ours = [], [], []
        for turn in range(RUNS):
            theirs.append(discard(load, turn + 1))
            bare.append(discard(load, turn + 1, peer="own_discard"))
            ours.append(receive(load, turn + 1))
            rates = f"aiosmtpd {theirs[-1].rate:,.1f}/s, our server {bare[-1].rate:,.1f}/s"
            print(f"  {load.name}: {rates}, gateway {ours[-1].rate:,.1f}/s", flush=True)
        _show(load, theirs, bare, ours)
        of_server = ratio([r.rate for r in bare], [r.rate for r in theirs])
        aim(f"{load.name}: our server alone, times aiosmtpd", of_server, least=times)
        aim(f"{load.name}: times aiosmtpd", ratio([r.rate for r in ours], [r.rate for r in theirs]), least=times)
        aim(f"{load.name}: event loop, p99 ms", median(one.lag for one in ours), most=LAG)
    _profile()


def _show(load: Load, theirs: Sequence[Run], bare: Sequence[Run], ours: Sequence[Run]) -> None:
    header = (f"medians of {RUNS}", "mails/s", "answer p50 ms", "answer p99 ms", "loop p99 ms", "CPU us a mail")
    rows = [
        _row("aiosmtpd, thrown away", theirs),
        _row("our server, thrown away", bare),
        _row("gateway, durable", ours),
    ]
    show(f"mail: {load.count:,} of {load.name} over {load.connections} connections", header, rows)


def _row(name: str, runs: Sequence[Run]) -> tuple[object, ...]:
    cpu = {of: median(run.cpu[of] for run in runs) for of in runs[0].cpu}
    figures = [median(getattr(run, of) for run in runs) for of in ("rate", "p50", "p99", "lag")]
    return (name, *figures, " + ".join(f"{cost:,.0f} {of}" for of, cost in cpu.items()))


def _profile() -> None:
    """A run that is not measured: where the gateway's time goes."""
    with receiving(7) as (running, port):
        thread = threading.Thread(target=bring, args=(SMALL, port), kwargs={"seed": 8})
        thread.start()
        profile(running.process.pid, seconds=4.0)
        thread.join()
