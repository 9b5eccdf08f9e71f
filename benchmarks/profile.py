"""Where a process spends its time: py-spy's samples, grouped by what the code is for."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.processes import ROOT, WORK, NotMeasured, own_venv
from benchmarks.tables import show

LOOP = "event loop"
GROUPS = (
    ("/prometheus_client/", "figures"),
    ("/asyncpg/", "database: driver"),
    ("/sqlalchemy/", "database: SQLAlchemy"),
    ("/core/vault.py", "seal"),
    ("/kombu/", "publish"),
    ("/celery/", "publish"),
    ("/amqp/", "publish"),
    ("/gateway/publisher.py", "publish"),
    ("/channels/sms/wire/", "frames and answers"),
    ("/channels/", "decode and map"),
    ("/aiohttp/", "HTTP"),
    ("/core/text", "decode and map"),
    ("/gateway/admission.py", "admission and group"),
    ("/gateway/grouping.py", "admission and group"),
    ("/core/storage/", "database: rows"),
    ("/core/", "intake"),
    ("/gateway/commands/", LOOP),
    ("/gateway/", "rest of the gateway"),
)
WAITING = ("selectors.py", "concurrent/futures/thread.py", "amqp/transport.py")
FRAME = re.compile(r"(.*) \((.*):\d+\)$")
SHOWN = 15


def profile(pid: int, *, seconds: float) -> None:
    """Print the groups and the fifteen functions that were found running most often; waiting is left out."""
    try:
        spy = own_venv("tools", "py-spy==0.4.1") / "py-spy"
        stacks = list(_stacks(_record(spy, pid, seconds)))
    except (NotMeasured, subprocess.SubprocessError, OSError) as problem:
        print(f"\nprofile: NOT MEASURED: {problem}")
        return
    total = sum(count for _, count in stacks) or 1
    groups: Counter[str] = Counter()
    functions: Counter[tuple[str, str]] = Counter()
    for frames, count in stacks:
        group, function = classify(frames)
        groups[group] += count
        functions[function, group] += count
    show("where the gateway's time goes", ("group", "%"), [(name, 100 * n / total) for name, n in groups.most_common()])
    rows = [(name, group, 100 * n / total) for (name, group), n in functions.most_common(SHOWN)]
    show("functions, with what they call outside of the project and its drivers", ("function", "group", "%"), rows)


def _record(spy: Path, pid: int, seconds: float) -> str:
    raw = WORK / "profile.raw"
    command: list[str | Path] = [
        spy,
        "record",
        "--pid",
        str(pid),
        "--duration",
        f"{seconds:.0f}",
        "--rate",
        "200",
        "--nonblocking",
    ]
    command += ["--format", "raw", "--full-filenames", "--output", raw]
    subprocess.run(command, check=True, timeout=seconds + 30, capture_output=True)
    return raw.read_text()


def _stacks(raw: str) -> Iterable[tuple[list[tuple[str, str]], int]]:
    """Frames as (function, file), the innermost first."""
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        found = [FRAME.match(frame) for frame in reversed(stack.split(";"))]
        frames = [(match.group(1), match.group(2)) for match in found if match]
        if frames and not frames[0][1].endswith(WAITING):
            yield frames, int(count)


def classify(frames: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The group and the function of the innermost frame that belongs to one."""
    for function, file in frames:
        for part, group in GROUPS:
            if part in file:
                return group, f"{_short(file)} {function}"
    return LOOP, f"{_short(frames[0][1])} {frames[0][0]}"


def _short(file: str) -> str:
    for root in ("site-packages/", f"{ROOT}/", "python3.11/"):
        file = file.rpartition(root)[2]
    return file
