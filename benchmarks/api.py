"""POST /api/v1/reports over 64 connections, beside a usual FastAPI service with SQLAlchemy's ORM."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from benchmarks.broker import broker_url, virtual_host
from benchmarks.database import SERVER, backend_seconds, fresh_database, one, spent
from benchmarks.gateway import gateway
from benchmarks.processes import ROOT, WORK, NotMeasured, child, cpu_seconds, free_port, own_venv, wait_for_port
from benchmarks.profile import profile
from benchmarks.tables import aim, ratio, show

RUNS = 3
COUNT = 12_000
COUNT_PEER = 4_000
CONNECTIONS = 64
SECONDS = 40.0
PROFILED_SECONDS = 10.0
TIMES = 5.0
PACKAGES = ("fastapi", "uvicorn[standard]", "sqlalchemy[asyncio]", "asyncpg")

Result = dict[str, float]


def flood(port: int, *, count: int, seed: int) -> Result:
    """What the clients measured; every answer must have been 201. Raises NotMeasured."""
    command = _clients(port, count=count, seed=seed, seconds=SECONDS)
    try:
        ended = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 60)
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"the clients failed ({type(error).__name__})") from error
    result: Result = json.loads(ended.stdout)
    statuses = result.pop("statuses")
    if list(statuses) != ["201"]:  # type: ignore[call-overload]
        raise NotMeasured(f"the requests were answered with these statuses: {statuses}")
    return result


def _clients(port: int, *, count: int, seed: int, seconds: float) -> list[str]:
    words = {"--port": port, "--count": count, "--seed": seed, "--connections": CONNECTIONS, "--seconds": seconds}
    return [sys.executable, "-m", "benchmarks.http_flood", *(str(word) for pair in words.items() for word in pair)]


def accept_only(seed: int) -> Result:
    """The gateway with a broker and no worker."""
    with virtual_host() as name:
        return _gateway(seed, broker_url(name))


def embedded(seed: int) -> Result:
    """The gateway with everything in one process."""
    return _gateway(seed, "")


def _gateway(seed: int, broker: str) -> Result:
    with gateway(only="api", broker=broker) as running:
        running.begin()
        result = flood(running.http, count=COUNT, seed=seed)
        server, backends = running.used()
        stored = one("SELECT count(*) FROM reports", database=running.database)
    return _with_cpu(result, server, backends, stored)


def fastapi(seed: int) -> Result:
    """The peer: one uvicorn process with uvloop and httptools."""
    binaries = own_venv("fastapi", *PACKAGES)
    with fresh_database() as name:
        port = free_port()
        env = {"DATABASE_URL": f"{SERVER}/{name}".replace("postgresql:", "postgresql+asyncpg:")}
        command: list[str | Path] = [
            binaries / "uvicorn",
            "benchmarks.peers.fastapi_orm:app",
            "--port",
            str(port),
            "--no-access-log",
        ]
        with child(command, log=WORK / "fastapi.log", env=env) as process:
            wait_for_port(process, port, what="uvicorn")
            before, cpu = backend_seconds(name), cpu_seconds(process.pid)
            result = flood(port, count=COUNT_PEER, seed=seed)
            server, backends = cpu_seconds(process.pid) - cpu, spent(before, backend_seconds(name))
            stored = one("SELECT count(*) FROM reports", database=name)
    return _with_cpu(result, server, backends, stored)


def _with_cpu(result: Result, server: float, backends: float, stored: int) -> Result:
    answered = int(result["answered"])
    if stored < answered:
        raise NotMeasured(f"{answered} reports were answered and {stored} are stored: that must never be")
    return result | {"server us": server / answered * 1e6, "PostgreSQL us": backends / answered * 1e6}


CONTESTANTS: Mapping[str, Callable[[int], Result]] = {
    "gateway, jobs left to workers": accept_only,
    "FastAPI + SQLAlchemy ORM": fastapi,
    "gateway, all in one process": embedded,
}
OURS, PEER, ALL_IN_ONE = CONTESTANTS
COLUMNS = ("rate", "p50", "p99", "server us", "PostgreSQL us", "cpu")


def run() -> None:
    """Each contestant in turn, three times over."""
    results: dict[str, list[Result]] = {name: [] for name in CONTESTANTS}
    for turn in range(RUNS):
        for name, contest in CONTESTANTS.items():
            try:
                results[name].append(contest(turn + 1))
                print(f"  {name}: {results[name][-1]['rate']:,.0f}/s", flush=True)
            except NotMeasured as problem:
                print(f"  {name}: NOT MEASURED: {problem}", flush=True)
    rows = [
        (name, *(median(result[column] for result in found) for column in COLUMNS))
        for name, found in results.items()
        if found
    ]
    header = ("medians of 3", "reports/s", "p50 ms", "p99 ms", "server us", "PostgreSQL us", "client us")
    show(f"api: {CONNECTIONS} connections, {COUNT:,} reports (FastAPI {COUNT_PEER:,}); CPU a report", header, rows)
    rates = {name: [result["rate"] for result in found] for name, found in results.items()}
    if rates[OURS] and rates[PEER]:
        aim("times FastAPI + SQLAlchemy ORM", ratio(rates[OURS], rates[PEER]), least=TIMES)
    if rates[ALL_IN_ONE] and rates[PEER]:
        print(f"all in one process: {ratio(rates[ALL_IN_ONE], rates[PEER]):.2f} times")
    _profile()


def _profile() -> None:
    """A run that is not measured: where the gateway's time goes."""
    with virtual_host() as name, gateway(only="api", broker=broker_url(name)) as running:
        clients = _clients(running.http, count=10 * COUNT, seed=9, seconds=PROFILED_SECONDS + 5)
        with child(clients, log=WORK / "http_flood.log"):
            time.sleep(3)
            profile(running.process.pid, seconds=PROFILED_SECONDS)
