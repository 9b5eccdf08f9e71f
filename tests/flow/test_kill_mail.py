"""``kill -9`` while mails come in: none that was answered for is lost, none is stored or answered twice."""

import asyncio
import random
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.model.report import Report
from core.model.work import Reply, StoredMessage
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.channels.email.receiving.clients import SmtpClient
from tests.channels.email.relay_peer import RelayPeer
from tests.channels.email.test_email_contract import free_port
from tests.flow.rig import GatewayProcess, until, write_config

KILLS = 2
MAILS = 30
SENDERS = 4
PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")


def mail(number: int) -> bytes:
    """Every seventh mail is too large for a row."""
    where = f"Desa {PLACES[number % 8]} RT {number + 1} depan rumah Pak Slamet{number:04}"
    head = (
        f"From: warga{number}@contoh.id\r\nTo: lapor@lapor.go.id\r\nSubject: Laporan {number}\r\n"
        f"Message-ID: <{number}@contoh.id>\r\n\r\n{MATTERS[number % 5]} di {where}\r\n"
    )
    return head.encode() + (b"-- \r\n" + b"x" * 70 + b"\r\n" * 1) * (1 if number % 7 else 1200)


@dataclass
class Mta:
    """A mail server that brings each mail until it is answered for."""

    port: int
    waiting: list[int] = field(default_factory=lambda: list(range(MAILS)))
    answered: list[int] = field(default_factory=list)
    broken: int = 0

    seen: int = 0

    async def brings_some(self) -> bool:
        """Whether some mails were answered for since the last time."""
        if len(self.answered) < min(self.seen + 4, MAILS):
            return False
        self.seen = len(self.answered)
        return True

    async def work(self) -> None:
        while self.waiting:
            number = self.waiting.pop(0)
            try:
                async with SmtpClient(self.port) as client:
                    taken = (await client.bring(mail(number), sender=f"warga{number}@contoh.id")).startswith("250")
            except (OSError, AssertionError, TimeoutError, asyncio.IncompleteReadError):
                taken = False
            if taken:
                self.answered.append(number)
            else:
                self.broken += 1
                self.waiting.append(number)
                await asyncio.sleep(0.05)


@pytest.mark.timeout(600)
async def test_kill_while_mails_come_in(database_url: str, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**6)
    chance = random.Random(seed)
    port = free_port()
    print(f"\nkill -9 while mails come in: seed {seed}")
    async with RelayPeer() as relay:
        given = {"listen_port": port, "relay_url": f"smtp://127.0.0.1:{relay.port}", "from": "lapor@lapor.go.id"}
        changed = {"email": given, "delivery": {"lease_seconds": 10, "doubt_seconds": 0.5, "backoff_seconds": 0.2}}
        config = write_config(tmp_path, database_url=database_url, changed=changed)
        mta = Mta(port)
        bringing = [asyncio.create_task(mta.work()) for _ in range(SENDERS)]
        logs = []
        for _ in range(KILLS):
            async with GatewayProcess(config, "serve") as gateway:
                logs.append(gateway.log)
                await gateway.address(limit=120)
                await _listens(port)
                half = await _half_a_mail(port)
                await until(mta.brings_some, limit=60)
                await asyncio.sleep(chance.uniform(0, 0.1))  # the moment is random: there is nothing to wait for
                await gateway.kill()
                await half.hang_up()
        async with GatewayProcess(config, "serve") as gateway:
            logs.append(gateway.log)
            await asyncio.wait_for(asyncio.gather(*bringing), 180)
            await until(lambda: _is_settled(database_url, tmp_path / "privacy.key"), limit=120)
            assert await gateway.stop() == 0
    messages, reports, replies = await _look(database_url, tmp_path / "privacy.key")

    print(f"{MAILS} mails, {mta.broken} brought again, {len(messages)} stored, {len(reports)} reports")
    assert sorted(mta.answered) == list(range(MAILS))
    assert Counter(m.inbound.sender.value for m in messages) == Counter(f"warga{n}@contoh.id" for n in range(MAILS))
    assert len(reports) == MAILS
    assert Counter(reply.report_id for reply in replies) == Counter(report.id for report in reports)
    sent = Counter(taken.recipient for taken in relay.taken)
    doubtful = {reply.outbound.to.value for reply in replies if reply.doubtful}
    assert {recipient for recipient, count in sent.items() if count > 1} <= doubtful
    said = "".join(log.read_text(encoding="utf-8") for log in logs)
    assert not re.findall(r"Slamet|warga\d", said), "the log holds what citizens wrote or who they are"


async def _listens(port: int) -> None:
    async def is_open() -> bool:
        try:
            async with SmtpClient(port) as client:
                return client.greeting.startswith("220")
        except OSError:
            return False

    await until(is_open, limit=60)


async def _half_a_mail(port: int) -> SmtpClient:
    """A client that is in the middle of DATA when the gateway dies. Nobody answered for its mail."""
    client = SmtpClient(port)
    await client.connect()
    await client.hear()
    await client.begin(sender="setengah@contoh.id")
    client.say(mail(0)[:60])
    await client.writer.drain()
    return client


Kept = tuple[list[StoredMessage], list[Report], list[Reply]]


async def _look(database_url: str, key_file: Path) -> Kept:
    store = SqlStore(open_database(database_url), load_vault(key_file))
    try:
        return await store.read(_everything)
    finally:
        await store.close()


def _everything(tx: Tx) -> Kept:
    messages = list(tx.messages.latest(channel="email", limit=500))
    reports = list(tx.reports.queue(states=(), limit=1000))
    return messages, reports, list(tx.outbox.listing(limit=1000))


async def _is_settled(database_url: str, key_file: Path) -> bool:
    _, reports, replies = await _look(database_url, key_file)
    return len(reports) == MAILS and all(reply.state.value not in {"pending", "sending"} for reply in replies)
