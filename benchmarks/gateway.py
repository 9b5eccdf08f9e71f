"""The real gateway as a child process, with its own settings and a fresh database."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.database import SERVER, backend_seconds, fresh_database, spent
from benchmarks.processes import WORK, Child, child, cpu_seconds, free_port, wait_for_port

SETTINGS = """
[database]
url = "{server}/{database}"

[jobs]
broker_url = "{broker}"

[http]
port = {http}

[privacy]
key_file = "{folder}/privacy.key"

[blobs]
folder = "{folder}/blobs"

[limits]
per_source_per_minute = 100000000

[logging]
level = "WARNING"
"""
OPERATOR = """
[[sms.operators]]
name = "telkomsel"
host = "127.0.0.1"
port = {port}
system_id = "lapor"
password = "secret"
window = {window}
reconnect_min_seconds = 0.1
reconnect_max_seconds = 0.2
"""


@dataclass(slots=True)
class Running:
    """A gateway that serves."""

    process: Child
    database: str
    http: int
    _gateway: float = 0.0
    _backends: dict[int, float] | None = None

    def begin(self) -> None:
        """Count CPU from now on."""
        self._backends = backend_seconds(self.database)
        self._gateway = cpu_seconds(self.process.pid)

    def used(self) -> tuple[float, float]:
        """CPU seconds since ``begin``: of the gateway, of PostgreSQL's backends."""
        gateway = cpu_seconds(self.process.pid) - self._gateway
        return gateway, spent(self._backends or {}, backend_seconds(self.database))


@contextmanager
def gateway(*, only: str, smsc_port: int = 0, window: int = 10, broker: str = "", more: str = "") -> Iterator[Running]:
    """Start it and wait until its web server listens. ``more``: further sections. Raises NotMeasured."""
    WORK.mkdir(parents=True, exist_ok=True)
    with fresh_database() as database, tempfile.TemporaryDirectory(dir=WORK) as folder:
        http = free_port()
        text = SETTINGS.format(server=SERVER, database=database, broker=broker, http=http, folder=folder)
        if smsc_port:
            text += OPERATOR.format(port=smsc_port, window=window)
        text += more or "\n[email]\nlisten_port = 0\n"
        config = Path(folder) / "gateway.toml"
        config.write_text(text)
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "gateway",
            "--config",
            config,
            "serve",
            "--only",
            only,
        ]
        with child(command, log=WORK / "gateway.log") as process:
            wait_for_port(process, http, what="the gateway")
            yield Running(process, database, http)
