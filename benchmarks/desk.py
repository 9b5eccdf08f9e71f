"""The operators' desk: from a visitor's word on one process to the operator's page on another."""

import asyncio
import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.chats import RATE, SECONDS, ask, servers
from benchmarks.chats import pages as open_pages
from benchmarks.database import SERVER, backend_seconds, spent
from benchmarks.processes import NotMeasured, cpu_seconds, hear, tell
from benchmarks.tables import aim, show
from channels.chat.webchat.wire.tokens import address_of, read_token
from core import chatting
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Session, Staff
from core.model.talk import Chat, Owner
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault

OPERATORS, HELD = 20, 10
"""On each of the two processes, and how many chats each of them holds."""


@dataclass
class Screen:
    """One operator's page: when it got which line, by when that was said."""

    cookie: str
    waits: list[float] = field(default_factory=list)
    lines: int = 0

    async def watch(self, client: aiohttp.ClientSession, port: int, ready: asyncio.Event) -> None:
        """Read the stream until cancelled."""
        headers = {"Cookie": f"lapor_session={self.cookie}"}
        timeout = aiohttp.ClientTimeout(total=None)
        address = f"http://127.0.0.1:{port}/console/obrolan/aliran"
        async with client.get(address, headers=headers, timeout=timeout) as answer:
            if answer.status != 200:
                raise NotMeasured(f"the stream answers {answer.status}")
            async for line in answer.content:
                if line.startswith(b"data: ") and b'"lines"' in line:
                    self._note(json.loads(line[6:])["lines"], time.perf_counter())
                if self.lines >= HELD:
                    ready.set()

    def _note(self, lines: list[dict[str, Any]], now: float) -> None:
        self.lines += len(lines)
        said = [line["text"].rsplit(" ", 1)[-1] for line in lines if line["from"] == "visitor"]
        self.waits += [now - float(at) for at in said if at.replace(".", "", 1).isdigit()]


def run() -> None:
    """Visitors on both processes, the operators who hold their chats on the other one each."""
    with servers(2) as (both, database, folder), open_pages() as browser, open_pages() as other:
        crossing = [(browser, both[0], both[1]), (other, both[1], both[0])]
        screens: list[tuple[Screen, int]] = []
        for visitors, here, there in crossing:
            ask(visitors, do="open", port=here.port, tokens=[None] * OPERATORS * HELD)
            ask(visitors, do="say", rate=100, seconds=OPERATORS * HELD / 100)
            tokens = ask(visitors, do="tokens")["tokens"]
            cookies = asyncio.run(_take_over(database, folder, tokens))
            screens += [(Screen(cookie), there.port) for cookie in cookies]
        cpu = [cpu_seconds(server.process.pid) for server in both]
        backends = backend_seconds(database)
        said = asyncio.run(_measure(screens, [visitors for visitors, _, _ in crossing]))
        used = [cpu_seconds(server.process.pid) - was for server, was in zip(both, cpu, strict=True)]
        _report([screen for screen, _ in screens], said, used, spent(backends, backend_seconds(database)))


async def _measure(screens: list[tuple[Screen, int]], visitors: list[Any]) -> int:
    """How many words were said while the screens were watched."""
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        ready = [asyncio.Event() for _ in screens]
        pairs = zip(screens, ready, strict=True)
        watching = [asyncio.create_task(screen.watch(client, port, begun)) for (screen, port), begun in pairs]
        async with asyncio.timeout(60):
            await asyncio.gather(*(begun.wait() for begun in ready))
        for screen, _ in screens:
            screen.waits.clear()
        for page in visitors:
            tell(page, json.dumps({"do": "say", "rate": RATE / 2, "seconds": SECONDS}))
        told = await asyncio.gather(
            *(loop.run_in_executor(None, lambda p=page: hear(p, limit=300)) for page in visitors)
        )
        said = sum(int(json.loads(one)["said"]) for one in told)
        await _until_seen([screen for screen, _ in screens], said)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return said


async def _until_seen(screens: list[Screen], said: int) -> None:
    for _ in range(300):
        if sum(len(screen.waits) for screen in screens) >= said:
            return
        await asyncio.sleep(0.1)


def _report(screens: list[Screen], said: int, used: list[float], database: float) -> None:
    waits = sorted(wait for screen in screens for wait in screen.waits)
    if len(waits) != said:
        print(f"NOT complete: {said} said, {len(waits)} shown")
    if not waits:
        raise NotMeasured("nothing arrived at the operators' pages")
    parts = [waits[min(len(waits) - 1, int(part * len(waits)))] * 1000 for part in (0.5, 0.95, 0.99, 1)]
    show(
        f"{RATE:.0f} messages/s over 2 processes to {len(screens)} operators with {HELD} chats each, ms",
        ("", "median", "95 %", "99 %", "most"),
        [("on the operator's page", *parts)],
    )
    print(
        f"CPU: {used[0]:.1f} s and {used[1]:.1f} s of the gateways, {database:.1f} s of PostgreSQL, in {SECONDS:.0f} s"
    )
    aim("from say to the operator's page on the other process, 99 %, ms", parts[2], most=200)


async def _take_over(database: str, folder: Path, tokens: list[str]) -> list[str]:
    """Operators take these talks, so many each; the cookies of their sessions."""
    vault = load_vault(folder / "privacy.key")
    store = SqlStore(open_database(f"{SERVER}/{database}"), vault)
    key, now = vault.derive("webchat tokens").hex().encode(), datetime.now(UTC)
    addresses = [address_of(key, read_token(key, token, now=now, lasts=timedelta(days=1))) for token in tokens]

    def work(tx: Tx) -> list[str]:
        cookies = []
        for first in range(0, len(addresses), HELD):
            staff = Staff(new_id(), f"rina-{new_id()[-6:]}", Role.CHAT_OPERATOR, "nasional", now, name="Rina")
            tx.people.add(staff)
            cookies.append(new_id())
            session = Session(new_id(), staff.id, now, now, now + timedelta(hours=8))
            tx.sessions.add(session, cookies[-1])
            for address in addresses[first : first + HELD]:
                _take(tx, address, staff, now)
        return cookies

    try:
        return await store.write(work)
    finally:
        await store.close()


def _take(tx: Tx, address: Any, staff: Staff, now: datetime) -> None:
    found = tx.talks.find(address)
    if found is None:
        raise NotMeasured("a talk that was begun is not there")
    talk = tx.talks.lock(found.id)
    lease = now + timedelta(hours=1)
    chat = Chat(new_id(), talk.id, now, talk.last_seq, talk.channel, staff.username, now, lease)
    tx.chats.add(chat)
    tx.talks.save(replace(chatting.owned(talk, Owner.PERSON, chat), dialogue=chatting.silenced(talk.dialogue)))
