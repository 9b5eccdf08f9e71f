"""The JSON API on loopback, with a client that behaves like an app, and a desk that says what it is told to."""

import asyncio
import itertools
import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from channels.api import CHANNEL
from channels.api.settings import ApiSettings
from core.desk import NotFound, TooManyGuesses
from core.model.message import Accepted
from core.model.people import Agency, Category, Figures
from core.model.report import HistoryLine, ReportView
from core.testing.channel_rig import Sample, Told
from core.testing.fakes import RecordingIntake

# As in gateway.logs, libraries log from WARNING up: aiohttp quotes broken requests at DEBUG.
LIBRARIES = logging.getLogger("libraries")
LIBRARIES.setLevel(logging.WARNING)
CITIZENS = ("081234567801", "081355667702")
NUMBER, PIN = "4821093756", "071355"
AT = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
VIEW = ReportView(
    tracking_id=NUMBER,
    state="unverified",
    state_label="Belum Terverifikasi",
    agency="",
    verify_by=AT + timedelta(days=5),
    follow_up_by=None,
    history=(HistoryLine(at=AT, event="received", text="Jalan berlubang di Tangerang."),),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the desk says became of a message."""

    done: bool
    reason: str = ""


class ScriptedDesk:
    """Knows one report; ``outcome`` is what it says of every command (None: not settled yet)."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = Outcome(done=True)
        self.guesses_left: int | None = None
        self.asked: list[tuple[str, str]] = []
        self.limits: list[timedelta] = []

    async def find(self, tracking_id: str, pin: str, *, source: str) -> ReportView:
        self.asked.append((tracking_id, source))
        if self.guesses_left == 0:
            raise TooManyGuesses(retry_after=timedelta(minutes=7))
        if (tracking_id, pin) != (NUMBER, PIN):
            raise NotFound
        return VIEW

    async def settle(self, accepted: Accepted, *, limit: timedelta) -> Outcome | None:
        self.limits.append(limit)
        return self.outcome

    async def agencies(self) -> tuple[Agency, ...]:
        return (
            Agency(id="kab-nganjuk", name="Pemerintah Kabupaten Nganjuk", parent="jatim"),
            Agency(id="jatim", name="Pemerintah Provinsi Jawa Timur"),
        )

    async def categories(self) -> tuple[Category, ...]:
        return (Category(id="infrastruktur", name="Infrastruktur"), Category(id="kesehatan", name="Kesehatan"))

    async def figures(self) -> Figures:
        return Figures(reports=3, by_state=(("unverified", 2), ("verified", 1)), by_channel=(("sms", 3),))


@dataclass(slots=True)
class Posted:
    """A report that a client sends and goes on waiting for."""

    key: str
    body: dict[str, Any] = field(repr=False)
    files: tuple[bytes, ...] = field(default=(), repr=False)
    status: int = 0

    @property
    def told(self) -> Told:
        if not self.status:
            return Told.NOTHING
        if self.status < 300:
            return Told.ACCEPTED
        return Told.BUSY if self.status in {429, 500, 503} else Told.REFUSED


class ApiRig:
    """The API served as the gateway serves it."""

    citizens = CITIZENS
    secrets = (PIN,)

    def __init__(self, **settings: Any) -> None:
        self.settings = ApiSettings(**settings)
        self.intake = RecordingIntake()
        self.desk = ScriptedDesk()
        self.url = ""
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[None]] = set()
        self._keys = (str(uuid.UUID(int=n)) for n in itertools.count(1))

    async def start(self) -> None:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.add_routes(CHANNEL.routes(self.settings, self.intake, self.desk))
        self._runner = web.AppRunner(app, access_log=None, logger=LIBRARIES, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            await asyncio.gather(*self._posting)
        if self._client is not None:
            await self._client.close()
            self._client = None

    @property
    def client(self) -> aiohttp.ClientSession:
        assert self._client is not None, "started"
        return self._client

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, self.settings)

    async def bring(self, sample: Sample) -> Posted:
        body = {"text": sample.text, "reporter": {"name": "Ratna Wulandari", "phone": CITIZENS[sample.who]}}
        return self._send(Posted(next(self._keys), body, sample.files))

    async def bring_again(self, handle: Posted) -> Posted:
        return self._send(Posted(handle.key, handle.body, handle.files))

    def _send(self, posted: Posted) -> Posted:
        task = asyncio.create_task(self._post(posted))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        return posted

    async def _post(self, posted: Posted) -> None:
        with suppress(aiohttp.ClientError):
            ids = [await self._upload(file) for file in posted.files]
            body = {**posted.body, "attachments": ids}
            headers = {"Idempotency-Key": posted.key}
            async with self.client.post(f"{self.url}/api/v1/reports", json=body, headers=headers) as response:
                posted.status = response.status

    async def _upload(self, content: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("file", content, filename="foto.jpg", content_type="image/jpeg")
        async with self.client.post(f"{self.url}/api/v1/attachments", data=form) as response:
            return str((await response.json())["id"])

    async def bring_garbage(self) -> None:
        """Broken JSON, broken HTTP, and a body that ends too early."""
        broken = f'{{"text": "Gang Mawar", "reporter": {{"phone": "{CITIZENS[0]}"'.encode()
        headers = {"Content-Type": "application/json"}
        async with self.client.post(f"{self.url}/api/v1/reports", data=broken, headers=headers) as response:
            assert response.status == 400
        head = b"POST /api/v1/reports HTTP/1.1\r\nHost: lapor\r\nContent-Type: application/json\r\n"
        for garbage in (b"\x00\xff" + broken + b"\r\n\r\n", head + b"Content-Length: 900\r\n\r\n" + broken):
            await self.shout(garbage)

    async def shout(self, request: bytes) -> None:
        """Write bytes to the server on a connection of their own, and hang up."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        writer.close()
        await writer.wait_closed()

    async def first_line(self, request: bytes) -> bytes:
        """The status line that these bytes get for an answer, while the connection is still open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        line = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        await writer.wait_closed()
        return line
