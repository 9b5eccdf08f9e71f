"""Citizens who write where everyone reads, by mail and by SMS, and networks that refuse what they are told to."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from core import delivery, handling, undelivered, verification
from core.channel import Capabilities, SendError, Unwelcome
from core.delivery import Attempt, Patience
from core.handling import FollowUp
from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.message import Address, Delivery, Inbound, Outbound, Reachable, Receipt
from core.model.report import ArchiveReason, FollowUpKind, Report
from core.model.work import OutboxState, Reply
from core.office import Office
from core.testing.clocks import SettableClock
from gateway.runner import Workbench, run_due
from tests.flow.bureau import Bureau, open_bureau

X = Capabilities(measure=len, max_length=280, public=True, private_length=10_000, threading=True)
MAIL = Capabilities(
    measure=len, max_length=100_000, brake=((timedelta(minutes=10), 5), (timedelta(days=1), 20)), receipts=True
)
SMS = Capabilities(measure=len, max_length=480, parts=True)
NETWORKS = {"twitter": X, "email": MAIL, "sms": SMS}
SITI = Address("x", "1459223872")
SITI_MAIL = Address("mail", "siti.rahmawati@example.com")
SITI_PHONE = Address("tel", "6281234567890")
POTHOLE = "Jalan Gatot Subroto km 5 Tangerang berlubang besar, sudah tiga motor jatuh"


@dataclass
class Networks:
    """What was sent, and what is refused. ``blunt``: of who takes no direct messages it is said that they are gone."""

    posts: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    mails: list[tuple[str, str]] = field(default_factory=list)
    closed: set[Address] = field(default_factory=set)
    gone: set[Address] = field(default_factory=set)
    refused: set[Address] = field(default_factory=set)
    blunt: bool = False

    def send(self, outbound: Outbound) -> tuple[str, ...]:
        """As a channel does."""
        if outbound.to in self.gone | self.refused:
            raise Unwelcome("550 5.1.1", gone=outbound.to in self.gone)
        if outbound.channel != "twitter":
            self.mails.append((outbound.to.value, outbound.text))
            return (f"<{outbound.id}>",)
        pieces = [words for words in ((self.posts, outbound.text), (self.messages, outbound.private)) if words[1]]
        done = list(outbound.accepted) or [""] * len(pieces)
        for number, (where, words) in enumerate(pieces):
            if where is self.messages and outbound.to in self.closed:
                raise Unwelcome("403 no direct messages", accepted=tuple(done), gone=self.blunt)
            if not done[number]:
                where.append(words)
                done[number] = f"{outbound.id}-{number}"
        return tuple(done)


@dataclass
class Square:
    """A bureau, its networks and who writes there."""

    bureau: Bureau
    office: Office
    networks: Networks = field(default_factory=Networks)

    @property
    def clock(self) -> SettableClock:
        """Set by hand."""
        return self.bureau.clock

    async def say(
        self, text: str, *, by: Address = SITI, channel: str = "twitter", external_id: str = "", **more: Any
    ) -> None:
        """A message, all that follows from it, and every reply that is due."""
        message = Inbound(
            channel=channel,
            connection="main",
            external_id=external_id or new_id(),
            sender=by,
            received_at=self.clock.now(),
            text=text,
            fingerprint=new_id().encode(),
            route={"in_reply_to": "17"},
            **more,
        )
        await self.take(message)
        await self.deliver()

    async def take(self, message: Inbound) -> None:
        """Accept it and do what follows."""
        offer = Offer(message, f"{message.channel}/main")
        await self.bureau.do(lambda tx: accept_all(tx, [offer], office=self.office, now=self.clock.now()))
        await self.work()

    async def work(self) -> None:
        """Every job that is due."""
        bench = Workbench(
            store=self.bureau.store,
            office=self.office,
            clock=self.clock,
            owner="here",
            lease=timedelta(minutes=1),
            attempts=3,
            together=50,
        )
        await run_due(bench)

    async def deliver(self) -> None:
        """Send until nothing is due."""
        while found := [reply for channel in NETWORKS for reply in await self._claim(channel)]:
            decided = [self._attempt(reply) for reply in found]
            await self.bureau.do(
                lambda tx, decided=decided: delivery.record(  # type: ignore[misc]
                    tx, decided, owner="here", office=self.office, now=self.clock.now()
                )
            )

    async def _claim(self, channel: str) -> Sequence[Reply]:
        now, lease = self.clock.now(), timedelta(minutes=1)
        return await self.bureau.do(
            lambda tx: tx.outbox.claim(
                channel=channel, connection="main", owner="here", now=now, lease=lease, limit=100
            )
        )

    def _attempt(self, reply: Reply) -> delivery.Decided:
        result: tuple[str, ...] | SendError
        try:
            result = self.networks.send(reply.outbound)
        except SendError as error:
            result = error
        return delivery.decide(Attempt(reply, result), patience=Patience(), now=self.clock.now(), jitter=0.5)

    async def ask(self, report: Report, question: str) -> None:
        """Hold with a question."""
        await self._do(verification.ask, report, question)

    async def archive(self, report: Report, words: str) -> None:
        """As incomplete."""
        await self._do(verification.archive, report, ArchiveReason.INCOMPLETE, words)

    async def verify(self, report: Report, **given: Any) -> None:
        """To the city."""
        await self._do(verification.verify, report, verification.Disposition(agency="kota-bekasi", **given))

    async def follow_up(self, report: Report, words: str) -> None:
        """The agency answers."""
        await self._do(handling.follow_up, report, FollowUp(FollowUpKind.SUBSTANTIVE, words))

    async def _do(self, use_case: Callable[..., object], report: Report, *given: object) -> None:
        admin, office, now = self.bureau.admin, self.office, self.clock.now()
        await self.bureau.do(lambda tx: use_case(tx, report.tracking_id, *given, admin, office=office, now=now))
        await self.deliver()

    async def report(self) -> Report:
        """The newest."""
        found = await self.bureau.store.read(lambda tx: tx.reports.queue(states=(), limit=100))
        return max(found, key=lambda report: report.id)

    async def reached(self, report: Report, address: Address, channel: str) -> None:
        """Somebody proved at this address to be the reporter."""
        way = Reachable(address, channel, "main", {"in_reply_to": "18"})
        await self.bureau.do(lambda tx: tx.reachable.add(report.id, way, at=self.clock.now()))

    async def bounce(self, reply: Reply, *, gone: bool = True, delivery: Delivery = Delivery.FAILED) -> None:
        """A receipt for the first piece of a reply."""
        piece = reply.outbound.accepted[:1] or (f"<{reply.id}>",)
        receipt = Receipt(reply.outbound.channel, piece, delivery, self.clock.now(), connection="main", gone=gone)
        await self.bureau.do(
            lambda tx: undelivered.note_receipts(tx, [receipt], office=self.office, now=self.clock.now())
        )
        await self.deliver()

    async def replies(self, *events: str) -> list[Reply]:
        """Oldest first, of ``events`` only where any are named."""
        found = await self.bureau.store.read(lambda tx: tx.outbox.listing(limit=1000))
        return [reply for reply in reversed(found) if not events or reply.event in events]

    async def states(self, *events: str) -> list[tuple[str, OutboxState]]:
        """Event and state of each reply."""
        return [(reply.event, reply.state) for reply in await self.replies(*events)]


@asynccontextmanager
async def open_square(folder: Path, database_url: str) -> AsyncIterator[Square]:
    """With a migrated database."""
    async with open_bureau(folder, database_url) as bureau:
        capabilities = dict(bureau.office.capabilities) | NETWORKS
        readers = dict(bureau.office.readers) | dict.fromkeys(NETWORKS, lambda _raws: "")
        office = replace(bureau.office, capabilities=capabilities, readers=readers, public_url="https://lapor.go.id")
        yield Square(bureau, office)
