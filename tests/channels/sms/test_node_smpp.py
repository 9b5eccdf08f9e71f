"""The channel against an SMSC that nobody here wrote: npm's ``smpp``."""

import asyncio
import contextlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from channels.sms.adapter import SmsChannel
from channels.sms.content import read_text
from channels.sms.settings import SmsSettings
from core.model.message import Delivery
from core.model.secret import Secret
from core.testing.fakes import RecordingIntake
from tests.channels.sms.conftest import eventually, make_operator, make_reply

FOLDER = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, with the package installed once; skips where there is no node or no registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    if not (FOLDER / "node_modules" / "smpp").is_dir():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip().splitlines()[-1:]}")
    return node


@dataclass
class Foreign:
    """The foreign SMSC's process and what it has said."""

    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.said if line["event"] == name]

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(json.loads(line))


@asynccontextmanager
async def running(node: str) -> AsyncIterator[Foreign]:
    process = await asyncio.create_subprocess_exec(node, "smsc.js", cwd=FOLDER, stdout=asyncio.subprocess.PIPE)
    foreign = Foreign(process)
    listening = asyncio.create_task(foreign.listen())
    try:
        await eventually(lambda: foreign.events("listening"), limit=30)
        yield foreign
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening


@asynccontextmanager
async def receiving(foreign: Foreign, **settings: Any) -> AsyncIterator[tuple[SmsChannel, RecordingIntake]]:
    port = foreign.events("listening")[0]["port"]
    channel, intake = SmsChannel(make_operator(port, **settings)), RecordingIntake()
    task = asyncio.create_task(channel.receive(intake))
    yield channel, intake
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_its_messages_arrive_and_are_answered(node: str) -> None:
    async with running(node) as foreign, receiving(foreign) as (_, intake):
        await eventually(lambda: len(foreign.events("answered")) == 4 and foreign.events("alive"))

        assert {line["status"] for line in foreign.events("answered")} == {0}
        texts = [m.text for m in intake.committed if m.part is None]
        parts = [m for m in intake.committed if m.part is not None]
        assert texts == ["LAPOR jalan rusak €5 [RT 03]", "x" * 300]
        assert read_text([m.raw for m in parts], SmsSettings()) == "Banjir 🌊 di Bekasi " * 6


async def test_its_receipts_match_our_replies_though_it_writes_ids_in_two_bases(node: str) -> None:
    long = "Laporan Anda sudah diteruskan ke Dinas PU – mohon ditunggu. " * 4
    async with running(node) as foreign, receiving(foreign) as (channel, intake):
        await eventually(lambda: foreign.events("bound"))

        short_ids = await channel.send(make_reply("Terima kasih {1708} [€5]", id="r1"))
        long_ids = await channel.send(make_reply(long, id="r2"))
        await eventually(lambda: len(intake.receipts) == 3)

        assert short_ids + long_ids == ("f4240", "f4241", "f4242")
        assert [r.external_ids[0] for r in intake.receipts] == ["f4240", "f4241", "f4242"]
        assert {r.delivery for r in intake.receipts} == {Delivery.DELIVERED}
        submitted = foreign.events("submitted")
        assert submitted[0]["text"] == "Terima kasih {1708} [€5]"
        assert "".join(line["text"] for line in submitted[1:]) == long.replace("–", "-")
        assert all(line["udh"] for line in submitted[1:])


async def test_it_hears_our_goodbye(node: str) -> None:
    async with running(node) as foreign:
        async with receiving(foreign):
            await eventually(lambda: len(foreign.events("answered")) == 4)

        await eventually(lambda: foreign.events("unbound"))


async def test_it_refuses_a_wrong_password(node: str) -> None:
    async with running(node) as foreign, receiving(foreign, password=Secret("salah")) as (channel, _):

        async def is_refused() -> bool:
            return "ESME_RINVPASWD" in (await channel.health()).detail

        await eventually(is_refused)
