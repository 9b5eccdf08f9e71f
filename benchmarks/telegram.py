"""Updates that Telegram brings to the webhook over 100 connections, until each is committed with its line of a talk."""

import json
import subprocess
import sys
import time
from statistics import median

from benchmarks.broker import broker_url, virtual_host
from benchmarks.database import one
from benchmarks.gateway import Running, gateway
from benchmarks.processes import ROOT, WORK, NotMeasured, child
from benchmarks.profile import profile
from benchmarks.tables import aim, show
from benchmarks.telegram_flood import SECRET

RUNS = 3
COUNT = 12_000
COUNT_ALL_IN_ONE = 4_000
SECONDS = 60.0
PROFILED_SECONDS = 10.0
A_SECOND = 1_000.0

SETTINGS = """
[telegram]
token = "1708170817:AAEscriptedBotApiTokenOnLoopback_42"
base_url = "http://127.0.0.1:9"
mode = "webhook"
webhook_secret = "{secret}"

[email]
listen_port = 0
"""
"""No Bot API answers: updates are taken all the same."""

Result = dict[str, float]
COLUMNS = ("rate", "p50", "p99", "server us", "PostgreSQL us", "cpu")


def flood(running: Running, *, count: int, seed: int) -> Result:
    """What the clients measured, with the CPU of both sides; every update must be there. Raises NotMeasured."""
    running.begin()
    command = _clients(running.http, count=count, seed=seed)
    try:
        ended = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 60)
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"the clients failed ({type(error).__name__})") from error
    result: Result = json.loads(ended.stdout)
    server, backends = running.used()
    statuses = result.pop("statuses")
    if list(statuses) != ["200"]:  # type: ignore[call-overload]
        raise NotMeasured(f"the updates were answered with these statuses: {statuses}")
    answered = int(result["answered"])
    stored = one("SELECT count(*) FROM messages", database=running.database)
    lines = one("SELECT count(*) FROM talk_lines WHERE author = 'visitor'", database=running.database)
    if stored < answered or lines < answered:
        raise NotMeasured(f"{answered} updates were answered, {stored} are stored in {lines} lines: that must never be")
    return result | {"server us": server / answered * 1e6, "PostgreSQL us": backends / answered * 1e6}


def _clients(port: int, *, count: int, seed: int) -> list[str]:
    words = {"--port": port, "--count": count, "--seed": seed, "--seconds": SECONDS}
    return [sys.executable, "-m", "benchmarks.telegram_flood", *(str(word) for pair in words.items() for word in pair)]


def accept_only(seed: int) -> Result:
    """The gateway with a broker and no worker."""
    settings = SETTINGS.format(secret=SECRET)
    with virtual_host() as name, gateway(only="telegram", broker=broker_url(name), more=settings) as running:
        return flood(running, count=COUNT, seed=seed)


def embedded(seed: int) -> Result:
    """The gateway with everything in one process."""
    with gateway(only="telegram", more=SETTINGS.format(secret=SECRET)) as running:
        return flood(running, count=COUNT_ALL_IN_ONE, seed=seed)


CONTESTANTS = {"gateway, jobs left to workers": accept_only, "gateway, all in one process": embedded}


def run() -> None:
    """Each in turn, three times over."""
    results: dict[str, list[Result]] = {name: [] for name in CONTESTANTS}
    for turn in range(RUNS):
        for name, contest in CONTESTANTS.items():
            results[name].append(contest(turn + 1))
            print(f"  {name}: {results[name][-1]['rate']:,.0f}/s", flush=True)
    rows = [(name, *(median(one[column] for one in found) for column in COLUMNS)) for name, found in results.items()]
    header = ("medians of 3", "updates/s", "p50 ms", "p99 ms", "server us", "PostgreSQL us", "client us")
    show(f"telegram: 100 connections, {COUNT:,} updates ({COUNT_ALL_IN_ONE:,} all in one); CPU an update", header, rows)
    aim("updates/s committed", rows[0][1], least=A_SECOND)
    _profile()


def _profile() -> None:
    """A run that is not measured: where the gateway's time goes."""
    settings = SETTINGS.format(secret=SECRET)
    with virtual_host() as name, gateway(only="telegram", broker=broker_url(name), more=settings) as running:
        clients = _clients(running.http, count=8 * COUNT, seed=9)
        with child([*clients], log=WORK / "telegram_flood.log"):
            time.sleep(6)
            profile(running.process.pid, seconds=PROFILED_SECONDS)
