"""What both SMS peers have in common: the HTTP endpoint they hand messages to, and the CPU time they use."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.processes import WORK, Child, child, cpu_seconds, hear, tell


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The sink, as ``benchmarks.peers.sink`` runs it."""

    process: Child
    port: int

    def look(self) -> tuple[int, float]:
        """How many came, and when the newest one did."""
        tell(self.process, "")
        count, last = hear(self.process).split()
        return int(count), float(last)

    def wait(self, count: int, *, limit: float) -> tuple[int, float]:
        """As ``look``, once ``count`` have come or ``limit`` seconds are over."""
        until = time.monotonic() + limit
        while (seen := self.look())[0] < count and time.monotonic() < until:
            time.sleep(0.05)
        return seen


@contextmanager
def sink() -> Iterator[Endpoint]:
    """Running."""
    command = [sys.executable, "-m", "benchmarks.peers.sink"]
    with child(command, log=WORK / "sink.log", talks=True) as process:
        yield Endpoint(process, int(hear(process).split()[1]))


@dataclass(slots=True)
class Peer:
    """A peer that runs; ``pids`` are those of its own processes."""

    endpoint: Endpoint
    pids: Mapping[str, int]
    _before: Mapping[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """Count CPU from now on."""
        self._before = self._now()

    def used(self) -> dict[str, float]:
        """CPU seconds of each process since ``begin``."""
        return {name: seconds - self._before[name] for name, seconds in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}
