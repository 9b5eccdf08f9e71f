"""The whole console on a database of the test's own: agencies at work, reports in every state, logged-in browsers."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from core import verification
from core.handling import FollowUp, FollowUpKind, follow_up
from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.lifecycle import Role
from core.model.message import Address, Attachment, Inbound
from core.model.people import Staff
from core.model.report import Report
from core.passwords import hash_password
from core.ports import Tx
from core.requesting import not_mine
from core.testing.clocks import SettableClock
from core.verification import Disposition
from gateway.bootstrap import Parts, open_parts
from gateway.registry import find_channels
from gateway.runner import run_due
from gateway.serving import Gateway
from gateway.settings import load_settings
from tests.flow.rig import write_config

PASSWORD = "kebun-raya-bogor-2026"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
FORM = re.compile(r'<input type="hidden" name="(token|version|seen)" value="([^"]*)"')
ROAD = "Jalan Raya Serpong KM 7 depan pasar berlubang sedalam 30 cm, sudah dua motor jatuh. Mohon diperbaiki"
TEXTS = (
    "Lampu penerangan jalan di Jl. Ahmad Yani Bekasi mati sejak tiga minggu, malam hari gelap dan rawan begal",
    "Puskesmas Jatiasih tutup jam 10 padahal jadwal sampai jam 14, antrean BPJS ditolak petugas",
    "Sampah di pasar baru Bekasi Timur tidak diangkut sudah lima hari, baunya sampai ke sekolah",
    "Mohon informasi syarat mengurus akta kelahiran anak yang lahir di luar kota",
    "KTP elektronik saya belum jadi enam bulan di kecamatan Rawalumbu, selalu disuruh datang lagi",
    "Banjir di perumahan Pondok Gede Permai RT 03 karena saluran air tersumbat",
)
MAIL = (
    "From: Ratna Dewi <ratna.dewi@contoh.id>\r\nTo: persuratan@lapor.example\r\n"
    "Subject: Laporan warga\r\n\r\n{text}\r\n"
)
Result = TypeVar("Result")


@dataclass
class Page:
    """An answer."""

    status: int
    text: str
    location: str
    headers: Mapping[str, str]


class Browser:
    """Somebody's, logged in; it follows nothing by itself."""

    def __init__(self, client: "TestClient[Any, Any]") -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> Page:
        """Look."""
        return await _page(await self.client.get(path, allow_redirects=False, headers=headers))

    async def post(self, path: str, fields: Any, **headers: str) -> Page:
        """Send just this."""
        return await _page(await self.client.post(path, data=fields, allow_redirects=False, headers=headers))

    async def send(self, path: str, fields: Mapping[str, str], *, page: str) -> Page:
        """Fill in the form as it stands on ``page``."""
        return await self.post(path, (await self.form(page)) | dict(fields))

    async def form(self, page: str) -> dict[str, str]:
        """The hidden fields of the page's form."""
        text = (await self.get(page)).text
        found = CSRF.search(text)
        assert found is not None, "the page has no form"
        return {"csrf": found[1]} | {match[1]: match[2] for match in FORM.finditer(text)}


async def _page(answer: aiohttp.ClientResponse) -> Page:
    body = await answer.read()
    return Page(answer.status, body.decode("utf-8", "replace"), answer.headers.get("Location", ""), answer.headers)


@dataclass
class Desk:
    """The console, its parts, its clock and its people by user name."""

    parts: Parts
    clock: SettableClock
    gateway: Gateway
    stack: AsyncExitStack
    password_hash: str
    people: dict[str, Staff] = field(default_factory=dict)
    server: "TestServer | None" = None
    numbers: dict[str, str] = field(default_factory=dict)

    async def start(self) -> str:
        """Serve; the address."""
        if self.server is None:
            self.server = TestServer(self.gateway.app())
            await self.stack.enter_async_context(self.server)
        return str(self.server.make_url("")).rstrip("/")

    async def browser(self, username: str) -> Browser:
        """A browser in which this person is logged in."""
        await self.start()
        assert self.server is not None
        client = TestClient(self.server, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.stack.push_async_callback(client.session.close)
        browser = Browser(client)
        entered = await browser.send(
            "/console/login", {"username": username, "password": PASSWORD, "next": ""}, page="/console/login"
        )
        assert entered.status == 303, f"the log-in answers {entered.status}"
        return browser

    async def hire(self, username: str, role: Role, agency: str, name: str, **given: Any) -> Staff:
        """A member of staff."""
        staff = Staff(new_id(), username, role, agency, self.clock.now(), name, self.password_hash)
        self.people[username] = staff = replace(staff, **given)
        await self.write(lambda tx: tx.people.add(staff))
        return staff

    async def read(self, work: Callable[[Tx], Result]) -> Result:
        """Look into the store."""
        return await self.parts.store.read(work)

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        """Change something as a use case does."""
        return await self.parts.store.write(work)

    async def sms(self, text: str, number: str = "6281234567801") -> str:
        """A citizen texts 1708; the tracking number."""
        message = Inbound(
            channel="sms",
            connection="telkomsel",
            external_id=new_id(),
            sender=Address("tel", number),
            received_at=self.clock.now(),
            text=text,
            route={"short_code": "1708"},
        )
        await self.receive(message)
        return next(r.tracking_id for r in await self.reports() if r.original_text == text)

    async def mail(self, text: str, **given: Any) -> str:
        """A citizen writes an e-mail; the tracking number of a new report."""
        message = Inbound(
            channel="email",
            external_id=new_id(),
            sender=Address("mail", "ratna.dewi@contoh.id"),
            received_at=self.clock.now(),
            text=text,
            raw=MAIL.format(text=text).encode(),
        )
        await self.receive(replace(message, **given))
        return next((r.tracking_id for r in await self.reports() if r.original_text == text), "")

    async def mention(self, text: str, **given: Any) -> str:
        """Somebody names us without asking for anything; the id of the message, which waits for a person."""
        message = Inbound(
            channel="twitter",
            connection="main",
            external_id=new_id(),
            sender=Address("x", "2244994945"),
            received_at=self.clock.now(),
            text=text,
            mention=True,
            route={"handle": "warga_kemang"},
            raw=json.dumps({"data": {"text": text}}).encode(),
        )
        await self.receive(replace(message, **given))
        return (await self.read(lambda tx: tx.messages.parked(limit=100)))[-1].id

    async def receive(self, message: Inbound) -> None:
        """A message comes in and is worked on to the end."""
        office, now = self.parts.office, self.clock.now()
        offers = [Offer(message, f"{message.channel}/{message.connection}")]
        await self.write(lambda tx: accept_all(tx, offers, office=office, now=now))
        await run_due(self.parts.bench)

    async def keep(self, content: bytes, media_type: str, name: str) -> Attachment:
        """A file, stored as a channel stores one."""

        async def pieces() -> AsyncIterator[bytes]:
            yield content

        return await self.parts.blobs.store(pieces(), media_type, name=name)

    async def reports(self) -> list[Report]:
        """All of them."""
        return list(await self.read(lambda tx: tx.reports.queue(states=(), limit=1000)))

    async def report(self, number: str) -> Report:
        """One."""
        found = await self.read(lambda tx: tx.reports.find(number))
        assert found is not None
        return found

    async def do(self, use_case: Any, number: str, *given: Any, by: str = "sri") -> Report:
        """Call a use case as this person."""
        office, now, staff = self.parts.office, self.clock.now(), self.people[by]
        done: Report = await self.write(lambda tx: use_case(tx, number, *given, staff, office=office, now=now))
        return done

    async def change(self, number: str, **given: Any) -> None:
        """Set fields of a report as no use case does."""
        await self.write(lambda tx: tx.reports.save(replace(tx.reports.lock(found(tx, number).id), **given)))

    async def dispose(self, number: str, agency: str = "kota-bekasi", **given: Any) -> Report:
        """Verify it."""
        disposition = Disposition(agency=agency, classification="complaint", category="pekerjaan-umum", **given)
        return await self.do(verification.verify, number, disposition)


def found(tx: Tx, number: str) -> Report:
    """The report with this number."""
    report = tx.reports.find(number)
    assert report is not None
    return report


@asynccontextmanager
async def open_desk(folder: Path, database_url: str, password_hash: str = "") -> AsyncIterator[Desk]:
    """A console with a national admin, an agency admin, an officer and a supervisor."""
    config, specs = write_config(folder, database_url=database_url), find_channels()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_parts(load_settings(config, environ={}, channels=specs), specs))
        clock = SettableClock()
        parts = replace(opened, clock=clock)
        desk = Desk(parts, clock, Gateway(parts), stack, password_hash or hash_password(PASSWORD))
        await desk.hire("sri", Role.NATIONAL_ADMIN, "", "Sri Wahyuni")
        await desk.hire("dewi", Role.AGENCY_ADMIN, "kota-bekasi", "Dewi Lestari")
        await desk.hire("budi", Role.LIAISON_OFFICER, "kota-bekasi-dinas-lingkungan-hidup", "Budi Santoso")
        await desk.hire("tono", Role.LIAISON_OFFICER, "kemenkes", "Tono Hartono")
        await desk.hire("rina", Role.SUPERVISOR, "", "Rina Marlina")
        yield desk


async def fill(desk: Desk) -> dict[str, str]:
    """Reports in many states, as on an ordinary morning; their numbers by what they are about."""
    numbers = {"road": await desk.sms(ROAD)}
    for index, text in enumerate(TEXTS):
        desk.clock.forward(timedelta(minutes=17))
        numbers[text.split()[0].lower()] = await desk.sms(text, f"62812345679{index:02}")
    await desk.change(numbers["lampu"], priority=True, place="Jl. Ahmad Yani, Bekasi")
    await desk.dispose(
        numbers["puskesmas"], "kota-bekasi-dinas-lingkungan-hidup", title="Puskesmas Jatiasih tutup sebelum jadwal"
    )
    await desk.dispose(
        numbers["sampah"],
        "kota-bekasi-dinas-lingkungan-hidup",
        title="Sampah Pasar Baru tidak diangkut",
        place="Bekasi Timur",
    )
    answer = FollowUp(FollowUpKind.SUBSTANTIVE, "Sampah sudah diangkut pada Senin pagi oleh Dinas Lingkungan Hidup.")
    await desk.do(follow_up, numbers["sampah"], answer, by="budi")
    await desk.do(verification.ask, numbers["ktp"], "Kapan Anda merekam data dan di kecamatan mana?")
    await desk.dispose(numbers["banjir"], "kota-bekasi-dinas-lingkungan-hidup", title="Banjir di Pondok Gede Permai")
    await desk.do(not_mine, numbers["banjir"], "kota-bekasi", "Saluran ini wewenang Dinas Tata Air.", by="budi")
    desk.clock.forward(timedelta(minutes=5))
    return numbers
