"""``lapor`` in this process, on a database of the test's own."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.lifecycle import Role
from core.model.message import Address, Inbound
from core.model.people import Staff
from gateway.bootstrap import Parts, open_parts
from gateway.cli import run
from gateway.logs import OURS
from gateway.registry import find_channels
from gateway.runner import run_due
from gateway.settings import load_settings
from tests.flow.rig import Changes, write_config

Result = TypeVar("Result")


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A listing with --json."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


class Lapor:
    """``lapor --config …`` in this process."""

    def __init__(self, config: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capture = capture

    def __call__(self, *arguments: str) -> Said:
        self._capture.readouterr()
        try:
            code = run(["--config", str(self.config), *arguments])
        except SystemExit as ended:
            code = int(str(ended.code))
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)

    def within(self, work: Callable[[Parts], Awaitable[Result]]) -> Result:
        """Do something with the same parts that a command has."""
        specs = find_channels()

        async def working() -> Result:
            async with open_parts(load_settings(self.config, environ={}, channels=specs), specs) as parts:
                return await work(parts)

        return asyncio.run(working())

    def receive(self, *texts: tuple[str, str]) -> list[str]:
        """Messages of citizens (number, text), worked on to the end; the tracking numbers of all reports."""

        async def receiving(parts: Parts) -> list[str]:
            now, office = parts.clock.now(), parts.office
            offers = [offer(at, number, text, parts) for at, (number, text) in enumerate(texts)]
            await parts.store.write(lambda tx: accept_all(tx, offers, office=office, now=now))
            await run_due(parts.bench)
            reports = await parts.store.read(lambda tx: tx.reports.queue(states=(), limit=100))
            by_text = {report.original_text: report.tracking_id for report in reports}
            return [by_text[text] for _, text in texts]

        return self.within(receiving)


def offer(at: int, number: str, text: str, parts: Parts) -> Offer:
    """One SMS as its channel offers it."""
    message = Inbound(
        channel="sms",
        connection="telkomsel",
        external_id=f"test:{at}:{parts.office.new_id()}",
        sender=Address("tel", number),
        received_at=parts.clock.now(),
        text=text,
        route={"short_code": "1708"},
    )
    return Offer(message, "sms/telkomsel")


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """A command sets logging up for its process."""
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    handlers, level, disabled = root.handlers[:], root.level, access.disabled
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:], access.disabled = handlers, disabled
    root.setLevel(level)


@pytest.fixture
def changed() -> Changes:
    """Settings that differ from the rig's."""
    return {"logging": {"level": "ERROR"}}


@pytest.fixture
def lapor(
    sqlite_url: str, tmp_path: Path, changed: Changes, capsys: pytest.CaptureFixture[str], logging_as_it_was: None
) -> Lapor:
    """With a migrated database and the first admin."""
    lapor = Lapor(write_config(tmp_path, database_url=sqlite_url, changed=changed), capsys)
    lapor.within(add_admin)
    return lapor


async def add_admin(parts: Parts) -> None:
    """Without a password: nobody logs in."""
    admin = Staff(id=new_id(), username="admin", role=Role.NATIONAL_ADMIN, agency="", created_at=parts.clock.now())
    await parts.store.write(lambda tx: tx.people.add(admin))


@pytest.fixture
def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
