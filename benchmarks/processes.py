"""Child processes: started here, measured through /proc, and ended by their own id alone."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "var" / "bench"
TICKS = os.sysconf("SC_CLK_TCK")
Child = subprocess.Popen[str]


class NotMeasured(Exception):
    """A benchmark or a peer cannot run here; the message says why."""


@contextmanager
def child(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    talks: bool = False,
    limit: float = 15.0,
) -> Iterator[Child]:
    """A process that ends with the block: SIGTERM, and SIGKILL after ``limit`` seconds.

    Its standard error goes to ``log``, and so does its output unless it ``talks``.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else file,
            stderr=file,
            text=True,
            cwd=folder,
            env={**os.environ, **(env or {})},
        )
        try:
            yield process
        finally:
            end(process, limit=limit)


def end(process: Child, *, limit: float = 15.0) -> None:
    """End a process of ours, if it still runs."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=limit)


def hear(process: Child, *, limit: float = 120.0) -> str:
    """The next line a talking child says. Raises NotMeasured when it ends instead, or is ended after ``limit`` s."""
    alarm = threading.Timer(limit, process.kill)
    alarm.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:
        alarm.cancel()
    if not line:
        raise NotMeasured(f"a child process ended with {process.wait(timeout=15)} instead of a line")
    return line.strip()


def tell(process: Child, line: str) -> None:
    """Say a line to a talking child."""
    if process.stdin is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, without its children; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(process: Child, port: int, *, what: str, limit: float = 90.0) -> None:
    """Return once ``process`` listens there. Raises NotMeasured when it ends or after ``limit`` seconds."""
    until = time.monotonic() + limit
    while not _listens(port):
        if process.poll() is not None:
            raise NotMeasured(f"{what} ended with {process.returncode}; see its log in var/bench")
        if time.monotonic() > until:
            raise NotMeasured(f"{what} did not listen within {limit:.0f} s; see its log in var/bench")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def own_venv(name: str, *packages: str) -> Path:
    """The ``bin`` of a virtual environment under var/bench with these packages. Raises NotMeasured."""
    folder = WORK / name
    done = folder / "installed"
    wanted = "\n".join(packages)
    if not done.exists() or done.read_text() != wanted:
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
            install: list[str | Path] = [folder / "bin" / "pip", "install", "--quiet", *packages]
            subprocess.run(install, check=True, timeout=600, stderr=subprocess.DEVNULL)
        except (subprocess.SubprocessError, OSError) as error:
            raise NotMeasured(f"{', '.join(packages)} cannot be installed: {type(error).__name__}") from error
        done.write_text(wanted)
    return folder / "bin"
