"""From the last piece of a citizen's message to the first reply at the operator, at a hundred messages a second."""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks.database import one
from benchmarks.gateway import gateway
from benchmarks.processes import NotMeasured, free_port
from benchmarks.tables import aim, show
from benchmarks.texts import write_long, write_messages
from channels.sms.smsc.messages import encode_text, long_bodies, message_body
from channels.sms.wire.pdu import HEADER, RESPONSE, Command, pack, read_message
from channels.sms.wire.stream import Stream

RUNS = 3
SECONDS = float(os.environ.get("LAPOR_BENCH_SECONDS", "30"))
A_SECOND = 100
LONG = 0.15
SLOWEST = 1.0
PATIENCE = 20.0
COLUMNS = ("p50 ms", "p99 ms", "longest ms", "unanswered", "refused", "steps left", "gateway us", "PG us")
BINDS = frozenset({Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER, Command.BIND_TRANSMITTER})


@dataclass(slots=True)
class Operator:
    """An SMSC that notes when each number's last piece left and when its first reply came."""

    expected: int
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    stream: Stream | None = None
    asked: dict[str, float] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    sent: int = 0
    refused: int = 0

    def connect(self) -> Stream:
        """The gateway connects."""
        self.stream = Stream(self._take)
        return self.stream

    def send(self, sender: str, bodies: list[bytes]) -> None:
        """The pieces of one message, at once."""
        for body in bodies:
            self.sent += 1
            self._write(pack(Command.DELIVER_SM, sequence=self.sent, body=body))
        self.asked[sender] = time.monotonic()

    def _take(self, pdu: bytes) -> None:
        _, command, status, number = HEADER.unpack_from(pdu)
        if command & RESPONSE:
            self.refused += status != 0
            return
        if command == Command.SUBMIT_SM:
            self._note(read_message(pdu).destination)
            self._write(pack(command | RESPONSE, sequence=number, body=b"%x\0" % number))
            return
        self._write(pack(command | RESPONSE, sequence=number, body=b"SMSC\0" if command in BINDS else b""))
        if command in BINDS:
            self.bound.set()

    def _note(self, number: str) -> None:
        if number in self.asked:
            self.waits.setdefault(number, time.monotonic() - self.asked[number])

    def _write(self, pdu: bytes) -> None:
        if self.stream is not None:
            self.stream.write(pdu)


def run() -> None:
    """Three runs. A reply that never came counts as the whole wait."""
    rows = [_run_once(turn) for turn in range(1, RUNS + 1)]
    title = f"first_reply: {A_SECOND} messages a second for {SECONDS:.0f} s, {LONG:.0%} of them of three pieces"
    show(title, ("run", *COLUMNS), [(turn, *row) for turn, row in enumerate(rows, 1)])
    aim("first reply p99, s (median of the runs)", median(row[1] for row in rows) / 1e3, most=SLOWEST)


def _run_once(turn: int) -> tuple[float, ...]:
    """One row of the table. The gateway connects as soon as the operator listens."""
    port = free_port()
    with gateway(only="sms", smsc_port=port, window=50) as running:
        running.begin()
        operator = asyncio.run(_play(port, turn))
        cpu = (seconds / operator.expected * 1e6 for seconds in running.used())
        left = one("SELECT count(*) FROM jobs WHERE not_before <= now()", database=running.database)
    missing = operator.expected - len(operator.waits)
    waits = sorted([*operator.waits.values(), *[PATIENCE] * missing])
    p50, p99 = waits[len(waits) // 2] * 1e3, waits[int(len(waits) * 0.99)] * 1e3
    return (p50, p99, waits[-1] * 1e3, missing, operator.refused, left, *cpu)


async def _play(port: int, turn: int) -> Operator:
    """Send at an even pace, then wait for the last replies."""
    operator, loop = Operator(int(A_SECOND * SECONDS)), asyncio.get_running_loop()
    server = await loop.create_server(operator.connect, "127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            await operator.bound.wait()
    except TimeoutError as error:
        raise NotMeasured("the gateway did not bind") from error
    begun = time.monotonic()
    for number, (sender, bodies) in enumerate(_messages(operator.expected, turn)):
        await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.monotonic()))
        operator.send(sender, bodies)
    until = time.monotonic() + PATIENCE
    while len(operator.waits) < operator.expected and time.monotonic() < until:
        await asyncio.sleep(0.1)
    server.close()
    return operator


def _messages(count: int, seed: int) -> Iterator[tuple[str, list[bytes]]]:
    chance = random.Random(seed)
    for number, (sender, text) in enumerate(write_messages(count, seed=seed)):
        if chance.random() < LONG:
            yield sender, long_bodies(sender, write_long(chance, number), by="udh8", reference=number % 256)
        else:
            octets, data_coding = encode_text(text)
            yield sender, [message_body(sender, octets, data_coding=data_coding)]
