"""One operator as a channel: its links, what comes over them, and replies as submit_sm."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from channels.sms.deliveries import Deliveries
from channels.sms.errors import PAUSING, send_error
from channels.sms.receipts import SentIds, canonical
from channels.sms.settings import OperatorSettings
from channels.sms.text.segments import Segment, count_segments, write_segments
from channels.sms.wire.codec import STATUSES, Role, status_name
from channels.sms.wire.gate import Gate
from channels.sms.wire.link import Link
from channels.sms.wire.pdu import read_text_field
from channels.sms.wire.session import OK, Answer, Session, SessionLost
from core.channel import (
    Capabilities,
    Health,
    Intake,
    Misconfigured,
    OutcomeUnknown,
    SendError,
    Throttled,
    Unreachable,
    Unsupported,
)
from core.model.message import Lane, Outbound

CAPABILITIES: Final = Capabilities(measure=count_segments, max_length=10, parts=True, receipts=True)
RETRY_AFTER: Final = timedelta(seconds=15)
LONGEST_ATTEMPT: Final = 45.0
"""Seconds; with the wait for one more answer it stays within the minute for which the core leases a reply."""


class SmsChannel:
    """One operator's SMSC. ``time_ns`` is the wall clock, in nanoseconds since 1970."""

    def __init__(self, operator: OperatorSettings, *, time_ns: Callable[[], int] = time.time_ns) -> None:
        self._operator = operator
        self._sent = SentIds(operator.dlr_id_base)
        self._deliveries = Deliveries(operator, sent=self._sent, time_ns=time_ns)
        self._gate = Gate(window=operator.window, per_second=operator.per_second)
        roles: tuple[Role, ...] = ("transceiver",) if operator.bind == "transceiver" else ("transmitter", "receiver")
        self._links = [Link(operator, role=role, mail=self._deliveries, time_ns=time_ns) for role in roles]

    @property
    def capabilities(self) -> Capabilities:
        """Those of SMS, within what this operator's contract allows."""
        operator = self._operator
        return replace(CAPABILITIES, max_length=operator.max_segments, per_second=operator.per_second or None)

    async def receive(self, intake: Intake) -> None:
        """Keep the binds up and take messages until cancelled; then let commits end, answer, unbind."""
        self._deliveries.open(intake)
        try:
            async with asyncio.TaskGroup() as links:
                for link in self._links:
                    links.create_task(link.run())
        finally:
            await self._deliveries.close(0)
            self._gate.close()

    async def health(self) -> Health:
        """Up when every bind is."""
        states = [link.health for link in self._links]
        return Health(up=all(state.up for state in states), detail="; ".join(state.detail for state in states))

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Submit the segments that no earlier attempt handed over, in order. One id for each segment of the reply."""
        segments = self._write(message)
        ids = list(message.accepted) or [""] * len(segments)
        until = asyncio.get_running_loop().time() + LONGEST_ATTEMPT
        try:
            for index, segment in enumerate(segments):
                if not ids[index]:
                    ids[index] = await self._send_one(message, segment, index=index, until=until)
        except SendError as error:
            error.accepted = tuple(ids)
            raise
        return tuple(ids)

    def _write(self, message: Outbound) -> tuple[Segment, ...]:
        """The segments of the reply. Raises Unsupported rather than cutting it."""
        if message.to.scheme != "tel" or not message.to.value:
            raise Unsupported("a reply by SMS needs a telephone number")
        if message.attachments:
            raise Unsupported("SMS carries no attachments; send a link")
        segments = write_segments(message.text, reply_id=message.id)
        if not 0 < len(segments) <= self._operator.max_segments:
            raise Unsupported(f"a reply takes 1 to {self._operator.max_segments} segments, this one {len(segments)}")
        if message.accepted and len(message.accepted) != len(segments):
            raise Unsupported("an earlier attempt cut this reply into another number of segments")
        return segments

    async def _send_one(self, message: Outbound, segment: Segment, *, index: int, until: float) -> str:
        """Begun replies first, then first replies, then the others: a reply is not left half sent."""
        rank = 0 if index else 1 if message.lane is Lane.FIRST else 2
        limit = until - asyncio.get_running_loop().time()
        self._session()
        try:
            async with self._gate.turn(rank=rank, limit=limit):
                answer = await self._submit(message, segment)
        except TimeoutError as error:
            raise Throttled("the operator's rate leaves no room at the moment", retry_after=RETRY_AFTER) from error
        return self._id(answer, message, index)

    def _session(self) -> Session:
        """The bound session replies go over. Raises Unreachable or Misconfigured."""
        link = self._links[0]
        if link.session is not None and link.session.is_bound:
            return link.session
        if link.refusal is not None and link.is_misconfigured:
            raise Misconfigured(
                f"the operator refuses our log-in ({status_name(link.refusal)}): check system_id and password"
            )
        raise Unreachable("not bound to the operator")

    async def _submit(self, message: Outbound, segment: Segment) -> Answer:
        session = self._session()
        try:
            answer = await session.submit(self._fields(message, segment))
        except (TimeoutError, SessionLost) as error:
            raise OutcomeUnknown("the operator's answer did not come") from error
        if answer.status == STATUSES["ESME_RINVBNDSTS"]:
            session.stream.abort("the operator forgot our bind")
        return answer

    def _fields(self, message: Outbound, segment: Segment) -> dict[str, int | str | bytes]:
        """The submit_sm; a name or a masked number is answered with the types it came with."""
        operator, route, to = self._operator, message.route, message.to.value
        masked = "ton" in route and "npi" in route
        return {
            "source_addr_ton": operator.source_ton,
            "source_addr_npi": operator.source_npi,
            "source_addr": route.get("short_code") or operator.short_code,
            "dest_addr_ton": int(route["ton"]) if masked else operator.dest_ton,
            "dest_addr_npi": int(route["npi"]) if masked else operator.dest_npi,
            "destination_addr": to,
            "esm_class": segment.esm_class,
            "data_coding": segment.data_coding,
            "registered_delivery": int(operator.registered_delivery),
            "validity_period": _relative_period(operator.validity_hours),
            "short_message": segment.octets,
        }

    def _id(self, answer: Answer, message: Outbound, index: int) -> str:
        """The operator's id in canonical form; one of ours where it gave none, as the segment is taken all the same."""
        if answer.status != OK:
            pausing = answer.status in PAUSING
            raise send_error(answer.status, retry_after=self._gate.throttle() if pausing else RETRY_AFTER)
        self._gate.ease()
        given = canonical(read_text_field(answer.pdu))
        if not given:
            return f"none:{message.id}:{index + 1}"
        self._sent.note(given)
        return given


def _relative_period(hours: int) -> str:
    """SMPP 3.4 §7.1.1.2: years, months, days, hours, minutes, seconds; ``R`` for relative."""
    return f"0000{hours // 24:02}{hours % 24:02}0000000R" if hours else ""
