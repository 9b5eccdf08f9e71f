"""``kill -9`` while visitors talk: every message is one line, no number is left out, and no page misses or doubles one.

``LAPOR_TEST_KILLS=50`` makes the long form of it. The figures are printed (``-s``).
"""

import asyncio
import os
import random
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.chat.webchat.wire.tokens import address_of, read_token
from core.model.talk import Author, Line
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.channels.chat.webchat.chat_rig import Page
from tests.flow.rig import GatewayProcess, write_config

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "3"))
VISITORS = 6
MESSAGES_FOR_EACH_KILL = 12
LONGEST_LIFE = 1.5
CHANGED = {"limits": {"per_source_per_minute": 1_000_000}, "webchat": {"pause_seconds": 0.2}}
GONE = (aiohttp.ClientError, ConnectionError, TimeoutError, RuntimeError)


@dataclass
class Visitor:
    """A browser: keeps its token, the lines it got, and what nobody acknowledged yet."""

    number: int
    token: str | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    queue: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    again: int = 0

    def write(self, count: int) -> None:
        """Words that are to be sent."""
        for _ in range(count):
            client_id = f"p{self.number:03}-{len(self.said):05}"
            self.said.append(client_id)
            self.queue[client_id] = f"Nomor {len(self.said)} dari pengunjung {self.number}: lampu jalan padam"

    async def talk(self, client: aiohttp.ClientSession, address: str) -> None:
        """Open the chat, send what waits one after the other, and keep what comes, until the server is gone."""
        page = Page(await client.ws_connect(f"{address}/chat/ws", headers={"Origin": address}))
        try:
            await page.send(t="hello", v=1, token=self.token, after=self.lines[-1]["seq"] if self.lines else 0)
            await page.until(lambda: page.of("welcome") or page.code is not None)
            if page.of("welcome"):
                self.token = page.of("welcome")[0].get("token", self.token)
            while self.queue and page.code is None:
                await self._send_next(page)
            await page.until(lambda: page.code is not None or self._has_all(page))
        finally:
            self.lines += page.of("line")
            await page.leave()

    def _has_all(self, page: Page) -> bool:
        acked = max((ack["seq"] for ack in page.of("ack")), default=0)
        return acked <= max(page.seqs, default=0)

    async def _send_next(self, page: Page) -> None:
        client_id, text = next(iter(self.queue.items()))
        self.again += 1
        await page.say(text, id=client_id)
        if page.answer_to(client_id) == "ack":
            del self.queue[client_id]


async def live_and_die(config: Path, visitors: list[Visitor], chance: random.Random) -> None:
    """One life of the gateway, which ends in the middle of its work."""
    async with GatewayProcess(config, "serve", "--only", "webchat") as gateway, aiohttp.ClientSession() as client:
        address = await gateway.address()
        talking = [asyncio.create_task(visitor.talk(client, address)) for visitor in visitors]
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))  # the moment is random: there is nothing to wait for
        await gateway.kill()
        for task in talking:
            with suppress(*GONE):
                await task


@pytest.mark.timeout(1200 if KILLS > 4 else 240)
async def test_kill_while_visitors_talk(database_url: str, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**6)
    print(f"\nkill -9: seed {seed}")
    config, chance = write_config(tmp_path, database_url=database_url, changed=CHANGED), random.Random(seed)
    visitors = [Visitor(number) for number in range(VISITORS)]

    for _ in range(KILLS):
        for visitor in visitors:
            visitor.write(MESSAGES_FOR_EACH_KILL)
        await live_and_die(config, visitors, chance)
    async with GatewayProcess(config, "serve", "--only", "webchat") as gateway, aiohttp.ClientSession() as client:
        address = await gateway.address()
        await asyncio.gather(*(visitor.talk(client, address) for visitor in visitors))
        assert await gateway.stop() == 0

    sent, again = sum(len(each.said) for each in visitors), sum(each.again for each in visitors)
    print(f"{KILLS} kills: {sent} messages of {VISITORS} visitors, {again - sent} sent again")
    for visitor in visitors:
        kept = await lines_of(visitor, database_url, tmp_path / "privacy.key")
        words = [line.client_id.rpartition(":")[2] for line in kept if line.author is Author.VISITOR]
        assert words == visitor.said
        assert [line.seq for line in kept] == list(range(1, len(kept) + 1))
        shown = [line["seq"] for line in visitor.lines]
        assert shown == list(range(1, len(shown) + 1))
        assert [line["id"] for line in visitor.lines if line["from"] == "visitor"] == visitor.said


async def lines_of(visitor: Visitor, database_url: str, key_file: Path) -> list[Line]:
    """The lines of a visitor's talk as they are kept."""
    vault = load_vault(key_file)
    store = SqlStore(open_database(database_url), vault)
    key = vault.derive("webchat tokens").hex().encode()
    token = read_token(key, visitor.token or "", now=datetime.now(UTC), lasts=timedelta(days=1))

    def look(tx: Tx) -> list[Line]:
        talk = tx.talks.find(address_of(key, token))
        assert talk is not None
        assert talk.last_seq < 1000
        return list(tx.talks.lines(talk.id, limit=1000))

    try:
        return await store.read(look)
    finally:
        await store.close()
