"""What a supervisor, a load balancer and Prometheus are answered."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.metrics import make_metrics
from gateway.probes import probe_routes

Client = TestClient[web.Request, web.Application]


class House:
    """What the probes ask about: its problems can be set, or it may say nothing at all."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.silent = False

    async def ready(self) -> Mapping[str, str]:
        if self.silent:
            await asyncio.Event().wait()
        return self.problems


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async def render() -> bytes:
        return make_metrics().render()

    app = web.Application()
    app.add_routes(probe_routes(ready=house.ready, metrics=render, patience=timedelta(milliseconds=50)))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_running_process_is_alive_whatever_its_problems(client: Client, house: House) -> None:
    house.problems = {"database": "does not answer"}

    answer = await client.get("/live")

    assert (answer.status, await answer.json()) == (200, {"status": "live"})


async def test_without_problems_it_is_ready(client: Client) -> None:
    answer = await client.get("/ready")

    assert (answer.status, await answer.json()) == (200, {"status": "ready"})


async def test_problems_are_named_with_503(client: Client, house: House) -> None:
    house.problems = {"sms.telkomsel": "not bound for 40 s"}

    answer = await client.get("/ready")

    assert answer.status == 503
    assert await answer.json() == {"status": "not ready", "problems": {"sms.telkomsel": "not bound for 40 s"}}


async def test_parts_that_do_not_answer_in_time_are_a_problem(client: Client, house: House) -> None:
    house.silent = True

    answer = await client.get("/ready")

    assert answer.status == 503
    assert (await answer.json())["problems"] == {"gateway": "no answer from its parts within 0.05 s"}


async def test_the_metrics_page_has_the_type_prometheus_expects(client: Client) -> None:
    answer = await client.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE lapor_messages_received_total counter" in await answer.text()
