"""``kill -9`` in the middle of DATA, of a poll and of a send: no mail and no tweet is lost, none is answered twice.

``LAPOR_TEST_KILLS=50`` makes the long form of it.
"""

import asyncio
import os
import random
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from channels.twitter.api_peer import XApi
from core.model.report import Report
from core.model.work import OutboxState, Outcome, Reply, StoredMessage
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.channels.email.relay_peer import RelayPeer
from tests.flow.postfix import free_port
from tests.flow.rig import GatewayProcess, Result, until, write_config
from tests.flow.test_kill import read_metrics

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "4"))
FOR_EACH_KILL = 12
LONGEST_LIFE = 1.5
OURS = "lapor@lapor.example.go.id"
PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")
SHORT_WAITS = {"lease_seconds": 10, "doubt_seconds": 0.5, "backoff_seconds": 0.2}


def words(n: int) -> str:
    """What citizen ``n`` writes: another RT and RW each, so that no two of them are the same event."""
    where = f"Desa {PLACES[n % 8]} RT {n % 50 + 1} RW {n // 50 + 1}"
    return f"{MATTERS[n % 5]} di {where} depan rumah Pak Slamet{n:04}"


@dataclass
class MailServer:
    """Somebody's mail server: it tries each mail until it is taken, in pieces, at its leisure."""

    port: int
    chance: random.Random = field(default_factory=random.Random)
    tries: Counter[int] = field(default_factory=Counter)
    taken: set[int] = field(default_factory=set)

    async def deliver(self, n: int) -> None:
        """One mail, until the gateway says 250."""
        while n not in self.taken:
            self.tries[n] += 1
            try:
                async with asyncio.timeout(10):
                    await self._try(n)
            except (OSError, EOFError, TimeoutError):
                await asyncio.sleep(0.1)  # a mail server waits before it tries again

    async def _try(self, n: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for command in ("", "HELO mx.contoh.id", f"MAIL FROM:<warga{n:04}@contoh.id>", f"RCPT TO:<{OURS}>", "DATA"):
                if command:
                    writer.write(f"{command}\r\n".encode())
                if not (await _answer(reader)).startswith((b"2", b"3")):
                    return
            octets = _mail(n)
            middle = self.chance.randrange(len(octets))
            writer.write(octets[:middle])
            await writer.drain()
            await asyncio.sleep(self.chance.uniform(0, 0.3))  # a slow line: the gateway may die meanwhile
            writer.write(octets[middle:])
            if (await _answer(reader)).startswith(b"250"):
                self.taken.add(n)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readuntil(b"\r\n")
    return await _answer(reader) if line[3:4] == b"-" else line


def _mail(n: int) -> bytes:
    return (
        f"From: Warga {n} <warga{n:04}@contoh.id>\r\nTo: {OURS}\r\nSubject: Laporan {n}\r\n"
        f"Message-ID: <laporan-{n}@contoh.id>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words(n)}\r\n.\r\n"
    ).encode()


@dataclass
class Run:
    """One run: what was written, and how often the gateway was killed."""

    config: Path
    database_url: str
    api: XApi
    server: MailServer
    chance: random.Random
    written: int = 0
    kills: int = 0
    logs: list[Path] = field(default_factory=list)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def write_some(self) -> None:
        """Half of them by mail, half on X."""
        for n in range(self.written, self.written + FOR_EACH_KILL):
            if n % 2:
                self.api.world.write(f"warga_{n:04}", f"#lapor {words(n)} @lapor1708")
            else:
                self.under_way.add(asyncio.create_task(self.server.deliver(n)))
        self.written += FOR_EACH_KILL

    def _gateway(self) -> GatewayProcess:
        gateway = GatewayProcess(self.config, "serve")
        self.logs.append(gateway.log)
        return gateway

    async def live_and_die(self) -> None:
        async with self._gateway() as gateway:
            await gateway.address()
            self.write_some()
            await asyncio.sleep(self.chance.uniform(0, LONGEST_LIFE))  # the moment is random: there is no condition
            await gateway.kill()
            self.kills += 1

    async def live_to_the_end(self) -> dict[str, float]:
        """The last life: until nothing is under way. The metrics then."""
        async with self._gateway() as gateway:
            address = await gateway.address()
            async with asyncio.timeout(60):
                await asyncio.gather(*self.under_way)
            shown: dict[str, float] = {}

            async def drained() -> bool:
                nonlocal shown
                shown = await read_metrics(address)
                stored = len(await look(self.config, self.database_url, _messages))
                waiting = (n for n in shown if n == "jobs_due" or n.endswith(("pending", "sending")))
                return stored >= self.written and not any(shown[name] for name in waiting)

            await until(drained, limit=90)
            assert await gateway.stop() == 0
        return shown


@dataclass(frozen=True)
class Kept:
    """What is in the database afterwards."""

    messages: Sequence[StoredMessage]
    reports: Sequence[Report]
    replies: Sequence[Reply]


async def look(config: Path, database_url: str, work: Callable[[Tx], Result]) -> Result:
    """Into the database, with the gateway's own key."""
    store = SqlStore(open_database(database_url), load_vault(config.with_name("privacy.key")))
    try:
        return await store.read(work)
    finally:
        await store.close()


def _messages(tx: Tx) -> list[StoredMessage]:
    return [*tx.messages.latest(channel="email", limit=10_000), *tx.messages.latest(channel="twitter", limit=10_000)]


def _everything(tx: Tx) -> Kept:
    return Kept(_messages(tx), tx.reports.queue(states=(), limit=10_000), tx.outbox.listing(limit=10_000))


@pytest.fixture
async def relay() -> AsyncIterator[RelayPeer]:
    async with RelayPeer() as relay:
        yield relay


@pytest.fixture
async def api() -> AsyncIterator[XApi]:
    async with XApi() as api:
        yield api


def settings(relay: RelayPeer, api: XApi, *, port: int) -> dict[str, dict[str, object]]:
    """Mail and X on this machine, asked and tried often."""
    keys = api.keys
    return {
        "delivery": SHORT_WAITS,
        "email": {
            "listen_port": port,
            "addresses": [OURS],
            "from": f"LAPOR! <{OURS}>",
            "relay_url": f"smtp://127.0.0.1:{relay.port}",
            "watch_seconds": 0.5,
        },
        "twitter": {
            "base_url": api.url,
            "handle": "lapor1708",
            "bearer_token": keys.bearer_token,
            "consumer_key": keys.consumer_key,
            "consumer_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
            "poll_seconds": 0.3,
            "back_off_max_seconds": 0.5,
        },
    }


@pytest.mark.timeout(1200 if KILLS > 4 else 180)
async def test_kill_at_any_moment(database_url: str, tmp_path: Path, relay: RelayPeer, api: XApi) -> None:
    seed, port = secrets.randbelow(10**6), free_port()
    print(f"\nkill -9: seed {seed}")
    chance = random.Random(seed)
    config = write_config(tmp_path, database_url=database_url, changed=settings(relay, api, port=port))
    run = Run(config, database_url, api, MailServer(port, chance), chance)

    while run.kills < KILLS:
        await run.live_and_die()
    shown = await run.live_to_the_end()

    kept = await look(config, database_url, _everything)
    _print(run, kept, relay)
    _every_message_is_one_report(run, kept)
    _every_report_has_one_first_reply(kept)
    _nothing_went_out_twice_unmarked(relay, api, kept)
    assert {count for name, count in shown.items() if name.startswith("balance")} == {0}
    said = "".join(log.read_text(encoding="utf-8") for log in run.logs)
    assert not re.findall("Slamet|warga", said), "the log holds what citizens wrote or who they are"


def _every_message_is_one_report(run: Run, kept: Kept) -> None:
    """What the account says itself on X comes back as a mention of nobody, and is kept as a robot's."""
    from_people = [m for m in kept.messages if m.outcome is not Outcome.ROBOT]
    assert len(from_people) == run.written
    assert Counter(report.original_text for report in kept.reports) == Counter(words(n) for n in range(run.written))


def _every_report_has_one_first_reply(kept: Kept) -> None:
    first = Counter(reply.report_id for reply in kept.replies if reply.event == "received")
    assert first == Counter(report.id for report in kept.reports)
    assert {r.state for r in kept.replies} <= {OutboxState.SENT, OutboxState.DELIVERED, OutboxState.UNKNOWN}


def _nothing_went_out_twice_unmarked(relay: RelayPeer, api: XApi, kept: Kept) -> None:
    sent = Counter((mail.recipient, mail.text) for mail in relay.taken)
    sent += Counter((post.to, post.text) for post in (*api.posts, *api.messages))
    doubtful = {text.strip() for r in kept.replies if r.doubtful for text in (r.outbound.text, r.outbound.private)}
    assert {text.strip() for (_, text), count in sent.items() if count > 1} <= doubtful
    assert max(sent.values()) <= 2


def _print(run: Run, kept: Kept, relay: RelayPeer) -> None:
    again = sum(tries > 1 for tries in run.server.tries.values())
    print(
        f"{run.kills} kills: {run.written} written, half by mail ({again} tried again), {len(kept.messages)} kept, "
        f"{len(kept.reports)} reports, {len(relay.taken)} mails and {len(run.api.posts)} tweets of ours, "
        f"{sum(reply.doubtful for reply in kept.replies)} replies marked doubtful"
    )
