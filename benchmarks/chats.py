"""Web chats: ten thousand open in one process; and from a visitor's word to whoever listens on another process."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.database import SERVER, backend_seconds, fresh_database, spent
from benchmarks.processes import WORK, Child, NotMeasured, child, cpu_seconds, free_port, hear, tell, wait_for_port
from benchmarks.tables import aim, show
from channels.chat.webchat.wire.tokens import address_of, read_token
from core import chatting
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.talk import Chat, Owner
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault

OPEN = 10_000
TALKS = 400
RATE = 500.0
SECONDS = 20.0
SETTINGS = """
[database]
url = "{server}/{database}"

[http]
port = {port}

[privacy]
key_file = "{folder}/privacy.key"

[blobs]
folder = "{folder}/blobs"

[limits]
per_source_per_minute = 100000000

[logging]
level = "WARNING"

[email]
listen_port = 0
"""


@dataclass(slots=True)
class Server:
    """A gateway that serves the chat alone."""

    process: Child
    port: int

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def servers(count: int) -> Iterator[tuple[list[Server], str, Path]]:
    """So many gateways over one fresh database; its name and the folder they share."""
    WORK.mkdir(parents=True, exist_ok=True)
    with fresh_database() as database, tempfile.TemporaryDirectory(dir=WORK) as name, ExitStack() as stack:
        folder, running = Path(name), list[Server]()
        for number in range(count):
            port = free_port()
            config = folder / f"gateway{number}.toml"
            config.write_text(SETTINGS.format(server=SERVER, database=database, port=port, folder=folder))
            command: list[str | Path] = [
                sys.executable,
                "-m",
                "gateway",
                "--config",
                config,
                "serve",
                "--only",
                "webchat",
            ]
            process = stack.enter_context(child(command, log=WORK / f"chat{number}.log"))
            wait_for_port(process, port, what="the gateway")
            running.append(Server(process, port))
        yield running, database, folder


@contextmanager
def pages() -> Iterator[Child]:
    """A process full of pages."""
    command: list[str | Path] = [sys.executable, "-m", "benchmarks.chat_pages"]
    with child(command, log=WORK / "chat_pages.log", talks=True) as process:
        yield process


def ask(process: Child, **command: Any) -> Any:
    """What the pages did."""
    tell(process, json.dumps(command))
    return json.loads(hear(process, limit=300))


def run() -> None:
    """Both parts."""
    run_open()
    run_across()


def run_open() -> None:
    """Ten thousand in one process, quiet and then each with something said."""
    with servers(1) as ((server,), _, _), pages() as browser:
        before, cpu = server.megabytes, cpu_seconds(server.process.pid)
        opened = ask(browser, do="open", port=server.port, tokens=[None] * OPEN)
        if opened["failed"] or opened["open"] < OPEN:
            raise NotMeasured(f"{opened['open']} of {OPEN} chats opened")
        spent_opening, quiet = cpu_seconds(server.process.pid) - cpu, server.megabytes
        spoken = ask(browser, do="say", rate=RATE, seconds=OPEN / RATE)
        rows = [
            ("started", 0, before, "", ""),
            ("open", OPEN, quiet, OPEN / opened["seconds"], spent_opening / OPEN * 1e6),
            ("each said one thing", OPEN, server.megabytes, len(spoken["acks"]) / spoken["took"], ""),
        ]
        show("One process", ("", "chats", "MiB", "a second", "CPU us each"), rows)
        aim("memory with 10,000 chats in which something was said, MiB", server.megabytes, most=1024)
        if spoken["busy"] or spoken["lost"]:
            print(f"NOT clean: {spoken['busy']} messages not taken, {spoken['lost']} pages lost")


def run_across() -> None:
    """Visitors on two processes talk with a person; whoever listens sits on the other process."""
    with servers(2) as (both, database, folder), pages() as browser, pages() as other:
        crossing = [(browser, both[0], both[1]), (other, both[1], both[0])]
        for pages_, here, there in crossing:
            ask(pages_, do="open", port=here.port, tokens=[None] * (TALKS // 2))
            ask(pages_, do="say", rate=100, seconds=TALKS / 2 / 100)
            tokens = ask(pages_, do="tokens")["tokens"]
            asyncio.run(_take_over(database, folder, tokens))
            ask(pages_, do="open", port=there.port, tokens=tokens, watch=True)
        cpu = [cpu_seconds(server.process.pid) for server in both]
        backends = backend_seconds(database)
        for pages_, _, _ in crossing:
            tell(pages_, json.dumps({"do": "say", "rate": RATE / 2, "seconds": SECONDS}))
        results = [json.loads(hear(pages_, limit=300)) for pages_, _, _ in crossing]
        used = [cpu_seconds(server.process.pid) - was for server, was in zip(both, cpu, strict=True)]
        _report(results, used, spent(backends, backend_seconds(database)))


def _report(results: list[Any], used: list[float], database: float) -> None:
    acks = sorted(wait for result in results for wait in result["acks"])
    seen = sorted(wait for result in results for wait in result["seen"])
    said = sum(result["said"] for result in results)
    if len(seen) < said:
        print(f"NOT complete: {said} said, {len(acks)} acknowledged, {len(seen)} seen elsewhere")
    if not seen:
        raise NotMeasured("nothing arrived on the other process")
    rows = [
        (name, *(_at(waits, part) * 1000 for part in (0.5, 0.95, 0.99, 1)))
        for name, waits in (("acknowledged", acks), ("on the other process", seen))
    ]
    show(
        f"{said / max(result['took'] for result in results):.0f} messages/s over 2 processes, ms",
        ("", "median", "95 %", "99 %", "most"),
        rows,
    )
    print(
        f"CPU: {used[0]:.1f} s and {used[1]:.1f} s of the gateways, {database:.1f} s of PostgreSQL, in {SECONDS:.0f} s"
    )
    aim("from say to the other process, 99 %, ms", _at(seen, 0.99) * 1000, most=200)


def _at(waits: list[float], part: float) -> float:
    return waits[min(len(waits) - 1, int(part * len(waits)))]


async def _take_over(database: str, folder: Path, tokens: list[str]) -> None:
    """An operator takes these talks: the bot is silent, and every look finds who answers."""
    vault = load_vault(folder / "privacy.key")
    store = SqlStore(open_database(f"{SERVER}/{database}"), vault)
    key, now = vault.derive("webchat tokens").hex().encode(), datetime.now(UTC)
    rina = Staff(new_id(), f"rina-{new_id()[-6:]}", Role.CHAT_OPERATOR, "", now, name="Rina")

    def work(tx: Tx) -> None:
        tx.people.add(rina)
        for token in tokens:
            address = address_of(key, read_token(key, token, now=now, lasts=timedelta(days=1)))
            found = tx.talks.find(address)
            if found is None:
                raise NotMeasured("a talk that was begun is not there")
            talk = tx.talks.lock(found.id)
            lease = now + timedelta(hours=1)
            chat = Chat(new_id(), talk.id, now, talk.last_seq, talk.channel, rina.username, now, lease)
            tx.chats.add(chat)
            tx.talks.save(replace(chatting.owned(talk, Owner.PERSON, chat), dialogue=chatting.silenced(talk.dialogue)))

    try:
        await store.write(work)
    finally:
        await store.close()
