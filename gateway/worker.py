"""Celery: the only module that imports it. It carries ids; the rows in the database are the truth."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

RUN = "lapor.run"
SWEEP = "lapor.sweep"


class BrokerDown(Exception):
    """The broker took nothing."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A connection for publishing."""

    app: Celery

    def publish(self, ids: Sequence[str]) -> None:
        """Blocks until the broker confirms. Raises BrokerDown."""
        try:
            self.app.send_task(RUN, args=[list(ids)], retry=False)
        except (OperationalError, OSError) as error:
            raise BrokerDown("the broker does not answer") from error

    def check(self) -> None:
        """Try the connection once. Raises BrokerDown."""
        try:
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=3)
        except (OperationalError, OSError) as error:
            raise BrokerDown("the broker does not answer") from error


def make_app(broker_url: str, *, queue: str) -> Celery:
    """Celery as measured to lose least: late acknowledgement, rejection when a worker dies, confirmed publishing."""
    app = Celery("lapor", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=queue,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport(broker_url),
        worker_hijack_root_logger=False,
    )
    return app


def _transport(broker_url: str) -> dict[str, Any]:
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True}
    return {"visibility_timeout": 300, "socket_timeout": 10, "socket_connect_timeout": 5}


def open_broker(broker_url: str, *, queue: str) -> Broker:
    """For publishing; connects when first used."""
    return Broker(make_app(broker_url, queue=queue))


Work = Callable[[], Any]


def make_worker(
    broker_url: str, *, queue: str, run: Callable[[Sequence[str]], Any], sweep: Work, every: float
) -> Celery:
    """An app whose tasks call ``run`` with ids and, on beat's wake-up every so many seconds, ``sweep``."""
    app = make_app(broker_url, queue=queue)

    def run_jobs(ids: list[str]) -> None:  # Celery writes a header from the name, so it cannot be a lambda.
        run(ids)

    def sweep_jobs() -> None:
        sweep()

    app.task(run_jobs, name=RUN)
    app.task(sweep_jobs, name=SWEEP)
    app.conf.beat_schedule = {"sweep": {"task": SWEEP, "schedule": every, "options": {"expires": every * 2}}}
    return app


def start_worker(app: Any, *, concurrency: int) -> None:
    """Blocks until SIGTERM."""
    app.worker_main(
        ["worker", "--loglevel=WARNING", f"--concurrency={concurrency}", "--without-gossip", "--without-mingle"]
    )


def start_beat(app: Any) -> None:
    """Blocks until SIGTERM. The schedule is fixed, so its state file may be lost at any time."""
    with tempfile.TemporaryDirectory() as folder:
        app.start(["beat", "--loglevel=WARNING", f"--schedule={folder}/beat", "--pidfile="])
