"""The SMSC itself: what an operator does, and every way in which one misbehaves, as methods."""

import asyncio
import itertools
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from channels.sms.smsc.connection import OK, Connection, Posted, SubmitAnswer
from channels.sms.smsc.messages import Submitted, Way, encode_text, long_bodies, message_body, receipt_body
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import Command, pack, read_message

TEMPORARY: Final = frozenset(STATUSES[name] for name in ("ESME_RSYSERR", "ESME_RTHROTTLED", "ESME_RMSGQFUL"))


class Smsc:
    """Listens on an ephemeral port of 127.0.0.1 while it is entered.

    ``accounts``: password by system_id. ``ids``: how message ids are given in submit_sm_resp. ``receipt_ids``: how they
    are given in the text of receipts. ``auto_receipts``: every submit_sm that asks for a receipt gets one at once.
    ``redelivers``: what was not taken is sent again after a rebind.
    """

    def __init__(
        self,
        accounts: Mapping[str, str] | None = None,
        *,
        ids: Literal["hex", "dec"] = "hex",
        receipt_ids: Literal["hex", "dec"] = "hex",
        auto_receipts: bool = False,
        redelivers: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._accounts = accounts if accounts is not None else {"lapor": "secret"}
        self._ids = ids
        self._receipt_ids = receipt_ids
        self._auto_receipts = auto_receipts
        self._redelivers = redelivers
        self._tls = tls
        self._next_id = itertools.count(1_000_000)
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()
        self._bind_status: int | None = None
        self._answers: deque[SubmitAnswer] = deque()
        self._silent = False
        self.port = 0
        self.connections: list[Connection] = []
        self.submits: list[Submitted] = []
        self.seen: deque[tuple[int, int]] = deque(maxlen=100_000)
        self._not_taken: dict[Posted, None] = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, *, port: int = 0) -> None:
        """Listen; ``port`` 0 takes a free one, which ``self.port`` then names."""
        loop = asyncio.get_running_loop()
        make = lambda: Connection(self).stream  # noqa: E731
        self._server = await loop.create_server(make, "127.0.0.1", port or self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything; ``start`` opens the same port again."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            await connection.stream.close("stopped")
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def unacknowledged(self) -> list[Posted]:
        """What was sent and not taken yet, oldest first."""
        return list(self._not_taken)

    async def deliver(self, sender: str, text: str, *, to: str = "1708", account: str = "", limit: float = 5.0) -> int:
        """One short message; the status of its answer. Raises TimeoutError."""
        octets, data_coding = encode_text(text)
        body = message_body(sender, octets, to=to, data_coding=data_coding)
        return await self.deliver_body(body, account=account, limit=limit)

    async def deliver_long(
        self, sender: str, text: str, *, by: Way = "udh8", reference: int = 1, limit: float = 5.0
    ) -> Sequence[int]:
        """A long message, its pieces one after the other; the status of each answer. Raises TimeoutError."""
        bodies = long_bodies(sender, text, by=by, reference=reference)
        return [await self.deliver_body(body, limit=limit) for body in bodies]

    async def deliver_body(
        self, body: bytes, *, command: int = Command.DELIVER_SM, account: str = "", limit: float = 5.0
    ) -> int:
        """A deliver_sm (or data_sm) with this body, sound or not; the status of its answer. Raises TimeoutError."""
        async with asyncio.timeout(limit):
            return await self.post(body, command=command, account=account).answered

    def post(self, body: bytes, *, command: int = Command.DELIVER_SM, account: str = "") -> Posted:
        """Send without waiting; at the next bind where nobody is bound."""
        loop = asyncio.get_running_loop()
        account = account or next(iter(self._accounts))
        posted = Posted(account, command, body, loop.create_future(), loop.create_future())
        self._not_taken[posted] = None
        receiver = self._receiver(account)
        if receiver is not None:
            receiver.post(posted)
        return posted

    def post_receipt(
        self, submitted: Submitted, *, stat: str = "DELIVRD", with_tlvs: bool = True, esm_class: int = 4
    ) -> Posted:
        """The receipt for something submitted."""
        number = int(submitted.id, 16 if self._ids == "hex" else 10)
        text_id = f"{number:x}" if self._receipt_ids == "hex" else f"{number:010}"
        body = receipt_body(
            submitted,
            text_id=text_id,
            stat=stat,
            at=datetime.now(ZoneInfo("Asia/Jakarta")),
            with_tlvs=with_tlvs,
            esm_class=esm_class,
        )
        return self.post(body, account=submitted.account)

    async def wait_for(self, condition: Callable[[], bool], *, limit: float = 5.0) -> None:
        """Return once ``condition`` holds; it is looked at after every PDU, bind and loss. Raises TimeoutError."""
        async with asyncio.timeout(limit):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def wait_for_bind(self, *, account: str = "", limit: float = 5.0) -> None:
        """Return once an ESME is bound to receive."""
        await self.wait_for(lambda: self._receiver(account) is not None, limit=limit)

    async def wait_for_submits(self, count: int, *, limit: float = 5.0) -> list[Submitted]:
        """The first ``count`` submitted messages."""
        await self.wait_for(lambda: len(self.submits) >= count, limit=limit)
        return self.submits[:count]

    def refuse_binds(self, status: int | None = STATUSES["ESME_RINVPASWD"]) -> None:
        """Answer binds with ``status``; None judges them by the accounts again."""
        self._bind_status = status

    def answer_next(self, *answers: SubmitAnswer) -> None:
        """Answer the next submit_sm so, one after the other; the later ones are answered well."""
        self._answers.extend(answers)

    def throttle(self, times: int = 1) -> None:
        """Answer the next submit_sm with ESME_RTHROTTLED."""
        self.answer_next(*[SubmitAnswer(STATUSES["ESME_RTHROTTLED"])] * times)

    def go_silent(self) -> None:
        """Read on, answer nothing: a dead peer behind a living TCP connection."""
        self._silent = True

    def speak(self) -> None:
        """Answer again; what came in between stays unanswered."""
        self._silent = False

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            connection.stream.abort("dropped")

    def send_octets(self, octets: bytes) -> None:
        """Whatever is given, on every connection."""
        for connection in self.connections:
            connection.stream.write(octets)

    def request(self, command: int) -> None:
        """A request without a body on every connection: unbind, enquire_link, or one nobody knows."""
        for connection in self.connections:
            connection.request(command)

    def redeliver(self) -> int:
        """Send everything again that was not taken, as after the SMSC's timer. Returns how many."""
        again = self.unacknowledged
        for posted in again:
            receiver = self._receiver(posted.account)
            if receiver is not None:
                receiver.post(posted)
        return len(again)

    def note(self, command: int, status: int) -> bool:
        """Keep what was seen; whether it is to be left unanswered."""
        self.seen.append((command, status))
        self._changed.set()
        return self._silent

    def judge_bind(self, system_id: str, password: str) -> int:
        """The status of a bind."""
        if self._bind_status is not None:
            return self._bind_status
        return OK if self._accounts.get(system_id) == password else STATUSES["ESME_RINVPASWD"]

    def greet(self, connection: Connection) -> None:
        """After a bind."""
        self._changed.set()
        if self._redelivers and connection.receives:
            self.redeliver()

    def forget(self, connection: Connection) -> None:
        """After a loss; what was under way stays unacknowledged."""
        self.connections.remove(connection)
        self._changed.set()

    def settle(self, posted: Posted, status: int) -> None:
        """A message was answered; one that was refused for the time being is kept for ``redeliver``."""
        posted.statuses.append(status)
        if not posted.answered.done():
            posted.answered.set_result(status)
        if status not in TEMPORARY:
            self._not_taken.pop(posted, None)
        if status == OK and not posted.taken.done():
            posted.taken.set_result(None)

    def take_submit(self, connection: Connection, number: int, pdu: bytes) -> None:
        """Note a submit_sm and answer it as the script says."""
        answer = self._answers.popleft() if self._answers else SubmitAnswer()
        message_id = ""
        if answer.status == OK and answer.copies:
            message_id = answer.message_id if answer.message_id is not None else self._new_id()
        submitted = Submitted(connection.account, read_message(pdu), message_id)
        self.submits.append(submitted)
        response = answer.copies * pack(
            Command.SUBMIT_SM_RESP, status=answer.status, sequence=number, body=message_id.encode() + b"\0"
        )
        asyncio.get_running_loop().call_later(answer.delay, self._answer_submit, connection, submitted, response)

    def _answer_submit(self, connection: Connection, submitted: Submitted, response: bytes) -> None:
        connection.stream.write(response)
        if self._auto_receipts and submitted.id and submitted.message.registered_delivery & 1:
            self.post_receipt(submitted)

    def _new_id(self) -> str:
        number = next(self._next_id)
        return f"{number:X}" if self._ids == "hex" else str(number)

    def _receiver(self, account: str) -> Connection | None:
        return next((c for c in self.connections if c.receives and c.account in (account or c.account)), None)
