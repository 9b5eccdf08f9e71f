"""Messages on their way from an operator into the core: one ``accept`` for each, answered only after its commit."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from channels.sms.mapping import Reception, fingerprint, map_message, map_unreadable, mark_unreadable
from channels.sms.receipts import SentIds, is_receipt, read_receipt
from channels.sms.settings import OperatorSettings
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import read_message
from channels.sms.wire.session import OK, Session
from core.channel import Busy, Intake, Refused
from core.model.message import Inbound, Receipt

logger = logging.getLogger(__name__)

REFUSED: Final = STATUSES["ESME_RX_P_APPN"]
REMEMBERED: Final = 10_000
LARGEST_RAW: Final = 65_536

Asker = tuple[Session, int, int]
"""Who waits for an answer: the session, the command and its number."""


class Deliveries:
    """Everything one operator brings, over all sessions with it.

    SMPP gives a message no id. An SMSC brings again what it holds to be unanswered: after the connection broke, or when
    the answer was late. An equal message is the same one then; a second ``STATUS`` in a quiet session is a new one.
    """

    def __init__(self, operator: OperatorSettings, *, sent: SentIds, time_ns: Callable[[], int]) -> None:
        self._operator = operator
        self._sent = sent
        self._time_ns = time_ns
        self._busy = STATUSES[operator.temporary_status]
        self._horizon_ns = int(operator.redelivery_seconds * 1e9)
        self._late_ns = int(operator.late_seconds * 1e9)
        self._intake: Intake | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: dict[bytes, list[Asker]] = {}
        self._late: OrderedDict[bytes, int] = OrderedDict()

    def open(self, intake: Intake) -> None:
        """Hand messages to ``intake`` from now on."""
        self._intake = intake

    async def close(self, limit: float) -> None:
        """Take no more, give what is under way ``limit`` seconds, drop the rest unanswered: it comes again."""
        self._intake = None
        await self.settle(limit)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self, limit: float) -> None:
        """Wait until what is under way is answered, at most ``limit`` seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=limit)

    def take(self, session: Session, command: int, number: int, pdu: bytes) -> None:
        """Start a deliver_sm or data_sm on its way; its answer follows. What is too much is told to come again."""
        asker = (session, command, number)
        intake = self._intake
        if intake is None or len(self._tasks) >= self._operator.in_flight:
            session.answer(command, sequence=number, status=self._busy)
            return
        now = self._time_ns()
        try:
            self._take_readable(intake, pdu, asker, now)
        except Exception as error:  # noqa: BLE001 (whatever a PDU does to a decoder must not cost the connection)
            self._take_unreadable(intake, pdu, asker, now, type(error).__name__)

    def _take_readable(self, intake: Intake, pdu: bytes, asker: Asker, now: int) -> None:
        message = read_message(pdu)
        if is_receipt(message):
            receipt = read_receipt(message, operator=self._operator, sent=self._sent, received_at=_moment(now))
            if receipt is not None:
                self._start(self._settle_receipt(intake, receipt, asker))
                return
        mark = fingerprint(message, operator=self._operator.name)
        if not self._joins(mark, asker):
            reception = self._reception(mark, asker[0], now)
            inbound = map_message(message, pdu=pdu, mark=mark, operator=self._operator, reception=reception)
            self._offer(intake, inbound, asker, now)

    def _take_unreadable(self, intake: Intake, pdu: bytes, asker: Asker, now: int, problem: str) -> None:
        """Kept and answered ROK: were the link dropped, the SMSC would bring it again and the link would drop again."""
        logger.warning("a message could not be decoded and is kept", extra=self._facts() | {"problem": problem})
        mark = mark_unreadable(pdu, operator=self._operator.name)
        if not self._joins(mark, asker):
            reception = self._reception(mark, asker[0], now)
            inbound = map_unreadable(pdu, mark=mark, operator=self._operator, reception=reception)
            self._offer(intake, inbound, asker, now)

    def _joins(self, mark: bytes, asker: Asker) -> bool:
        """An equal message is being committed at this moment: both are answered after that one commit."""
        askers = self._pending.get(mark)
        if askers is None:
            return False
        askers.append(asker)
        return True

    def _reception(self, mark: bytes, session: Session, now: int) -> Reception:
        """See the class: a copy stored before this session began, or one that was answered late, is this message."""
        if self._late.get(mark, 0) > now - self._horizon_ns:
            return Reception(now, _moment(now))
        recent = session.began_ns > now - self._horizon_ns
        return Reception(now, _moment(session.began_ns) if recent else None)

    def _offer(self, intake: Intake, inbound: Inbound, asker: Asker, now: int) -> None:
        self._pending[inbound.fingerprint] = [asker]
        self._start(self._settle_message(intake, inbound, now))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle_message(self, intake: Intake, inbound: Inbound, since: int) -> None:
        mark = inbound.fingerprint
        try:
            status = await self._accepted(intake, inbound)
        finally:
            askers = self._pending.pop(mark)
        if status == OK:
            self._note_answer(mark, since)
        for session, command, number in askers:
            session.answer(command, sequence=number, status=status)

    async def _accepted(self, intake: Intake, inbound: Inbound) -> int:
        """The status that tells the SMSC what the core said; what nobody foresaw means *bring it again*."""
        try:
            if len(inbound.raw) > LARGEST_RAW:
                inbound = await _with_blob(intake, inbound)
            await intake.accept(inbound)
        except Busy:
            return self._busy
        except Refused as refused:
            logger.warning("the core refused a message", extra=self._facts() | {"reason": str(refused)})
            return REFUSED
        except Exception:
            logger.exception("a message could not be accepted", extra=self._facts())
            return self._busy
        return OK

    async def _settle_receipt(self, intake: Intake, receipt: Receipt, asker: Asker) -> None:
        session, command, number = asker
        status = self._busy
        try:
            await intake.receipt(receipt)
            status = OK
        except Busy:
            logger.info("a receipt has to come again", extra=self._facts())
        except Exception:
            logger.exception("a receipt could not be noted", extra=self._facts())
        session.answer(command, sequence=number, status=status)

    def _note_answer(self, mark: bytes, since: int) -> None:
        """Remember what is answered late, until a copy of it is answered in time."""
        self._late.pop(mark, None)
        if self._time_ns() - since > self._late_ns:
            self._late[mark] = since
        if len(self._late) > REMEMBERED:
            self._late.popitem(last=False)

    def _facts(self) -> dict[str, str]:
        return {"operator": self._operator.name}


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns / 1e9, UTC)


async def _with_blob(intake: Intake, inbound: Inbound) -> Inbound:
    """A row holds 64 KiB of a raw message; the few octets that a PDU may have more go to a file."""

    async def content() -> AsyncIterator[bytes]:
        yield inbound.raw

    stored = await intake.store(content(), "application/octet-stream", name="deliver_sm")
    return replace(inbound, raw=b"", raw_blob=stored.id)
