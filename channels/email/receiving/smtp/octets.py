"""The text of a mail as it crosses the line (RFC 5321 §4.1.1.4, §4.5.2): found, counted, its dots undone."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

END: Final = b"\r\n.\r\n"
CRLF: Final = b"\r\n"
SMALL: Final = 4_096
GATHERED: Final = 65_536
LARGE: Final = 1_048_576


class TooLarge(Exception):
    """More octets than are taken. They were read all the same: the client hears of it after the last one."""


class NoRoom(Exception):
    """Too many octets of mails are in memory just now. Again, it is told after the last octet."""


class Text:
    """The text of one mail, fed with octets as they come. Lines may have any length.

    The end is CR LF dot CR LF alone; its first CR LF may be that of DATA. Every octet is looked at once, whatever a
    client sends. ``room`` is told of every run of octets that is kept, and may raise NoRoom.
    """

    def __init__(self, *, limit: int, room: Callable[[int], None]) -> None:
        self._limit = limit
        self._room = room
        self._runs: list[bytes] = []
        self._gathered = bytearray()
        self._size = 0
        self._tail = CRLF
        self._problem: TooLarge | NoRoom | None = None
        self._whole: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()

    async def read(self) -> bytes:
        """The whole of it, once it is there; a large one is put together beside the event loop. Raises TooLarge and
        NoRoom.
        """
        runs = await self._whole
        return await asyncio.to_thread(_joined, runs) if self._size > LARGE else _joined(runs)

    def feed(self, octets: bytes) -> bytes | None:
        """None while there is more to come; at the end it can be read, and what stands behind it is returned."""
        seam = self._tail + octets[: len(END) - 1]
        end = seam.find(END) - len(self._tail)
        if end < -len(self._tail):
            end = octets.find(END)
            end = end if end >= 0 else -len(END)
        if end == -len(END):
            self._keep(octets)
            self._tail = (self._tail + octets[-4:])[-4:]
            return None
        last = end + len(END)
        self._keep(octets[:last])
        self._finish()
        return octets[last:]

    def _keep(self, run: bytes) -> None:
        self._size += len(run)
        if self._size - len(b".\r\n") > self._limit:
            self._drop(TooLarge())
        if self._problem is None:
            try:
                self._room(len(run))
            except NoRoom as problem:
                self._drop(problem)
            else:
                self._add(run)

    def _add(self, run: bytes) -> None:
        """A client may send octet by octet: what is small is gathered."""
        if len(run) < SMALL:
            self._gathered += run
        if len(run) >= SMALL or len(self._gathered) >= GATHERED:
            self._gather()
        if len(run) >= SMALL:
            self._runs.append(run)

    def _gather(self) -> None:
        if self._gathered:
            self._runs.append(bytes(self._gathered))
            self._gathered.clear()

    def _drop(self, problem: TooLarge | NoRoom) -> None:
        self._problem = self._problem or problem
        self._runs.clear()
        self._gathered.clear()

    def _finish(self) -> None:
        self._gather()
        runs, self._runs = self._runs, []
        if not self._whole.done():  # somebody still waits
            if self._problem is not None:
                self._whole.set_exception(self._problem)
            else:
                self._whole.set_result(runs)


def _joined(runs: Iterable[bytes]) -> bytes:
    return b"".join(_without_dots(runs))


def _without_dots(runs: Iterable[bytes]) -> Iterator[bytes]:
    """The dot that begins a line is left out, once, and so is the end. A line's end that a run ends in goes with the
    next run.
    """
    carried, skipped = CRLF, len(CRLF)
    for run in runs:
        octets = carried + run if carried else run
        carried = CRLF if octets.endswith(CRLF) else b"\r" if octets.endswith(b"\r") else b""
        plain = (octets[: -len(carried)] if carried else octets).replace(b"\r\n.", CRLF)
        yield plain[skipped:] if skipped else plain
        skipped = max(0, skipped - len(plain))
