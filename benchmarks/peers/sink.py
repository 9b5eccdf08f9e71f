"""An HTTP endpoint that says 200 to everything and counts; runs as a process of its own.

It says ``listening PORT``, then answers each line it is told with ``COUNT TIME``: how many requests came, and when the
newest one did (monotonic seconds, the same clock for every process of the machine).
"""

import asyncio
import sys
import time

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nACK"


class Sink:
    """What came."""

    count = 0
    last = 0.0


class Endpoint(asyncio.Protocol):
    """One connection, kept open as HTTP/1.1 has it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._body = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop calls this once."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._sink.count += 1
            self._sink.last = time.monotonic()
            self._transport.write(OK)  # type: ignore[attr-defined]


async def _serve() -> None:
    sink, loop = Sink(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(sink), "127.0.0.1", 0, backlog=1024)
    print(f"listening {server.sockets[0].getsockname()[1]}", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(f"{sink.count} {sink.last}", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
