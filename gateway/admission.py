"""The intake a channel really gets: limits first, then the shared commit, then the figures."""

from collections import OrderedDict
from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

from core.blobs import FileBlobs
from core.channel import Busy, Refused
from core.fetching import fetch, give_up
from core.intake import Answer, Offer
from core.model.message import Accepted, Attachment, Inbound, Receipt
from core.model.work import WantedFile
from core.office import Office
from core.ports import Clock, Poison, Store, Tx, Unavailable
from gateway.grouping import GroupCommit
from gateway.metrics import Metrics
from gateway.settings_tree import Limits

SOURCES_REMEMBERED = 20_000
MINUTE = 60.0
LONGEST_ID = 200
LARGEST_RAW = 65_536
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Doorway:
    """What every connection's admission shares.

    ``chats``: the kinds whose messages are lines of talks. ``talks``: each sender has one of them, so that what they
    say keeps its order; while one commits what others say the next is made ready. ``wake``: there may be new replies.
    """

    commits: GroupCommit[Offer, Answer]
    forms: GroupCommit[Offer, Answer]
    talks: Sequence[GroupCommit[Offer, Answer]]
    chats: frozenset[str]
    receipts: GroupCommit[Receipt, bool]
    store: Store
    blobs: FileBlobs
    metrics: Metrics
    clock: Clock
    limits: Limits
    office: Office
    wake: Callable[[], None]


class Admission:
    """``core.channel.Intake`` for one connection, named ``kind/name``."""

    def __init__(self, doorway: Doorway, *, kind: str, name: str = "") -> None:
        self._doorway = doorway
        self._kind = kind
        self._connection = f"{kind}/{name}"
        self._in_flight = 0
        self._sources = SourceRates(doorway.limits.per_source_per_minute)
        self._received = {
            outcome: doorway.metrics.messages_received.labels(channel=kind, outcome=outcome)
            for outcome in ("accepted", "repeated", "busy", "refused")
        }
        self._seconds = doorway.metrics.accept_seconds.labels(channel=kind)
        self.last_heard: datetime | None = None

    async def accept(self, message: Inbound, *, cursor: str | None = None, in_line: bool = False) -> Accepted:
        """See ``core.channel.Intake.accept``."""
        begun = monotonic()
        self._in_flight += 1
        try:
            accepted = await self._commit(message, cursor, in_line=in_line)
        except Busy:
            self._received["busy"].inc()
            raise
        except Refused:
            self._received["refused"].inc()
            raise
        finally:
            self._in_flight -= 1
        self._received["repeated" if accepted.repeated else "accepted"].inc()
        self._seconds.observe(monotonic() - begun)
        self.last_heard = message.received_at
        return accepted

    async def _commit(self, message: Inbound, cursor: str | None, *, in_line: bool) -> Accepted:
        limits = self._doorway.limits
        _refuse_excess(message, limits)
        if self._in_flight > limits.in_flight:
            raise Busy("too many messages wait for their commit")
        if not in_line:
            self._sources.count(message.sender.value)
        if message.attachments:
            await self._check_attachments(message)
        try:
            answer = await self._commits_of(message, cursor).add(Offer(message, self._connection, cursor))
        except TimeoutError as error:
            raise Busy("the commit takes too long") from error
        except Unavailable as error:
            raise Busy("the database does not answer") from error
        except Poison as error:
            raise Refused("the database refuses this message") from error
        if isinstance(answer, Refused):
            raise answer
        return answer

    def _commits_of(self, message: Inbound, cursor: str | None) -> GroupCommit[Offer, Answer]:
        """Whatever moves a cursor of this connection goes one way; forms and talks take more statements than words."""
        if self._kind in self._doorway.chats:
            talks = self._doorway.talks
            return talks[hash(message.sender) % len(talks) if cursor is None else 0]
        return self._doorway.commits if message.form is None or cursor is not None else self._doorway.forms

    async def _check_attachments(self, message: Inbound) -> None:
        missing = await self._doorway.blobs.missing([attachment.id for attachment in message.attachments])
        if missing:
            raise Refused("an attachment is not stored here; upload it first", field="attachments")

    async def cursor(self) -> str | None:
        """See ``core.channel.Intake.cursor``."""
        return await self._doorway.store.read(lambda tx: tx.cursors.get(self._connection))

    async def store(
        self, content: AsyncIterable[bytes], media_type: str, *, name: str = "", original: bool = False
    ) -> Attachment:
        """See ``core.channel.Intake.store``."""
        return await self._doorway.blobs.store(content, media_type, name=name, original=original)

    async def receipt(self, receipt: Receipt) -> None:
        """See ``core.channel.Intake.receipt``."""
        try:
            await self._doorway.receipts.add(receipt)
        except Unavailable as error:
            raise Busy("the database does not answer") from error

    async def wanted(self, *, limit: int) -> Sequence[WantedFile]:
        """See ``core.channel.Intake.wanted``."""
        kind, _, name = self._connection.partition("/")
        now = self._doorway.clock.now()
        return await self._change(lambda tx: tx.wanted.due(channel=kind, connection=name, now=now, limit=limit))

    async def fetched(self, wanted: WantedFile, attachment: Attachment) -> None:
        """See ``core.channel.Intake.fetched``."""
        now = self._doorway.clock.now()
        await self._change(lambda tx: fetch(tx, wanted, attachment, now=now))

    async def postpone(self, wanted: WantedFile) -> None:
        """See ``core.channel.Intake.postpone``."""
        await self._change(lambda tx: tx.wanted.postpone(wanted))

    async def lost(self, wanted: WantedFile) -> None:
        """See ``core.channel.Intake.lost``."""
        office, now = self._doorway.office, self._doorway.clock.now()
        await self._change(lambda tx: give_up(tx, wanted, office=office, now=now))
        self._doorway.wake()

    async def _change(self, work: Callable[[Tx], Result]) -> Result:
        try:
            return await self._doorway.store.write(work)
        except Unavailable as error:
            raise Busy("the database does not answer") from error
        except Poison as error:
            raise Refused("the database refuses this") from error


def _refuse_excess(message: Inbound, limits: Limits) -> None:
    if len(message.text) > limits.max_text:
        raise Refused(f"the text is longer than {limits.max_text} characters", field="text")
    if len(message.attachments) + len(message.wanted) > limits.max_attachments:
        raise Refused(f"more than {limits.max_attachments} attachments", field="attachments")
    if not 0 < len(message.external_id) <= LONGEST_ID or "\0" in message.external_id:
        raise Refused(f"the message's id must have 1 to {LONGEST_ID} characters and no NUL", field="external_id")
    if len(message.raw) > LARGEST_RAW:
        raise Refused(f"a raw message beyond {LARGEST_RAW} bytes belongs in the blob store", field="raw")


class SourceRates:
    """Counts messages by sender in windows of a minute; forgets the oldest senders when there are too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, source: str) -> None:
        """One more from this sender. Raises Busy."""
        now = monotonic()
        begun, count = self._counts.pop(source, (now, 0))
        if now - begun >= MINUTE:
            begun, count = now, 0
        self._counts[source] = begun, count + 1
        if len(self._counts) > SOURCES_REMEMBERED:
            self._counts.popitem(last=False)
        if count >= self._most:
            raise Busy("this sender writes too often", retry_after=timedelta(seconds=MINUTE - (now - begun)))
