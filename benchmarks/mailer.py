"""A client that brings mails over a number of connections that it keeps, each mail answered before the next.

Runs as a process of its own (``python -m benchmarks.mailer``): it prints its result as JSON.
"""

import argparse
import asyncio
import base64
import json
import os
import time
from collections import Counter
from collections.abc import Iterator

import uvloop

from benchmarks.texts import write_messages

SIGNATURE = "b=" + "Q2FrcmF3YWxhIG1hbmRhbGEgZGhhcm1hIGRodXJh" * 6
HEAD = """\
Received: from mail-{n}.contoh.id (mail-{n}.contoh.id [192.0.2.7]) by mx.lapor.go.id (Postfix) with ESMTPS id 4{n:08X}\r
\tfor <lapor@lapor.go.id>; Sat, 21 Nov 2026 10:00:00 +0700 (WIB)\r
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=contoh.id; s=2026; h=from:to:subject:date;\r
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r
 {signature}\r
MIME-Version: 1.0\r
From: {sender}\r
Date: Sat, 21 Nov 2026 10:00:00 +0700\r
Message-ID: <CAG{n:012x}@mail.contoh.id>\r
Subject: =?UTF-8?Q?Laporan_warga_nomor_{n}?=\r
To: lapor@lapor.go.id\r
"""
TWO_FORMS = """\
Content-Type: multipart/alternative; boundary="0000000000002a"\r
\r
--0000000000002a\r
Content-Type: text/plain; charset="UTF-8"\r
Content-Transfer-Encoding: quoted-printable\r
\r
{text}\r
\r
--0000000000002a\r
Content-Type: text/html; charset="UTF-8"\r
Content-Transfer-Encoding: quoted-printable\r
\r
<div dir=3D"ltr"><div>{text}</div></div>\r
\r
--0000000000002a--\r
"""
WITH_FILE = """\
Content-Type: multipart/mixed; boundary="0000000000002b"\r
\r
--0000000000002b\r
Content-Type: text/plain; charset="UTF-8"\r
\r
{text}\r
--0000000000002b\r
Content-Type: video/mp4; name="jembatan.mp4"\r
Content-Transfer-Encoding: base64\r
\r
"""


LINE = 78
"""Octets of a line of base64 with its end: a file ends with whole ones."""


def write_mails(count: int, *, size: int, seed: int) -> Iterator[bytes]:
    """Mails of about ``size`` octets: small ones in two forms, large ones with a file; no two alike."""
    content = base64.encodebytes(b"\0\0\0\x18ftypmp42" + os.urandom(size * 3 // 4)).replace(b"\n", b"\r\n")
    for n, (sender, text) in enumerate(write_messages(count, seed=seed)):
        head = HEAD.format(n=seed * 1_000_000 + n, sender=f"w{sender}@contoh.id", signature=SIGNATURE)
        if size > 100_000:
            front = (head + WITH_FILE.format(text=text)).encode()
            room = size - len(front) - 40
            yield front + content[: room - room % LINE] + b"--0000000000002b--\r\n"
        else:
            words = "=\r\n".join([f"{text} "] * max((size - len(head) - 400) // (2 * len(text) + 8), 1))
            yield (head + TWO_FORMS.format(text=words)).encode()


class Bringing(asyncio.Protocol):
    """One connection."""

    def __init__(self, mails: Iterator[bytes], said: "Said") -> None:
        self.mails, self.said = mails, said
        self.mail: bytes | None = None
        self.stage = 0
        self.begun = 0.0
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        last = self.heard[:-2].rpartition(b"\n")[2]
        if self.heard.endswith(b"\r\n") and last[3:4] != b"-":
            self.heard = b""
            self.go_on(last)

    def go_on(self, answer: bytes) -> None:
        if self.stage == 5:
            self.said.note(answer, time.monotonic() - self.begun)
            self.stage = 1
        if self.stage == 1:
            self.mail = next(self.mails, None)
            if self.mail is None:
                self.transport.close()
                return
        mail = self.mail or b""
        steps = (
            b"EHLO mx.contoh.id\r\n",
            b"MAIL FROM:<w@contoh.id>\r\n",
            b"RCPT TO:<lapor@lapor.go.id>\r\n",
            b"DATA\r\n",
            mail + b".\r\n",
        )
        self.begun = time.monotonic()
        self.transport.write(steps[self.stage])
        self.stage += 1

    def connection_lost(self, _error: Exception | None) -> None:
        self.said.ended()


class Said:
    """What the server answered."""

    def __init__(self, connections: int) -> None:
        self.waits: list[float] = []
        self.answers: Counter[str] = Counter()
        self.left = connections
        self.all = asyncio.Event()
        self.last = 0.0

    def note(self, answer: bytes, wait: float) -> None:
        self.waits.append(wait)
        self.answers[answer[:3].decode()] += 1
        self.last = time.monotonic()

    def ended(self) -> None:
        self.left -= 1
        if not self.left:
            self.all.set()


async def bring(given: argparse.Namespace) -> dict[str, object]:
    """Bring them all."""
    mails = iter(list(write_mails(given.count, size=given.size, seed=given.seed)))
    said = Said(given.connections)
    begun, cpu = time.monotonic(), time.process_time()
    loop = asyncio.get_running_loop()
    for _ in range(given.connections):
        await loop.create_connection(lambda: Bringing(mails, said), "127.0.0.1", given.port)
    async with asyncio.timeout(given.seconds):
        await said.all.wait()
    waits = sorted(said.waits)
    return {
        "answers": dict(said.answers),
        "rate": len(waits) / (said.last - begun),
        "p50": waits[len(waits) // 2] * 1e3,
        "p99": waits[int(len(waits) * 0.99)] * 1e3,
        "cpu": (time.process_time() - cpu) / len(waits) * 1e6,
    }


def main() -> None:
    """Play one run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(bring(parser.parse_args()))), flush=True)


if __name__ == "__main__":
    main()
