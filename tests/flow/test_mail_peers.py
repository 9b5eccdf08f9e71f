"""Mails from programs that nobody here wrote: swaks, and Debian's Postfix between the gateway and the world."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.model.message import Origin
from core.model.report import Event, Report
from core.model.work import Reply
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.channels.email.relay_peer import RelayPeer, Taken
from tests.flow.postfix import free_port, greets, need, postfix
from tests.flow.rig import GatewayProcess, Result, number_in, pin_in, until, write_config

OURS = "lapor@lapor.example.go.id"
CITIZEN = "siti.rahmawati@contoh.id"
SUBJECT = "Jembatan bambu di Dusun Sidorejo lapuk"
WORDS = "Jembatan bambu di Dusun Sidorejo, Desa Ngepung, Kabupaten Nganjuk sudah lapuk. Anak sekolah takut lewat."


@dataclass(frozen=True)
class Place:
    """A gateway in a process of its own, and the relay that its mails go to in the end."""

    relay: RelayPeer
    port: int
    database_url: str
    folder: Path

    async def write(self, *arguments: str, port: int = 0) -> None:
        """Send one mail with swaks; it must be taken."""
        program = need("swaks", "swaks")
        process = await asyncio.create_subprocess_exec(
            program, "--server", f"127.0.0.1:{port or self.port}", *arguments, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, said.decode(errors="replace")

    async def report(self, *, port: int = 0, sender: str = CITIZEN) -> Taken:
        """A citizen's first mail, and what answers it."""
        before = len(self.relay.taken)
        headers = ("--header", f"Subject: {SUBJECT}", "--header", "Message-Id: <laporan-1@contoh.id>")
        await self.write("--from", sender, "--to", OURS, *headers, "--body", WORDS, port=port)
        return await self.mail(before)

    async def mail(self, index: int) -> Taken:
        """The mail of this index that the relay took, once it is there."""

        async def came() -> bool:
            return len(self.relay.taken) > index

        await until(came, limit=30)
        return self.relay.taken[index]

    async def look(self, work: Callable[[Tx], Result]) -> Result:
        """What is in the database."""
        store = SqlStore(open_database(self.database_url), load_vault(self.folder / "privacy.key"))
        try:
            return await store.read(work)
        finally:
            await store.close()

    async def is_quiet(self) -> bool:
        """No step is due."""
        return await self.look(lambda tx: tx.figures.jobs_due(now=datetime.now(UTC))) == 0

    async def reports(self) -> list[Report]:
        return list(await self.look(lambda tx: tx.reports.queue(states=(), limit=100)))

    async def replies(self) -> list[Reply]:
        return list(await self.look(lambda tx: tx.outbox.listing(limit=100)))


@asynccontextmanager
async def serving(
    folder: Path, database_url: str, relay: RelayPeer, *, port: int, way_out: int
) -> AsyncIterator[Place]:
    """A gateway takes mails on ``port`` and hands its own over on ``way_out``."""
    mail = {"relay_url": f"smtp://127.0.0.1:{way_out}", "from": f"LAPOR! <{OURS}>", "watch_seconds": 0.5}
    mail |= {"listen_port": port, "addresses": [OURS]}
    config = write_config(folder, database_url=database_url, changed={"email": mail})
    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address()
        await until(lambda: greets(port), limit=30)
        yield Place(relay, port, database_url, folder)
        assert CITIZEN not in gateway.said


@pytest.fixture
async def place(tmp_path: Path, database_url: str) -> AsyncIterator[Place]:
    """The gateway alone: citizens' mail servers come to it, and it goes to its relay."""
    need("swaks", "swaks")
    async with (
        RelayPeer() as relay,
        serving(tmp_path, database_url, relay, port=free_port(), way_out=relay.port) as place,
    ):
        yield place


@pytest.fixture
async def town_hall(tmp_path: Path, sqlite_url: str) -> AsyncIterator[tuple[Place, int]]:
    """The gateway behind Postfix, both ways; the relay is everybody else's mailboxes. And the port of Postfix."""
    need("swaks", "swaks")
    inside, front = free_port(), free_port()
    async with (
        RelayPeer() as relay,
        postfix(port=front, domain="lapor.example.go.id", inside=inside, outside=relay.port),
        serving(tmp_path, sqlite_url, relay, port=inside, way_out=front) as place,
    ):
        yield place, front


def reply_address(mail: Taken) -> str:
    address: str = mail.letter["Reply-To"].addresses[0].addr_spec
    return address


async def test_a_mail_is_answered_in_its_thread_and_the_answer_belongs_to_the_report(place: Place) -> None:
    first = await place.report()

    assert first.recipient == CITIZEN
    assert first.letter["In-Reply-To"] == first.letter["References"] == "<laporan-1@contoh.id>"
    assert first.letter["Subject"] == f"Re: {SUBJECT}"
    assert first.letter["Auto-Submitted"] == "auto-replied"
    assert first.sender.startswith("lapor+b")
    assert len(pin_in(first.text.replace("PIN Anda", "PIN"))) == 6

    await place.write(
        *("--from", CITIZEN, "--to", reply_address(first)),
        *("--header", f"Subject: Re: {SUBJECT}", "--header", "Message-Id: <laporan-2@contoh.id>"),
        *("--body", "Letaknya di belakang SD Negeri 2 Ngepung.\\n\\nPada Sen, 23 Nov 2026 LAPOR! menulis:\\n> Nomor"),
    )
    second = await place.mail(1)

    (report,) = await place.reports()
    assert number_in(first.text) == number_in(second.text) == report.tracking_id
    assert second.letter["References"].split()[-1] == "<laporan-2@contoh.id>"
    history = await place.look(lambda tx: tx.history.of(report.id))
    assert [entry.text for entry in history][-1] == "Letaknya di belakang SD Negeri 2 Ngepung."


async def test_a_mail_of_ours_that_comes_back_makes_no_report(place: Place) -> None:
    answer = await place.report()
    returned = place.folder / "returned.eml"
    returned.write_bytes(answer.octets)

    await place.write("--from", CITIZEN, "--to", OURS, "--data", f"@{returned}")

    stored = await place.look(lambda tx: tx.messages.latest(channel="email", limit=10))
    assert sorted(message.inbound.origin for message in stored) == [Origin.PERSON, Origin.ROBOT]
    await until(place.is_quiet)
    assert (len(await place.reports()), len(place.relay.taken)) == (1, 1)


async def test_a_mail_through_postfix_is_answered_through_postfix(town_hall: tuple[Place, int]) -> None:
    place, front = town_hall

    answer = await place.report(port=front)

    (report,) = await place.reports()
    assert report.text == WORDS
    assert number_in(answer.text) == report.tracking_id
    assert answer.letter["In-Reply-To"] == "<laporan-1@contoh.id>"
    assert "by mx.lapor.example.go.id (Postfix)" in answer.letter["Received"]


async def test_a_bounce_of_postfix_ends_what_is_sent_to_that_address(town_hall: tuple[Place, int]) -> None:
    place, front = town_hall
    place.relay.has_no(CITIZEN)
    headers = ("--header", f"Subject: {SUBJECT}", "--body", WORDS)
    await place.write("--from", CITIZEN, "--to", OURS, *headers, port=front)

    async def is_gone() -> bool:
        return await place.look(lambda tx: tx.contacts.is_gone("mail", CITIZEN))

    await until(is_gone, limit=30)

    (report,) = await place.reports()
    (reply,) = await place.replies()
    assert (reply.report_id, reply.outbound.accepted) == (report.id, (reply.id,))
    history = await place.look(lambda tx: tx.history.of(report.id))
    assert [entry.event for entry in history][-1] is Event.REPLY_FAILED
    assert not place.relay.taken
