"""Octets between DATA and its dot: the same mail as aiosmtpd reads, whatever the line brings and however it is cut."""

import asyncio
import random
import time
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from channels.email.receiving.smtp.octets import NoRoom, Text, TooLarge

PIECES = [
    b"\r\n",
    b"\r",
    b"\n",
    b".",
    b"..",
    b"\r\n.",
    b"\r\n..",
    b".\r\n",
    b"\n.\n",
    b"\r.\r",
    b"\n.\r\n",
    b"Yth. Bupati",
    b"\0",
]


def nothing(_octets: int) -> None:
    """There is always room."""


async def read(sent: bytes, *, cuts: list[int] | None = None, limit: int = 10**9) -> tuple[bytes, bytes]:
    """The text, and what stands behind it."""
    text, rest, at = Text(limit=limit, room=nothing), None, 0
    for cut in [*(cuts or []), len(sent)]:
        if rest is not None:
            rest += sent[at:cut]
        else:
            rest = text.feed(sent[at:cut])
        at = cut
    assert rest is not None, "the end was not found"
    return await text.read(), rest


class Keeper:
    """Keeps what stock aiosmtpd makes of a mail."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.content = bytes(envelope.content)
        return "250 OK"


class Line(asyncio.Transport):
    """A transport that leads nowhere."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return getattr(self, "is_closed", False)


async def as_aiosmtpd_reads(sent: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    keeper = Keeper()
    server = SMTP(keeper, loop=loop, hostname="mx.contoh.id")
    line = Line()
    server.connection_made(line)
    server.data_received(b"EHLO a\r\nMAIL FROM:<a@contoh.id>\r\nRCPT TO:<b@contoh.id>\r\nDATA\r\n" + sent)
    for _ in range(200):
        await asyncio.sleep(0)
        if hasattr(keeper, "content"):
            break
    line.close()
    server.connection_lost(None)
    await asyncio.sleep(0)
    return keeper.content


@pytest.mark.parametrize("seed", range(100))
async def test_a_mail_is_the_one_aiosmtpd_reads(seed: int) -> None:
    chance = random.Random(seed)
    octets = b"".join(chance.choice(PIECES) for _ in range(chance.randrange(40))) + b"\r\n.\r\n"
    sent = octets[: (b"\r\n" + octets).index(b"\r\n.\r\n") + 3]
    cuts = sorted(chance.randrange(len(sent) + 1) for _ in range(chance.randrange(6)))

    text, rest = await read(sent + b"QUIT\r\n", cuts=cuts)

    assert text == await as_aiosmtpd_reads(sent)
    assert rest == b"QUIT\r\n"


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"satu baris\r\n.\r\n", b"satu baris\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
        (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
        (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
    ],
)
async def test_only_the_true_end_ends_it(sent: bytes, text: bytes) -> None:
    for cut in range(len(sent) + 1):
        assert await read(sent + b"NOOP\r\n", cuts=[cut]) == (text, b"NOOP\r\n")


@pytest.mark.parametrize("length", [262_140, 262_141, 262_142, 262_143, 262_144, 524_286, 524_287, 524_288, 524_289])
async def test_a_dot_where_two_runs_meet_is_undone(length: int) -> None:
    body = b"x" * length + b"\r\n..titik\r\n" + b"y" * 300_000 + b"\r\n"

    text, _ = await read(body + b".\r\n", cuts=[length - 1, length, length + 1, length + 2, length + 3])

    assert text == body.replace(b"..", b".")


async def test_a_line_may_be_longer_than_any_reader_likes() -> None:
    body = b"x" * 3_000_000 + b"\r\n"

    assert (await read(body + b".\r\n"))[0] == body


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (900_000, False)])
async def test_what_is_too_large_is_read_to_its_end(size: int, fits: bool) -> None:
    text = Text(limit=1000, room=nothing)

    rest = text.feed(b"x" * (size - 2) + b"\r\n.\r\nNOOP\r\n")

    assert rest == b"NOOP\r\n"
    if fits:
        assert len(await text.read()) == size
    else:
        with pytest.raises(TooLarge):
            await text.read()


async def test_without_room_it_is_read_to_its_end() -> None:
    kept = 0

    def room(octets: int) -> None:
        nonlocal kept
        if kept + octets > 300_000:
            raise NoRoom
        kept += octets

    text = Text(limit=10**9, room=room)

    for _ in range(6):
        assert text.feed(b"x" * 100_000) is None
    assert text.feed(b"\r\n.\r\nNOOP\r\n") == b"NOOP\r\n"

    assert kept == 300_000
    with pytest.raises(NoRoom):
        await text.read()


async def test_octet_by_octet_it_takes_no_more_memory() -> None:
    body = b"..titik\r\nJalan rusak\r\n" * 5_000
    text = Text(limit=10**9, room=nothing)

    for at in range(len(body)):
        assert text.feed(body[at : at + 1]) is None
    assert len(text._runs) < 5
    text.feed(b".\r\n")

    assert await text.read() == body.replace(b"..", b".")


async def test_dots_cost_no_more_than_other_octets() -> None:
    """Two megabytes of nothing but dots at the ends of lines are one search, not a million."""
    text = Text(limit=10**9, room=nothing)
    begun = time.process_time()

    text.feed(b".\r" * 1_000_000 + b"\r\n.\r\n")

    assert len(await text.read()) == 2_000_001  # without the first dot
    assert time.process_time() - begun < 0.5
