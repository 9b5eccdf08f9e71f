"""Jobs in Celery workers, over RabbitMQ and over Redis: processes that are killed, a broker that is away."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from kombu import Connection

from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import encode_text, message_body
from core.model.report import Event
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.flow.bureau import open_bureau
from tests.flow.rig import GatewayProcess, replies_to, until, write_config

MANY = 200


@pytest.fixture(params=["amqp", "redis"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """Both brokers, each where it answers."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def queue(broker_url: str) -> Iterator[str]:
    """A queue of the test's own, gone afterwards."""
    name = f"lapor-test-{secrets.token_hex(4)}"
    yield name
    with Connection(broker_url) as connection, connection.channel() as channel:
        if broker_url.startswith("amqp"):
            channel.queue_delete(name)
            channel.exchange_delete(name)
        else:
            _forget_in_redis(channel.client, name)


def _forget_in_redis(client: Any, name: str) -> None:
    """With what a killed worker had not acknowledged: a later worker on that Redis would bring the queue back."""
    client.delete(name, f"_kombu.binding.{name}", f"_kombu.binding_permanent.{name}")
    unacknowledged = [tag for tag, message in client.hgetall("unacked").items() if name.encode() in message]
    if unacknowledged:
        client.hdel("unacked", *unacknowledged)
        client.zrem("unacked_index", *unacknowledged)


@dataclass
class Deployment:
    """``lapor serve`` with its operator, and how to start what works beside it."""

    smsc: Smsc
    config: Path
    gateway: GatewayProcess
    address: str

    def process(self, *arguments: str) -> GatewayProcess:
        """Another process of this deployment, to be entered."""
        return GatewayProcess(self.config, *arguments)

    def heard(self, number: int) -> list[str]:
        """The replies one citizen got."""
        return replies_to(phone(number), self.smsc.submits)

    async def jobs_due(self) -> int:
        """From the metrics."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.address}/metrics") as response:
            page = await response.text()
        (line,) = [line for line in page.splitlines() if line.startswith("lapor_jobs_due ")]
        return int(float(line.split()[1]))


@asynccontextmanager
async def deployed(folder: Path, database_url: str, broker_url: str, queue: str) -> AsyncIterator[Deployment]:
    jobs = {"broker_url": broker_url, "queue": queue, "sweep_seconds": 0.5, "lease_seconds": 5, "stale_seconds": 2}
    async with Smsc({"lapor": "secret"}, auto_receipts=True) as smsc:
        config = write_config(folder, database_url=database_url, smsc_port=smsc.port, changed={"jobs": jobs})
        async with GatewayProcess(config, "serve") as gateway:
            address = await gateway.address()
            await smsc.wait_for_bind(limit=20)
            yield Deployment(smsc, config, gateway, address)


@pytest.fixture
async def deployment(postgres_url: str, broker_url: str, queue: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """On PostgreSQL, as wherever there is more than one process."""
    async with deployed(tmp_path, postgres_url, broker_url, queue) as deployment:
        yield deployment


def phone(number: int) -> str:
    return f"62814{number:07}"


def text_of(number: int) -> str:
    return f"Lampu jalan mati di Desa Ngepung RT {number + 1} RW {number % 9 + 1} depan rumah Pak Slamet{number:04}"


def body_of(number: int) -> bytes:
    octets, coding = encode_text(text_of(number))
    return message_body(phone(number), octets, data_coding=coding)


async def test_jobs_wait_for_a_worker_and_nothing_is_refused_meanwhile(deployment: Deployment) -> None:
    assert await deployment.smsc.deliver_body(body_of(1)) == 0
    assert await deployment.jobs_due() == 1
    assert deployment.heard(1) == []

    async with deployment.process("worker", "--concurrency", "1") as worker:
        await deployment.smsc.wait_for(lambda: bool(deployment.heard(1)), limit=30)

        assert "laporan Anda diterima" in deployment.heard(1)[0]
        assert await worker.stop() == 0


async def test_what_the_broker_lost_is_told_again_by_the_sweep_of_beat(
    deployment: Deployment, broker_url: str, queue: str
) -> None:
    """The gateway itself is gone as well: only beat and a worker are left, and the replies wait for a gateway."""
    await deployment.smsc.deliver_body(body_of(1))
    await asyncio.to_thread(_one_message, broker_url, queue)
    await deployment.gateway.kill()
    with Connection(broker_url) as connection, connection.channel() as channel:
        channel.queue_purge(queue)

    async with (
        deployment.process("worker", "--concurrency", "1"),
        deployment.process("beat"),
        _opened(deployment.config) as store,
    ):

        async def answered() -> bool:
            return bool(await store.read(lambda tx: tx.outbox.listing(limit=1)))

        await until(answered, limit=40)


async def test_two_hundred_texts_survive_a_worker_that_is_killed(deployment: Deployment) -> None:
    posted = [deployment.smsc.post(body_of(number)) for number in range(MANY)]
    async with deployment.process("worker", "--concurrency", "2") as worker:
        await deployment.smsc.wait_for(lambda: len(deployment.smsc.submits) >= MANY // 10, limit=60)
        await worker.kill()
        done_by_then = len(deployment.smsc.submits)

    async with deployment.process("worker", "--concurrency", "2"):
        await deployment.smsc.wait_for(lambda: all(deployment.heard(number) for number in range(MANY)), limit=60)

        async def nothing_due() -> bool:
            return await deployment.jobs_due() == 0

        await until(nothing_due, limit=40)

    assert done_by_then < MANY
    assert all(one.taken.done() for one in posted)
    assert Counter(len(deployment.heard(number)) for number in range(MANY)) == {1: MANY}
    async with _opened(deployment.config) as store:
        replies = await store.read(lambda tx: tx.outbox.listing(limit=10_000))
        reports = await store.read(lambda tx: tx.reports.queue(states=(), limit=10_000))
    assert Counter(reply.event for reply in replies) == {"received": MANY}
    assert Counter(report.original_text for report in reports) == Counter(text_of(number) for number in range(MANY))


async def test_the_broker_is_told_ids_and_nothing_else(deployment: Deployment, broker_url: str, queue: str) -> None:
    await deployment.smsc.deliver_body(body_of(7))

    raw = await asyncio.to_thread(_one_message, broker_url, queue)

    assert len(raw["args"]) == 1
    assert [len(job_id) for job_id in raw["args"][0]] == [32]
    assert not [word for word in ("Slamet", "Ngepung", phone(7), "1708") if word in json.dumps(raw)]


def _one_message(broker_url: str, queue: str) -> dict[str, list[list[str]]]:
    with Connection(broker_url) as connection, connection.SimpleQueue(queue) as waiting:
        message = waiting.get(timeout=15)
        message.ack()
        args, kwargs, _ = message.payload
        return {"args": args, "rest": [str(kwargs), str(message.headers), str(message.properties)]}


async def test_a_broker_that_is_away_at_first_costs_delay_and_nothing_else(
    postgres_url: str, broker_url: str, queue: str, tmp_path: Path
) -> None:
    door = Door(urlsplit(broker_url).hostname or "", urlsplit(broker_url).port or 0)
    await door.reserve()
    parts = urlsplit(broker_url)
    away = parts._replace(
        netloc=f"{parts.netloc.rpartition('@')[0]}{'@' if parts.username else ''}127.0.0.1:{door.port}"
    )
    async with deployed(tmp_path, postgres_url, away.geturl(), queue) as deployment:
        statuses = [await deployment.smsc.deliver_body(body_of(number)) for number in range(5)]
        assert statuses == [0] * 5
        assert await deployment.jobs_due() == 5

        async with door, deployment.process("worker", "--concurrency", "1"):
            await deployment.smsc.wait_for(lambda: all(deployment.heard(number) for number in range(5)), limit=60)


class Door:
    """A port that is closed until it is entered, and then leads to the broker."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = host, port
        self._server: asyncio.Server | None = None
        self._streams: set[asyncio.Task[None]] = set()
        self.port = 0

    async def reserve(self) -> None:
        """Find a port and close it again."""
        server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()

    async def __aenter__(self) -> None:
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self.port)

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(*self._behind)
        for source, target in ((reader, inner_writer), (inner_reader, writer)):
            task = asyncio.create_task(_pour(source, target))
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while octets := await source.read(65_536):
            target.write(octets)
            await target.drain()
    except OSError:
        pass  # One side hung up: so does the other.
    finally:
        target.close()


@asynccontextmanager
async def _opened(config: Path) -> AsyncIterator[SqlStore]:
    url = next(line.split(" = ")[1].strip('"') for line in config.read_text().splitlines() if line.startswith("url ="))
    store = SqlStore(open_database(url), load_vault(config.with_name("privacy.key")))
    try:
        yield store
    finally:
        await store.close()


async def test_workers_that_beat_wakes_do_what_deadlines_ask_for(
    postgres_url: str, broker_url: str, queue: str, tmp_path: Path
) -> None:
    jobs = {"broker_url": broker_url, "queue": queue, "sweep_seconds": 0.5}
    async with open_bureau(tmp_path, postgres_url, {"jobs": jobs}) as bureau:
        (report_id,) = await bureau.file(at=datetime.now(UTC) - timedelta(days=60))

        async def done() -> bool:
            return len(await bureau.history(report_id, Event.REMINDED, Event.ESCALATED)) == 3

        async with GatewayProcess(bureau.config, "worker"), GatewayProcess(bureau.config, "beat"):
            await until(done, limit=40)
