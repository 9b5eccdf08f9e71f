"""RabbitMQ: a virtual host for a run, gone afterwards with every queue in it."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.processes import NotMeasured

SERVER = os.environ.get("LAPOR_BENCH_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")


@contextmanager
def virtual_host() -> Iterator[str]:
    """Its name; ``broker_url`` makes the URL. Raises NotMeasured."""
    name = f"lapor-bench-{secrets.token_hex(4)}"
    _control("add_vhost", name)
    try:
        _control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        yield name
    finally:
        _control("delete_vhost", name)


def broker_url(name: str) -> str:
    """For ``jobs.broker_url``."""
    return f"{SERVER}/{name}"


def _control(*words: str) -> None:
    try:
        subprocess.run(["rabbitmqctl", "--quiet", *words], check=True, timeout=60, capture_output=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotMeasured(f"rabbitmqctl {words[0]} fails ({type(error).__name__}); is RabbitMQ on?") from error
