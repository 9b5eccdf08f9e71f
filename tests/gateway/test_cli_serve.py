"""``lapor serve`` as a process: it starts, says where, does what it is told to do only, and ends cleanly."""

import re
import socket
from pathlib import Path

import aiohttp
import pytest

from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import encode_text, message_body
from tests.conftest import in_postgres, name_of
from tests.flow.rig import GatewayProcess, until, write_config

UNBIND, BIND_TRANSCEIVER = 0x00000006, 0x00000009


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url, allow_redirects=False) as response:
        return response.status, await response.text()


async def test_it_makes_its_tables_shows_the_first_admin_once_and_is_ready(
    empty_database_url: str, tmp_path: Path
) -> None:
    config = write_config(tmp_path, database_url=empty_database_url)

    async with GatewayProcess(config, "serve") as first:
        address = await first.address()
        ready, metrics = await get(f"{address}/ready"), await get(f"{address}/metrics")
        assert await first.stop() == 0
    async with GatewayProcess(config, "serve") as second:
        await second.address()
        assert await second.stop() == 0

    assert ready[0] == 200
    assert "lapor_jobs_due" in metrics[1]
    assert f"chat {address}/widget-demo" in first.said
    assert len(re.findall(r"nama pengguna 'admin', kata sandi '\S{10,}'", first.said)) == 1
    assert "kata sandi" not in second.said
    assert "Traceback" not in first.said + second.said


async def test_sigterm_in_the_middle_of_things_unbinds_and_ends_with_0(sqlite_url: str, tmp_path: Path) -> None:
    async with Smsc({"lapor": "secret"}) as smsc:
        config = write_config(tmp_path, database_url=sqlite_url, smsc_port=smsc.port)
        async with GatewayProcess(config, "serve") as gateway:
            await gateway.address()
            await smsc.wait_for_bind(limit=20)
            await smsc.deliver("6281234567801", "Lampu jalan mati di Jl. Kenanga RT 03 Kota Bekasi")

            assert await gateway.stop(limit=10) == 0

        assert "lapor: selesai" in gateway.said
        assert "Traceback" not in gateway.said
        assert UNBIND in [command for command, _ in smsc.seen], "no unbind was sent"
        await smsc.wait_for(lambda: not smsc.connections)


async def test_ctrl_c_ends_it_as_well(sqlite_url: str, tmp_path: Path) -> None:
    async with GatewayProcess(write_config(tmp_path, database_url=sqlite_url), "serve") as gateway:
        await gateway.address()
        assert gateway.process is not None

        gateway.process.send_signal(2)

        await gateway.process.wait()
        assert gateway.process.returncode == 0


async def test_only_the_channels_named_are_hosted(sqlite_url: str, tmp_path: Path) -> None:
    async with Smsc({"lapor": "secret"}) as smsc:
        config = write_config(tmp_path, database_url=sqlite_url, smsc_port=smsc.port)

        async with GatewayProcess(config, "serve", "--only", "api") as gateway:
            address = await gateway.address()
            agencies = await get(f"{address}/api/v1/agencies")
            assert await gateway.stop() == 0

        async with GatewayProcess(config, "serve", "--only", "sms") as other:
            address = await other.address()
            await smsc.wait_for_bind(limit=20)
            without = await get(f"{address}/api/v1/agencies")

    assert agencies[0] == 200
    assert without[0] == 404
    assert len([status for command, status in smsc.seen if command == BIND_TRANSCEIVER]) == 1, "the first one bound too"


async def test_a_channel_that_is_none(sqlite_url: str, tmp_path: Path) -> None:
    async with GatewayProcess(write_config(tmp_path, database_url=sqlite_url), "serve", "--only", "pigeon") as gateway:
        assert gateway.process is not None
        assert await gateway.process.wait() == 1

    assert "no channel 'pigeon'; there are api, email, form, sms" in gateway.said


async def test_a_taken_port_is_named_with_the_remedy(sqlite_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = write_config(tmp_path, database_url=sqlite_url, changed={"http": {"port": port}})

        async with GatewayProcess(config, "serve") as gateway:
            assert gateway.process is not None
            assert await gateway.process.wait() == 1

    assert f"http://127.0.0.1:{port}" in gateway.said
    assert "set http.port to a free one" in gateway.said
    assert "Traceback" not in gateway.said


async def test_two_gateways_on_one_database_share_an_operator_one_at_a_time(postgres_url: str, tmp_path: Path) -> None:
    async with Smsc({"lapor": "secret"}) as smsc:
        config = write_config(tmp_path, database_url=postgres_url, smsc_port=smsc.port)
        async with GatewayProcess(config, "serve") as first, GatewayProcess(config, "serve") as second:
            await first.address()
            await second.address()
            holder = await bound_one(first, second)
            (waiting,) = {first, second} - {holder}

            async def waits() -> bool:
                return "Another process hosts this connection" in waiting.said

            await until(waits, limit=20)
            assert [command for command, _ in smsc.seen].count(BIND_TRANSCEIVER) == 1

            await holder.kill()

            await smsc.wait_for(lambda: not smsc.connections)
            assert await bound_one(waiting) is waiting
            assert len(smsc.connections) == 1


async def bound_one(*gateways: GatewayProcess) -> GatewayProcess:
    """The first of them that says it is bound."""

    async def any_is() -> bool:
        return any("bound to the operator" in gateway.said for gateway in gateways)

    await until(any_is, limit=30)
    return next(gateway for gateway in gateways if "bound to the operator" in gateway.said)


@pytest.mark.parametrize("command", ["worker", "beat"])
async def test_without_a_broker_there_is_no_worker(sqlite_url: str, tmp_path: Path, command: str) -> None:
    async with GatewayProcess(write_config(tmp_path, database_url=sqlite_url), command) as process:
        assert process.process is not None
        assert await process.process.wait() == 1

    assert "jobs.broker_url is empty" in process.said


async def test_an_address_that_is_wrong_is_told_before_anything_starts(tmp_path: Path) -> None:
    config = write_config(tmp_path, database_url="mysql://root@localhost/lapor")

    async with GatewayProcess(config, "serve") as gateway:
        assert gateway.process is not None
        assert await gateway.process.wait() == 2

    assert "database" in gateway.said
    assert "postgresql://" in gateway.said


async def test_the_gateway_waits_for_a_database_that_goes_away_and_comes_back(
    postgres_url: str, tmp_path: Path
) -> None:
    """Its connections are cut as by a restart; the next message goes through."""
    async with Smsc({"lapor": "secret"}) as smsc:
        config = write_config(tmp_path, database_url=postgres_url, smsc_port=smsc.port)
        async with GatewayProcess(config, "serve") as gateway:
            address = await gateway.address()
            await smsc.wait_for_bind(limit=20)
            await smsc.deliver("6281234567801", "Lampu jalan mati di Jl. Kenanga RT 03 Kota Bekasi")

            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(postgres_url)}'"
            in_postgres(lambda connection: connection.execute(cut))

            posted = smsc.post(_body("Jembatan bambu di Dusun Sidorejo lapuk"))

            async def taken() -> bool:
                smsc.redeliver()
                return posted.taken.done()

            await until(taken, limit=20)
            assert (await get(f"{address}/ready"))[0] == 200
            await smsc.wait_for(lambda: len(smsc.submits) >= 2, limit=20)
            assert await gateway.stop() == 0


def _body(text: str) -> bytes:
    octets, coding = encode_text(text)
    return message_body("6285700000002", octets, data_coding=coding)
