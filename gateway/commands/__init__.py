"""The commands, one module each."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.commands import agency, bench, deadlines, demo, doctor, migrate, outbox, queue, replay, serve, staff, work
from gateway.commands.context import Command

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "serve": serve.COMMAND,
        "worker": work.WORKER,
        "beat": work.BEAT,
        "migrate": migrate.COMMAND,
        "doctor": doctor.COMMAND,
        "staff": staff.COMMAND,
        "agency": agency.COMMAND,
        "queue": queue.COMMAND,
        "outbox": outbox.COMMAND,
        "deadlines": deadlines.COMMAND,
        "replay": replay.COMMAND,
        "demo": demo.COMMAND,
        "bench": bench.COMMAND,
    }
)
