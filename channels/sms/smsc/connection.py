"""One ESME's connection, from the SMSC's side."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Final, Protocol

from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import HEADER, RESPONSE, Command, pack
from channels.sms.wire.stream import Stream

OK: Final = STATUSES["ESME_ROK"]
RECEIVERS: Final = frozenset({Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER})
BINDS: Final = RECEIVERS | {Command.BIND_TRANSMITTER}
ANSWERS: Final = frozenset({Command.DELIVER_SM_RESP, Command.DATA_SM | RESPONSE})


@dataclass(slots=True, eq=False)
class Posted:
    """A deliver_sm on its way, maybe more than once. ``answered`` gets the first status; ESME_ROK sets ``taken``."""

    account: str
    command: int
    body: bytes = field(repr=False)
    answered: asyncio.Future[int]
    taken: asyncio.Future[None]
    statuses: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """How one submit_sm is answered: with which status, how often (0: never), after how many seconds."""

    status: int = OK
    copies: int = 1
    delay: float = 0.0
    message_id: str | None = None


class Script(Protocol):
    """What the SMSC decides."""

    connections: list["Connection"]

    def note(self, command: int, status: int) -> bool:
        """Keep what was seen; whether it is to be left unanswered."""
        ...

    def judge_bind(self, system_id: str, password: str) -> int: ...
    def greet(self, connection: "Connection") -> None: ...
    def forget(self, connection: "Connection") -> None: ...
    def settle(self, posted: Posted, status: int) -> None: ...
    def take_submit(self, connection: "Connection", number: int, pdu: bytes) -> None: ...


class Connection:
    """One ESME's connection, bound or not."""

    def __init__(self, smsc: Script) -> None:
        self._smsc = smsc
        self._numbers = itertools.count(1)
        self.stream = Stream(self._take)
        self.account = ""
        self.bind = 0
        self.under_way: dict[int, Posted] = {}
        smsc.connections.append(self)
        self.stream.lost.add_done_callback(lambda _: smsc.forget(self))

    @property
    def receives(self) -> bool:
        """Whether messages may be sent over it."""
        return self.bind in RECEIVERS and self.stream.is_open

    def post(self, posted: Posted) -> None:
        """Send a message."""
        number = next(self._numbers)
        self.under_way[number] = posted
        self.stream.write(pack(posted.command, sequence=number, body=posted.body))

    def request(self, command: int) -> None:
        """Send a request without a body (enquire_link, unbind, or one that does not exist)."""
        self.stream.write(pack(command, sequence=next(self._numbers)))

    def _take(self, pdu: bytes) -> None:
        _, command, status, number = HEADER.unpack_from(pdu)
        if self._smsc.note(command, status):
            return
        if command in BINDS:
            self._answer_bind(command, number, pdu)
        elif command == Command.SUBMIT_SM:
            self._smsc.take_submit(self, number, pdu)
        elif command in ANSWERS and number in self.under_way:
            self._smsc.settle(self.under_way.pop(number), status)
        elif command in {Command.ENQUIRE_LINK, Command.UNBIND}:
            self.stream.write(pack(command | RESPONSE, sequence=number))

    def _answer_bind(self, command: int, number: int, pdu: bytes) -> None:
        system_id, password = (part.decode("latin-1") for part in pdu[16:].split(b"\0", 2)[:2])
        status = self._smsc.judge_bind(system_id, password)
        self.stream.write(pack(command | RESPONSE, status=status, sequence=number, body=b"SMSC\0"))
        if status == OK:
            self.account, self.bind = system_id, command
            self._smsc.greet(self)
