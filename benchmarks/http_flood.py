"""HTTP clients that do one thing: each posts a report, waits for its answer, and posts the next.

Runs as a process of its own (``python -m benchmarks.http_flood --port N``) and says its result as JSON.
"""

import argparse
import json
import selectors
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.texts import write_messages

REQUEST = (
    "POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Idempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
)


def make_requests(count: int, *, seed: int) -> list[bytes]:
    """Whole requests, each with a text, a reporter and a key of its own."""
    requests = []
    for sender, text in write_messages(count, seed=seed):
        value = {"text": text, "title": text[:40], "reporter": {"name": "Siti Aminah", "phone": f"+{sender}"}}
        body = json.dumps(value).encode()
        requests.append(REQUEST.format(key=uuid.uuid4(), length=len(body)).encode() + body)
    return requests


@dataclass(slots=True)
class Client:
    """One connection with at most one request under way."""

    socket: socket.socket
    asked: float = 0.0
    answer: bytes = b""


@dataclass(slots=True)
class Clients:
    """All of them, in one loop."""

    requests: list[bytes]
    watch: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def run(self, *, port: int, connections: int, seconds: float) -> float:
        """Post until all is answered or the time is over; how long that took, in seconds."""
        self.requests.reverse()
        for _ in range(connections):
            client = Client(socket.create_connection(("127.0.0.1", port)))
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.watch.register(client.socket, selectors.EVENT_READ, client)
            self._post(client)
        begun = time.monotonic()
        while self.watch.get_map() and time.monotonic() - begun < seconds:
            for key, _ in self.watch.select(1.0):
                self._hear(key.data)
        return time.monotonic() - begun

    def _post(self, client: Client) -> None:
        if not self.requests:
            self.watch.unregister(client.socket)
            return
        client.asked = time.monotonic()
        client.socket.sendall(self.requests.pop())

    def _hear(self, client: Client) -> None:
        data = client.socket.recv(65_536)
        client.answer += data
        head, separator, body = client.answer.partition(b"\r\n\r\n")
        at = head.lower().find(b"content-length: ")
        if data and not (separator and len(body) >= int(head[at + 16 :].split(b"\r\n", 1)[0])):
            return
        self.waits.append(time.monotonic() - client.asked)
        self.statuses[head[9:12].decode() or "closed"] += 1
        client.answer = b""
        if data:
            self._post(client)
        else:
            self.watch.unregister(client.socket)


def play(make: Callable[..., list[bytes]], *, connections: int) -> None:
    """One run over the command line: ``make(count, seed=…)`` gives the requests; the result is written as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=connections)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    clients = Clients(make(given.count, seed=given.seed))
    cpu = time.process_time()
    took = clients.run(port=given.port, connections=given.connections, seconds=given.seconds)
    waits = sorted(clients.waits)
    result = {
        "answered": len(waits),
        "statuses": clients.statuses,
        "rate": len(waits) / took,
        "p50": waits[len(waits) // 2] * 1e3,
        "p99": waits[int(len(waits) * 0.99)] * 1e3,
        "cpu": (time.process_time() - cpu) / len(waits) * 1e6,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    play(make_requests, connections=64)
