"""``kill -9`` at any moment: nothing acknowledged is lost or stored twice, nothing is answered twice or not at all.

``LAPOR_TEST_KILLS=50`` makes the long form of it: 40 messages for each kill. The figures are printed (``-s``).
"""

import asyncio
import os
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from channels.sms.smsc import Posted, Smsc
from channels.sms.smsc.messages import encode_text, long_bodies, message_body
from core.model.report import Report
from core.model.work import OutboxState, Reply, StoredMessage
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.flow.rig import GatewayProcess, replies_to, until, write_config

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "4"))
MESSAGES_FOR_EACH_KILL = 40 if KILLS > 4 else 50
LONGEST_LIFE = 1.2
PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")
METRIC = re.compile(r"^lapor_(balance|jobs_due|outbox)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Sms:
    """What one citizen texts; every eighth text takes several pieces."""

    number: int

    @property
    def phone(self) -> str:
        return f"62813{self.number:07}"

    @property
    def text(self) -> str:
        """Another RT or RW each, so that no two of them are the same event."""
        n = self.number
        where = f"Desa {PLACES[n % 8]} RT {n % 50 + 1} RW {n // 50 + 1}"
        words = f"{MATTERS[n % 5]} di {where} depan rumah Pak Slamet{n:04}"
        return words if n % 8 else words + "".join(f", saksi{n:04}x{i:02}" for i in range(20))

    @property
    def bodies(self) -> list[bytes]:
        if self.number % 8:
            octets, data_coding = encode_text(self.text)
            return [message_body(self.phone, octets, data_coding=data_coding)]
        return long_bodies(self.phone, self.text, by="udh8", reference=self.number % 256)


@dataclass
class Run:
    """One run: what was texted, what the operator saw, how often the gateway was killed."""

    smsc: Smsc
    config: Path
    chance: random.Random
    texted: list[Sms] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    kills: int = 0
    brought_again: int = 0
    logs: list[Path] = field(default_factory=list)

    def text_some(self, count: int) -> None:
        """Citizens text all at once; what nobody takes waits at the operator."""
        new = [Sms(len(self.texted) + n) for n in range(count)]
        self.texted += new
        self.posted += [self.smsc.post(body) for sms in new for body in sms.bodies]

    @property
    def acknowledged(self) -> int:
        return sum(posted.taken.done() for posted in self.posted)

    def _gateway(self) -> GatewayProcess:
        gateway = GatewayProcess(self.config, "serve")
        self.logs.append(gateway.log)
        self.brought_again += len(self.smsc.unacknowledged)
        return gateway

    async def live_and_die(self) -> None:
        """One life of the gateway. Some end before it is bound, most in the middle of its work."""
        async with self._gateway() as gateway:
            if self.chance.random() < 0.1:
                self.text_some(MESSAGES_FOR_EACH_KILL)
                await asyncio.sleep(self.chance.uniform(0, 1))  # the moment is random: there is nothing to wait for
            else:
                await gateway.address()
                await self.smsc.wait_for_bind(limit=20)
                self.text_some(MESSAGES_FOR_EACH_KILL)
                await asyncio.sleep(self.chance.uniform(0, LONGEST_LIFE))
            await gateway.kill()
            self.kills += 1

    async def live_to_the_end(self) -> dict[str, float]:
        """The last life: until nothing is under way. The metrics then."""
        async with self._gateway() as gateway:
            address = await gateway.address()
            await self.smsc.wait_for_bind(limit=20)
            shown: dict[str, float] = {}

            async def drained() -> bool:
                nonlocal shown
                if self.acknowledged < len(
                    self.posted
                ):  # before the figures: they must not be older than the last text
                    return False
                shown = await read_metrics(address)
                under_way = (n for n in shown if n == "jobs_due" or n.endswith(("pending", "sending")))
                return not any(shown[name] for name in under_way)

            await until(drained, limit=90)
            assert await gateway.stop() == 0
        return shown


async def read_metrics(address: str) -> dict[str, float]:
    """What operators watch, by name and labels."""
    async with aiohttp.ClientSession() as client, client.get(f"{address}/metrics") as response:
        page = await response.text()
    found = [(name, re.findall('"(.*?)"', labels), value) for name, labels, value in METRIC.findall(page)]
    return {"/".join([name, *labels]): float(value) for name, labels, value in found}


@dataclass(frozen=True)
class Kept:
    """What is in the database afterwards, opened with the gateway's own key."""

    messages: Sequence[StoredMessage]
    reports: Sequence[Report]
    replies: Sequence[Reply]


async def look_into(database_url: str, key_file: Path) -> Kept:
    store = SqlStore(open_database(database_url), load_vault(key_file))
    try:
        return await store.read(_everything)
    finally:
        await store.close()


def _everything(tx: Tx) -> Kept:
    messages: list[StoredMessage] = []
    while some := tx.messages.latest(channel="sms", limit=500, after=messages[-1].id if messages else ""):
        messages += some
    reports = tx.reports.queue(states=(), limit=1_000_000)
    return Kept(messages, reports, tx.outbox.listing(limit=1_000_000))


@pytest.mark.timeout(1200 if KILLS > 4 else 180)
async def test_kill_at_any_moment(database_url: str, tmp_path: Path) -> None:
    seed, begun = secrets.randbelow(10**6), time.monotonic()
    print(f"\nkill -9: seed {seed}")
    async with Smsc({"lapor": "secret"}, auto_receipts=True) as smsc:
        config = write_config(
            tmp_path,
            database_url=database_url,
            smsc_port=smsc.port,
            changed={"delivery": {"lease_seconds": 10, "doubt_seconds": 0.5, "backoff_seconds": 0.2}},
        )
        run = Run(smsc, config, random.Random(seed))
        while run.kills < KILLS:
            await run.live_and_die()
        shown = await run.live_to_the_end()
    kept = await look_into(database_url, tmp_path / "privacy.key")

    _print(run, kept, shown, seconds=time.monotonic() - begun)
    _every_message_is_stored_once(run, kept)
    _every_report_has_one_first_reply(run, kept)
    _no_reply_went_out_twice_unmarked(run, kept)
    assert {count for name, count in shown.items() if name.startswith("balance")} == {0}
    said = "".join(log.read_text(encoding="utf-8") for log in run.logs)
    assert not re.findall("Slamet|saksi|62813", said), "the log holds what citizens wrote or who they are"


def _every_message_is_stored_once(run: Run, kept: Kept) -> None:
    stored = Counter((m.inbound.sender.value, m.inbound.part.number if m.inbound.part else 1) for m in kept.messages)
    assert stored == Counter((sms.phone, piece) for sms in run.texted for piece in range(1, len(sms.bodies) + 1))
    assert Counter(r.original_text for r in kept.reports) == Counter(sms.text for sms in run.texted)


def _every_report_has_one_first_reply(run: Run, kept: Kept) -> None:
    first = Counter(reply.report_id for reply in kept.replies if reply.event == "received")
    assert first == Counter(report.id for report in kept.reports)
    arrived = {sms.phone: replies_to(sms.phone, run.smsc.submits) for sms in run.texted}
    for reply in kept.replies:
        assert reply.state is OutboxState.UNKNOWN or reply.outbound.text in arrived[reply.outbound.to.value]


def _no_reply_went_out_twice_unmarked(run: Run, kept: Kept) -> None:
    sent = Counter((s.message.destination, s.text) for s in run.smsc.submits)
    twice = {key for key, count in sent.items() if count > 1}
    doubtful = {(r.outbound.to.value, r.outbound.text) for r in kept.replies if r.doubtful}
    assert twice <= doubtful
    assert max(sent.values()) <= 2


def _print(run: Run, kept: Kept, shown: dict[str, float], *, seconds: float) -> None:
    sent = Counter((s.message.destination, s.text) for s in run.smsc.submits)
    states = Counter(reply.state.value for reply in kept.replies)
    print(
        f"{run.kills} kills in {seconds:.0f} s: {len(run.texted)} messages in {len(run.posted)} PDUs, "
        f"{run.acknowledged} acknowledged ({run.brought_again} brought again), {len(kept.messages)} stored, "
        f"{len(kept.reports)} reports, {len(kept.replies)} replies {dict(states)}, "
        f"{sum(reply.doubtful for reply in kept.replies)} marked doubtful, "
        f"{sum(count > 1 for count in sent.values())} sent twice, "
        f"balance {[int(count) for name, count in shown.items() if name.startswith('balance')]}"
    )
