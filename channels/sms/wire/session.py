"""One bind to an SMSC: requests and their answers, what the SMSC asks of us, and the watch over a silent peer."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from channels.sms.settings import OperatorSettings
from channels.sms.wire.codec import STATUSES, Role, Writer, status_name
from channels.sms.wire.pdu import HEADER, RESPONSE, Command, pack, pack_answer
from channels.sms.wire.stream import Stream

logger = logging.getLogger(__name__)

OK: Final = STATUSES["ESME_ROK"]
MESSAGES: Final = frozenset({Command.DELIVER_SM, Command.DATA_SM})
BINDS: Final = {
    "transceiver": Command.BIND_TRANSCEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
    "receiver": Command.BIND_RECEIVER,
}


class SessionLost(Exception):
    """The connection is gone; what was asked on it may have been done."""


class Answer(msgspec.Struct, frozen=True):
    """A response: its status and the whole PDU."""

    status: int
    pdu: bytes


Deliver = Callable[["Session", int, int, bytes], None]
"""What takes a deliver_sm or data_sm: its session, command, number and PDU. Must not raise."""


class Session:
    """Speaks as an ESME on one connection. ``began_ns`` (since 1970): what came before it came on an earlier one.

    Nothing here waits for the core: enquire_link is answered at once, however slow the store is. Messages are taken
    before the bind is answered too, as some SMSCs are that eager, but none is mistaken for the answer.
    """

    def __init__(
        self,
        operator: OperatorSettings,
        *,
        role: Role,
        deliver: Deliver,
        began_ns: int,
    ) -> None:
        self._operator = operator
        self._role = role
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._writer = Writer()
        self._waiting: dict[int, tuple[int, asyncio.Future[Answer]]] = {}
        self._asked_at = 0.0
        self.stream = Stream(self._take)
        self.began_ns = began_ns
        self.is_bound = False
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self.unbind_number: int | None = None
        self.stream.lost.add_done_callback(self._lose)
        self._watch_every = min(1.0, operator.enquire_link_seconds / 4, operator.response_seconds / 4)
        self._timer = self._loop.call_later(self._watch_every, self._watch)

    async def bind(self) -> int:
        """The status of the SMSC's answer to this very bind. Raises SessionLost, TimeoutError."""
        number, pdu = self._writer.bind(
            self._role,
            system_id=self._operator.system_id,
            password=self._operator.password.reveal(),
            system_type=self._operator.system_type,
        )
        answer = await self._ask(number, pdu, expected=BINDS[self._role] | RESPONSE)
        self.is_bound = answer.status == OK and self.unbind_number is None
        return answer.status

    async def submit(self, fields: dict[str, int | str | bytes]) -> Answer:
        """One submit_sm. Raises SessionLost or TimeoutError once it is written: its outcome is unknown then."""
        number, pdu = self._writer.submit_sm(fields)
        return await self._ask(number, pdu, expected=Command.SUBMIT_SM_RESP)

    async def leave(self, *, limit: float) -> None:
        """Let requests under way be answered, unbind (or grant the SMSC's unbind), close; within ``limit`` seconds."""
        self.is_bound = False
        try:
            async with asyncio.timeout(limit):
                if self._waiting:
                    await asyncio.wait([future for _, future in self._waiting.values()])
                await self._part()
        except (SessionLost, TimeoutError):
            logger.info("the goodbye to the operator was not answered in time", extra=self._facts())
        await self.close("unbound")

    async def close(self, reason: str) -> None:
        """Send what is unsent and close."""
        self._timer.cancel()
        await self.stream.close(reason)

    async def _part(self) -> None:
        if self.unbind_number is not None:
            self.stream.write(pack(Command.UNBIND_RESP, sequence=self.unbind_number))
        elif self.stream.is_open:
            number, pdu = self._writer.unbind()
            await self._ask(number, pdu, expected=Command.UNBIND_RESP)

    def answer(self, command: int, *, sequence: int, status: int) -> None:
        """Answer a deliver_sm or data_sm; dropped where the connection is gone, as the message comes again then."""
        self.stream.write(pack_answer(command, status=status, sequence=sequence))

    async def _ask(self, number: int, pdu: bytes, *, expected: int) -> Answer:
        if not self.stream.is_open:
            raise SessionLost("the connection is closed")
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting[number] = (expected, future)
        self.stream.write(pdu)
        try:
            async with asyncio.timeout(self._operator.response_seconds):
                return await future
        finally:
            del self._waiting[number]

    def _take(self, pdu: bytes) -> None:
        _, command, status, number = HEADER.unpack_from(pdu)
        if command in MESSAGES:
            self._deliver(self, command, number, pdu)
        elif command == Command.ENQUIRE_LINK:
            self.stream.write(pack(Command.ENQUIRE_LINK_RESP, sequence=number))
        elif command & RESPONSE:
            self._answered(command, status, number, pdu)
        elif command == Command.UNBIND:
            self.is_bound, self.unbind_number = False, number
            self._end("the operator unbound")
        elif command != Command.ALERT_NOTIFICATION:  # which has no answer (SMPP 3.4 §4.12)
            logger.warning("the operator sent an unknown command", extra=self._facts(command=hex(command)))
            self.stream.write(pack(Command.GENERIC_NACK, status=STATUSES["ESME_RINVCMDID"], sequence=number))

    def _answered(self, command: int, status: int, number: int, pdu: bytes) -> None:
        """A response, or a generic_nack with the number of what it answers."""
        expected, future = self._waiting.get(number, (0, None))
        if future is not None and not future.done() and command in {expected, Command.GENERIC_NACK}:
            no_reason = command == Command.GENERIC_NACK and status == OK
            future.set_result(Answer(STATUSES["ESME_RUNKNOWNERR"] if no_reason else status, pdu))
        elif command != Command.ENQUIRE_LINK_RESP:
            facts = self._facts(command=hex(command), status=status_name(status))
            logger.info("the operator answered what was not asked, or too late", extra=facts)

    def _watch(self) -> None:
        """Ask a silent peer whether it is there; hang up on one that does not say so, or that stops in mid-PDU."""
        now, limits = self._loop.time(), self._operator
        silent = now - self.stream.heard
        if self.stream.half_for > limits.pdu_seconds:
            self.stream.abort("the operator did not finish a PDU")
        elif self._asked_at > self.stream.heard and now - self._asked_at > limits.response_seconds:
            self.stream.abort("the operator is silent")
        elif silent >= limits.enquire_link_seconds and self._asked_at <= self.stream.heard:
            self._asked_at = now
            self.stream.write(self._writer.enquire_link()[1])
        self._timer = self._loop.call_later(self._watch_every, self._watch)

    def _lose(self, lost: asyncio.Future[str]) -> None:
        self.is_bound = False
        self._timer.cancel()
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(SessionLost(lost.result()))
        self._end(lost.result())

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    def _facts(self, **facts: str) -> dict[str, str]:
        return {"operator": self._operator.name, "role": self._role, **facts}
