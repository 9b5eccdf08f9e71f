"""A gateway with one operator's SMSC on loopback, in this process or in one of its own, and citizens who text 1708."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import Submitted
from channels.sms.text.header import HAS_HEADER, read_header
from channels.sms.wire.codec import STATUSES
from core import handling, matching, verification
from core.handling import FollowUp
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.report import ArchiveReason, FollowUpKind, Report
from core.model.work import OutboxState
from core.ports import Tx
from core.tracking import digits_of
from core.verification import Disposition
from gateway.bootstrap import Parts, open_parts
from gateway.registry import find_channels
from gateway.serving import Gateway
from gateway.settings import load_settings

ROOT = Path(__file__).parents[2]
OK = STATUSES["ESME_ROK"]
NUMBER = re.compile(r"\b\d{4} \d{3} \d{3}\b")
PIN = re.compile(r"PIN (\d{6})")
UNDER_WAY = frozenset({OutboxState.PENDING, OutboxState.SENDING})
FILES = ("holidays", "replies", "agencies", "categories", "keywords")

Changes = Mapping[str, Mapping[str, Any]]
Result = TypeVar("Result")


def write_config(folder: Path, *, database_url: str, smsc_port: int = 0, changed: Changes | None = None) -> Path:
    """A configuration with short waits; everything is kept in ``folder``. ``smsc_port`` 0: no operator."""
    sections: dict[str, dict[str, Any]] = {
        "database": {"url": database_url},
        "http": {"port": 0},
        "privacy": {"key_file": str(folder / "privacy.key")},
        "blobs": {"folder": str(folder / "blobs")},
        "files": {n: str(ROOT / "config" / (n if n == "replies" else f"{n}.toml")) for n in FILES},
        "jobs": {"sweep_seconds": 0.5, "lease_seconds": 5},
        "delivery": {"lease_seconds": 5, "doubt_seconds": 0.5, "backoff_seconds": 0.2},
        "logging": {"level": "DEBUG", "format": "json"},
        "email": {"listen_port": 0},
    }
    for name, values in (changed or {}).items():
        sections[name] = sections.get(name, {}) | dict(values)
    lines = [line for name, values in sections.items() for line in _table(f"[{name}]", values)]
    operator = {"name": "telkomsel", "host": "127.0.0.1", "port": smsc_port, "system_id": "lapor"}
    waits = {"reconnect_min_seconds": 0.05, "reconnect_max_seconds": 0.2, "response_seconds": 5, "leave_seconds": 0.5}
    if smsc_port:
        lines += _table("[[sms.operators]]", operator | {"password": "secret"} | waits)
    path = folder / "gateway.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _table(title: str, values: Mapping[str, Any]) -> list[str]:
    """JSON's scalars and lists are TOML's as well."""
    return [title, *(f"{key} = {json.dumps(value)}" for key, value in values.items())]


def number_in(reply: str) -> str:
    """The tracking number in a reply, digits only."""
    found = NUMBER.search(reply)
    assert found, "the reply names no tracking number"
    return digits_of(found.group())


def pin_in(reply: str) -> str:
    """The PIN in a first reply."""
    found = PIN.search(reply)
    assert found, "the reply names no PIN"
    return found.group(1)


def replies_to(number: str, submits: Sequence[Submitted]) -> list[str]:
    """The whole texts that a phone shows, in the order of their last segments; segments are put together by header."""
    shown: list[str] = []
    begun: dict[tuple[int, int], dict[int, str]] = {}
    for submitted in submits:
        if submitted.message.destination != number or not submitted.id:
            continue
        header = read_header(submitted.message.octets) if submitted.message.esm_class & HAS_HEADER else None
        place = header.concatenation if header else None
        if place is None:
            shown.append(submitted.text)
            continue
        pieces = begun.setdefault((place.reference, place.total), {})
        pieces[place.number] = submitted.text
        if len(pieces) == place.total:
            shown.append("".join(pieces[n] for n in range(1, place.total + 1)))
            del begun[place.reference, place.total]
    return shown


async def until(condition: Callable[[], Awaitable[bool]], *, limit: float = 15.0) -> None:
    """Return once ``condition`` holds. Raises TimeoutError."""
    async with asyncio.timeout(limit):
        while not await condition():
            await asyncio.sleep(0.02)


@dataclass
class Citizen:
    """Somebody with a phone. ``heard`` counts the replies already looked at."""

    town: "Town"
    number: str
    heard: int = 0

    async def tell(self, text: str) -> list[str]:
        """Text 1708, wait until nothing is under way, and read every new reply."""
        if len(text) <= 160:
            status = await self.town.smsc.deliver(self.number, text)
            assert status == OK, f"the gateway answered {status:#x}"
        else:
            assert set(await self.town.smsc.deliver_long(self.number, text, by="udh8", reference=self.heard)) == {OK}
        await self.town.quiet()
        return self.new()

    async def say(self, text: str) -> str:
        """As ``tell`` where exactly one reply is due."""
        replies = await self.tell(text)
        assert len(replies) == 1, f"{len(replies)} replies instead of one: {replies}"
        return replies[0]

    def new(self) -> list[str]:
        """Replies not looked at before."""
        replies = replies_to(self.number, self.town.smsc.submits)[self.heard :]
        self.heard += len(replies)
        return replies


@dataclass
class Town:
    """The gateway, its operator, its citizens and one national admin."""

    smsc: Smsc
    parts: Parts
    address: str = ""
    gateway: Gateway = field(init=False)
    admin: Staff = field(
        default_factory=lambda: Staff(
            id=new_id(), username="sri", role=Role.NATIONAL_ADMIN, agency="", created_at=datetime.now(UTC)
        )
    )

    def citizen(self, number: str = "6281234567801") -> Citizen:
        """Somebody who has not texted yet."""
        return Citizen(self, number)

    async def read(self, work: Callable[[Tx], Result]) -> Result:
        """Look into the store."""
        return await self.parts.store.read(work)

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        """Change something as a use case does, and wait for what follows from it."""
        result = await self.parts.store.write(work)
        await self.quiet()
        return result

    async def quiet(self, *, limit: float = 15.0) -> None:
        """Return when no step is due and no reply is on its way."""

        def busy(tx: Tx) -> int:
            steps = tx.figures.jobs_due(now=self.parts.clock.now())  # first: a step ends in the commit of its replies
            return steps + sum(n for (_, state), n in tx.figures.outbox().items() if state in UNDER_WAY)

        async def is_quiet() -> bool:
            return await self.read(busy) == 0

        await until(is_quiet, limit=limit)

    async def reports(self) -> Sequence[Report]:
        """All of them."""
        return await self.read(lambda tx: tx.reports.queue(states=(), limit=10_000))

    async def report(self, number: str) -> Report:
        """The one with this tracking number."""
        found = await self.read(lambda tx: tx.reports.find(number))
        assert found is not None
        return found

    async def events(self, number: str) -> list[tuple[str, str]]:
        """Its history: event and what was said."""
        report = await self.report(number)
        return [(e.event.value, e.text) for e in await self.read(lambda tx: tx.history.of(report.id))]

    async def verify(self, number: str, agency: str = "kota-bekasi") -> Report:
        """Verify and dispose."""
        given, office, now = Disposition(agency=agency), self.parts.office, self.parts.clock.now()
        return await self.write(lambda tx: verification.verify(tx, number, given, self.admin, office=office, now=now))

    async def ask(self, number: str, question: str) -> Report:
        """Hold with a question."""
        office, now = self.parts.office, self.parts.clock.now()
        return await self.write(lambda tx: verification.ask(tx, number, question, self.admin, office=office, now=now))

    async def archive(self, number: str, reason: ArchiveReason, words: str) -> Report:
        """Archive with a reason."""
        office, now = self.parts.office, self.parts.clock.now()
        return await self.write(
            lambda tx: verification.archive(tx, number, reason, words, self.admin, office=office, now=now)
        )

    async def follow_up(self, number: str, words: str, *, kind: FollowUpKind = FollowUpKind.SUBSTANTIVE) -> Report:
        """Answer a report."""
        given, office, now = FollowUp(kind, words), self.parts.office, self.parts.clock.now()
        return await self.write(lambda tx: handling.follow_up(tx, number, given, self.admin, office=office, now=now))

    async def unlink(self, link_id: str) -> None:
        """Undo a link."""
        office, now = self.parts.office, self.parts.clock.now()
        await self.write(lambda tx: matching.unlink(tx, link_id, by="sri", office=office, now=now))

    async def post_all(self, bodies: Sequence[bytes], *, limit: float = 30.0) -> list[int]:
        """Send deliver_sm after deliver_sm without waiting in between; the status of each."""
        posted = [self.smsc.post(body) for body in bodies]
        async with asyncio.timeout(limit):
            return [await one.answered for one in posted]


@asynccontextmanager
async def open_town(folder: Path, database_url: str, changed: Changes | None = None) -> AsyncIterator[Town]:
    """A gateway in this process, bound to its SMSC. The database is migrated."""
    async with Smsc({"lapor": "secret"}, auto_receipts=True) as smsc:
        path = write_config(folder, database_url=database_url, smsc_port=smsc.port, changed=changed)
        specs = find_channels()
        async with open_parts(load_settings(path, environ={}, channels=specs), specs) as parts:
            town = Town(smsc, parts)
            await parts.store.write(lambda tx: tx.people.add(town.admin))
            async with _running(town):
                yield town


@asynccontextmanager
async def _running(town: Town) -> AsyncIterator[None]:
    listening = asyncio.Event()

    async def note(address: str) -> None:
        town.address = address
        listening.set()

    town.gateway = Gateway(town.parts)
    serving = asyncio.create_task(town.gateway.run(listening=note))
    try:
        async with asyncio.timeout(15):
            await asyncio.wait([serving, asyncio.ensure_future(listening.wait())], return_when="FIRST_COMPLETED")
            if serving.done():
                await serving
            await town.smsc.wait_for_bind()
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class GatewayProcess:
    """``python -m gateway`` as an operating system sees it. Its output is kept in ``log``."""

    def __init__(self, config: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", "gateway", "--config", str(config), *arguments]
        self._environ = {**os.environ, **(environ or {})}
        self.log = config.with_name(f"{'-'.join(arguments)}-{new_id()[-6:]}.log")
        self.process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """In a session of its own, so that ``kill`` takes its children with it."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self._command, stdout=output, stderr=output, cwd=ROOT, env=self._environ, start_new_session=True
            )

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def address(self, *, limit: float = 30.0) -> str:
        """Where it listens, once it does. Raises AssertionError when it ends before."""

        async def told() -> bool:
            assert self.process is not None
            assert self.process.returncode is None, self.said
            return "lapor: http://" in self.said

        await until(told, limit=limit)
        addresses: list[str] = re.findall(r"lapor: (http://\S+)", self.said)
        return addresses[-1]

    async def kill(self) -> None:
        """``kill -9``, children and all."""
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()

    async def stop(self, *, limit: float = 15.0) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(limit):
            return await self.process.wait()
