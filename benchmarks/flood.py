"""An SMSC that does one thing: keep a number of deliver_sm unanswered, and time every answer.

Runs as a process of its own (``python -m benchmarks.flood``), so that its CPU time is not counted with anything else.
It speaks to whoever started it in lines: ``listening PORT``, ``bound``, then the result as JSON; it waits for ``go``
before it floods and for the end of its standard input before it hangs up.
"""

import argparse
import json
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.texts import write_messages
from channels.sms.smsc.messages import encode_text, message_body
from channels.sms.wire.pdu import HEADER, RESPONSE, Command, pack

BINDS = frozenset({Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER, Command.BIND_TRANSMITTER})
LARGEST_READ = 1 << 18


def make_pdus(count: int, *, seed: int) -> list[bytes]:
    """deliver_sm number ``i`` at place ``i - 1``."""
    pdus = []
    for number, (sender, text) in enumerate(write_messages(count, seed=seed), 1):
        octets, data_coding = encode_text(text)
        body = message_body(sender, octets, data_coding=data_coding)
        pdus.append(pack(Command.DELIVER_SM, sequence=number, body=body))
    return pdus


@dataclass(slots=True)
class Flood:
    """One bound ESME, flooded. ``sent`` and ``waits`` are in seconds, by place of the message."""

    peer: socket.socket
    pdus: list[bytes]
    window: int
    buffer: bytearray = field(default_factory=bytearray)
    next: int = 0
    sent: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    submits: int = 0
    is_open: bool = True
    last: float = 0.0

    def run(self, *, seconds: float) -> None:
        """Flood until every message is answered or the time is over."""
        begun = time.monotonic()
        self._send(self.window, begun)
        while self.is_open and len(self.waits) < len(self.pdus) and time.monotonic() - begun < seconds:
            self.take(self.read())

    def read(self) -> bytes:
        """What the ESME wrote; empty where it is silent for half a second."""
        if not select.select([self.peer], [], [], 0.5)[0]:
            return b""
        data = self.peer.recv(LARGEST_READ)
        self.is_open = bool(data)
        return data

    def take(self, data: bytes) -> None:
        """Note answers, answer requests, and send as many messages as were answered."""
        now = time.monotonic()
        buffer = self.buffer
        buffer += data
        at, size, answers, answered = 0, len(buffer), [], 0
        while size - at >= 16:
            length, command, status, number = HEADER.unpack_from(buffer, at)
            if size - at < length:
                break
            at += length
            if command == 0x80000005:
                self.waits.append(now - self.sent[number - 1])
                self.statuses[status] += 1
                answered += 1
            else:
                answers.append(self._answer(command, number))
        del buffer[:at]
        if answers:
            self.peer.sendall(b"".join(answers))
        if answered:
            self.last = now
            self._send(answered, time.monotonic())

    def _send(self, count: int, now: float) -> None:
        batch = self.pdus[self.next : self.next + count]
        if batch:
            self.sent += [now] * len(batch)
            self.next += len(batch)
            self.peer.sendall(b"".join(batch))

    def _answer(self, command: int, number: int) -> bytes:
        if command & RESPONSE:
            return b""
        if command == Command.SUBMIT_SM:
            self.submits += 1
            return pack(command | RESPONSE, sequence=number, body=b"%x\0" % self.submits)
        return pack(command | RESPONSE, sequence=number, body=b"SMSC\0" if command in BINDS else b"")

    def result(self, *, begun: float, cpu: float) -> dict[str, object]:
        """What the run gave: rates a second, waits in milliseconds, the flooder's own CPU µs a message."""
        waits = sorted(self.waits)
        count = len(waits)
        return {
            "answered": count,
            "statuses": {str(status): times for status, times in self.statuses.items()},
            "begun": begun,
            "last": self.last,
            "rate": count / (self.last - begun) if count else 0.0,
            "p50": waits[count // 2] * 1e3 if count else 0.0,
            "p99": waits[int(count * 0.99)] * 1e3 if count else 0.0,
            "longest": waits[-1] * 1e3 if count else 0.0,
            "submits": self.submits,
            "cpu": cpu / count * 1e6 if count else 0.0,
        }


def accept_bind(listener: socket.socket, pdus: list[bytes], *, window: int) -> Flood:
    """The first connection that binds. Another one that comes meanwhile is left in the queue."""
    peer, _ = listener.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    flood = Flood(peer, pdus, window)
    while True:
        data = flood.read()
        flood.take(data)
        if data:
            return flood


def _say(line: str) -> None:
    print(line, flush=True)


def _wait_for_word(flood: Flood) -> str:
    """A line from whoever started us; meanwhile the ESME's requests are answered."""
    while True:
        ready, _, _ = select.select([flood.peer, sys.stdin] if flood.is_open else [sys.stdin], [], [], 0.5)
        if sys.stdin in ready:
            return sys.stdin.readline().strip()
        if flood.peer in ready:
            flood.take(flood.read())


def main() -> None:
    """Play one run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--window", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    pdus = make_pdus(given.count, seed=given.seed)
    listener = socket.create_server(("127.0.0.1", given.port))
    _say(f"listening {listener.getsockname()[1]}")
    flood = accept_bind(listener, pdus, window=given.window)
    _say("bound")
    _wait_for_word(flood)
    begun, cpu = time.monotonic(), time.process_time()
    flood.run(seconds=given.seconds)
    _say(json.dumps(flood.result(begun=begun, cpu=time.process_time() - cpu)))
    while _wait_for_word(flood):
        pass


if __name__ == "__main__":
    main()
