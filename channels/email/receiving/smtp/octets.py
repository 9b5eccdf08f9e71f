"""The text of a mail as it crosses the line (RFC 5321 §4.1.1.4, §4.5.2): found, counted, its dots undone."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

END: Final = b"\r\n.\r\n"
CRLF: Final = b"\r\n"
RUN: Final = 1 << 18
"""Octets that are taken from the line at once."""


class TooLarge(Exception):
    """More octets than are taken. They were read all the same: the client hears of it after the last one."""


class NoRoom(Exception):
    """Too many octets of mails are in memory just now. Again, it is told after the last octet."""


async def read_text(reader: asyncio.StreamReader, *, limit: int, room: Callable[[int], None]) -> bytes:
    """The text of the mail that begins where ``reader`` stands. Lines may have any length.

    The end is CR LF dot CR LF alone; its first CR LF may be that of DATA. ``room`` is told of every run of octets
    that is kept, and may raise NoRoom.

    Raises:
        TooLarge: more than ``limit`` octets.
        NoRoom: ``room`` said so.
        asyncio.IncompleteReadError: the client hung up.
    """
    buffer: bytearray = reader._buffer  # type: ignore[attr-defined]
    buffer[:0] = CRLF  # so that the end of a text without lines looks like any other end
    usual, reader._limit = reader._limit, RUN  # type: ignore[attr-defined]
    runs: list[bytes] = []
    size, is_last = -len(END), False
    problem: TooLarge | NoRoom | None = None
    try:
        while not is_last:
            run, is_last = await _read_run(reader)
            size += len(run)
            problem = problem or _keep(run, runs, is_too_much=size > limit, room=room)
    finally:
        reader._limit = usual  # type: ignore[attr-defined]
    if problem is not None:
        raise problem
    return b"".join(_without_dots(runs))[len(CRLF) : -len(b".\r\n") + 1]


async def _read_run(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """The next octets, and whether the text ends with them. What may begin the end stays in the reader."""
    try:
        return await reader.readuntil(END), True
    except asyncio.LimitOverrunError as overrun:
        return await reader.read(overrun.consumed), False


def _keep(run: bytes, runs: list[bytes], *, is_too_much: bool, room: Callable[[int], None]) -> TooLarge | NoRoom | None:
    """Add a run, or drop all of them and say why."""
    problem: TooLarge | NoRoom | None = TooLarge() if is_too_much else None
    try:
        room(0 if is_too_much else len(run))
    except NoRoom as found:
        problem = problem or found
    if problem is None:
        runs.append(run)
    else:
        runs.clear()
    return problem


def _without_dots(runs: Iterable[bytes]) -> Iterator[bytes]:
    """The dot that begins a line is left out, once. A line's end that a run ends in goes with the next run."""
    carried = b""
    for run in runs:
        octets = carried + run if carried else run
        carried = CRLF if octets.endswith(CRLF) else b"\r" if octets.endswith(b"\r") else b""
        yield (octets[: -len(carried)] if carried else octets).replace(b"\r\n.", CRLF)
    yield carried
