"""The report core with a mail and a public network that are played by hand: messages in, steps done, replies out."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from core import handling, intake, verification
from core.calendar import Calendar
from core.channel import Capabilities
from core.directory import Directory
from core.handling import FollowUp
from core.ids import new_id
from core.intake import Offer
from core.model.lifecycle import Role
from core.model.message import Accepted, Address, Attachment, Inbound
from core.model.people import Agency, Staff
from core.model.report import Event, FollowUpKind, HistoryEntry, Report
from core.model.work import OutboxState, Reply, StoredMessage
from core.office import Office
from core.phrasebook import load_replies
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import MONDAY_MORNING
from core.verification import Disposition
from gateway.steps import doing_due

Result = TypeVar("Result")

ROOT = Path(__file__).parents[2]
SITI, BUDI, RINA = (Address("mail", f"{name}@example.com") for name in ("siti.rahmawati", "budi.santoso", "rina"))
ADI, WATI, JOKO = (Address("x", name) for name in ("189334501", "189334502", "189334503"))
ROAD = "Jalan Raya Serpong KM 7 depan pasar berlubang sedalam 30 cm, sudah dua motor jatuh"
LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kelurahan Margahayu Kota Bekasi sudah 3 minggu"
SCAN = Attachment(id="b" * 32, media_type="message/rfc822", size=4_812, name="surat.eml")
OFFICE = Office(
    calendar=Calendar(holidays={}),
    directory=Directory(
        agencies={
            each.id: each
            for each in (
                Agency("nasional", "Admin Nasional"),
                Agency("kota-bekasi", "Pemerintah Kota Bekasi", "nasional"),
            )
        }
    ),
    replies=load_replies(ROOT / "config" / "replies"),
    capabilities={
        "email": Capabilities(measure=len, max_length=20_000, threading=True),
        "twitter": Capabilities(measure=len, max_length=280, public=True, private_length=10_000),
        "sms": Capabilities(measure=len, max_length=2_000),
    },
    readers={},
    new_id=new_id,
    random_below=secrets.randbelow,
)
SRI = Staff(new_id(), "sri", Role.NATIONAL_ADMIN, "", MONDAY_MORNING)
DEWI = Staff(new_id(), "dewi", Role.AGENCY_ADMIN, "kota-bekasi", MONDAY_MORNING)


def a_mail(text: str = ROAD, *, sender: Address = SITI, **given: Any) -> Inbound:
    """A letter to persuratan@."""
    external_id = given.pop("external_id", "") or f"<{new_id()}@example.com>"
    return Inbound(
        channel="email",
        connection="main",
        external_id=external_id,
        sender=sender,
        received_at=given.pop("received_at", MONDAY_MORNING),
        text=text,
        fingerprint=external_id.encode(),
        route={"message_id": external_id},
        **given,
    )


def a_tweet(text: str = ROAD, *, sender: Address = ADI, **given: Any) -> Inbound:
    """A tweet with the sign, unless ``mention`` says otherwise."""
    external_id = given.pop("external_id", "") or new_id()
    return Inbound(
        channel="twitter",
        connection="main",
        external_id=external_id,
        sender=sender,
        received_at=given.pop("received_at", MONDAY_MORNING),
        text=text,
        fingerprint=external_id.encode(),
        route={"tweet": external_id},
        **given,
    )


@dataclass
class Post:
    """A store and the time. Replies are sent when somebody asks for them."""

    store: SqlStore
    office: Office = OFFICE
    now: datetime = MONDAY_MORNING
    sent: list[Reply] = field(default_factory=list)

    async def read(self, work: Callable[[Tx], Result]) -> Result:
        """Look into the store."""
        return await self.store.read(work)

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        """A use case, and what follows from it."""
        result = await self.store.write(work)
        await self.work()
        return result

    async def take(self, *messages: Inbound) -> list[str]:
        """Accept messages in one batch; their ids."""
        offers = [Offer(message, f"{message.channel}/main") for message in messages]
        answers = await self.store.write(lambda tx: intake.accept_all(tx, offers, office=self.office, now=self.now))
        return [each.message_id for each in answers if isinstance(each, Accepted)]

    async def work(self) -> None:
        """Do every step that is due."""
        while await self.store.write(doing_due(limit=8, ids=None, kinds=(), office=self.office, now=self.now)):
            pass

    async def bring(self, message: Inbound) -> list[Reply]:
        """Accept one message, work on it a minute later, and send what is written; the new replies."""
        self.now += timedelta(minutes=1)
        await self.take(message)
        await self.work()
        return await self.send()

    async def send(self) -> list[Reply]:
        """Hand over what waits; the network's id of each is the reply's."""
        gone = await self.store.write(
            lambda tx: [reply for channel in self.office.capabilities for reply in self._hand_over(tx, channel)]
        )
        self.sent += gone
        return gone

    def _hand_over(self, tx: Tx, channel: str) -> list[Reply]:
        claimed = tx.outbox.claim(
            channel=channel, connection="main", owner="post", now=self.now, lease=timedelta(minutes=1), limit=100
        )
        handed = [
            replace(reply, state=OutboxState.SENT, outbound=replace(reply.outbound, accepted=(reply.id,)))
            for reply in claimed
        ]
        for reply in handed:
            tx.outbox.save(reply, owner="post")
        return handed

    async def file(self, message: Inbound | None = None) -> tuple[Report, Reply]:
        """A message that becomes a report; the report and its first reply."""
        message = message or a_mail()
        (first,) = await self.bring(message)
        return await self.report_of(message), first

    async def message(self, message: Inbound) -> StoredMessage:
        """As it is kept."""
        found = await self.read(lambda tx: tx.messages.find(message.channel, message.external_id))
        assert found is not None
        return found

    async def outcome(self, message: Inbound) -> tuple[str, str]:
        """What became of it, and the note."""
        found = await self.message(message)
        return found.outcome.value, found.note

    async def report_of(self, message: Inbound) -> Report:
        """The one it went into."""
        return await self.report((await self.message(message)).report_id)

    async def report(self, report_id: str) -> Report:
        """As it stands."""
        found = await self.read(lambda tx: tx.reports.get(report_id))
        assert found is not None
        return found

    async def reports(self) -> Sequence[Report]:
        """All of them."""
        return await self.read(lambda tx: tx.reports.queue(states=(), limit=1000))

    async def lines(self, report: Report, *events: Event) -> list[HistoryEntry]:
        """Its history, of ``events`` only where any are named; the chain must hold."""
        assert list(await self.read(lambda tx: tx.history.broken(report.id))) == []
        found = await self.read(lambda tx: tx.history.of(report.id))
        return [line for line in found if not events or line.event in events]

    async def balance(self) -> set[int]:
        """0 alone, unless something was lost."""
        return set((await self.read(lambda tx: tx.figures.balance())).values())

    async def ask(self, report: Report, question: str) -> list[Reply]:
        """Hold with a question; what is sent."""
        number = report.tracking_id
        await self.write(lambda tx: verification.ask(tx, number, question, SRI, office=self.office, now=self.now))
        return await self.send()

    async def verify(self, report: Report) -> list[Reply]:
        """Verify and dispose; what is sent."""
        given, number = Disposition(agency="kota-bekasi"), report.tracking_id
        await self.write(lambda tx: verification.verify(tx, number, given, SRI, office=self.office, now=self.now))
        return await self.send()

    async def respond(self, report: Report) -> list[Reply]:
        """A substantive follow-up; what is sent."""
        given, number = FollowUp(FollowUpKind.SUBSTANTIVE, "Sudah kami tambal."), report.tracking_id
        await self.write(lambda tx: handling.follow_up(tx, number, given, SRI, office=self.office, now=self.now))
        return await self.send()

    async def close(self, report: Report) -> list[Reply]:
        """Closed by an admin; what is sent."""
        number = report.tracking_id
        await self.write(lambda tx: handling.close(tx, number, "Selesai.", SRI, office=self.office, now=self.now))
        return await self.send()

    async def pin(self, report: Report) -> str:
        """As its reporter was told."""
        return await self.read(lambda tx: tx.reports.pin_of(report.id))
