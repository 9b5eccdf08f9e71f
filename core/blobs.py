"""Files on disk, sealed piece by piece, durable before anyone hears of them."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from pathlib import Path
from typing import BinaryIO

from core.channel import Busy, Refused
from core.ids import new_id
from core.model.message import Attachment
from core.vault import Unsealable, Vault, flush_folder

PIECE = 64 * 1024
RUN = 16 * PIECE
"""Bytes that are sealed and written at once, away from the event loop: the way there takes longer than a piece."""

LENGTH_BYTES = 4
ID_LENGTH = 32
BLOB_ID = re.compile(r"[0-9a-f]{32}")


class FileBlobs:
    """A folder of sealed files, spread over 256 subfolders by the end of their ids."""

    def __init__(self, folder: Path, vault: Vault, *, max_size: int) -> None:
        self._folder = folder
        self._vault = vault
        self._max_size = max_size

    def _path(self, blob_id: str) -> Path:
        return self._folder / blob_id[-2:] / blob_id

    async def store(
        self, content: AsyncIterable[bytes], media_type: str, *, name: str = "", original: bool = False
    ) -> Attachment:
        """Write, flush to disk, then give the file its final name. Raises Refused (too large) and Busy (no room).

        ``original``: a message as it came, whose size was limited before.
        """
        blob_id = new_id()
        path = self._path(blob_id)
        draft = path.with_name(f"{blob_id}.part")
        try:
            size = await self._write(draft, content, is_limited=not original)
            await asyncio.to_thread(_publish, draft, path)
        except OSError as error:
            raise Busy("files cannot be stored now") from error
        finally:
            if draft.exists():  # publishing renames it
                await asyncio.to_thread(_remove, draft)
        return Attachment(id=blob_id, media_type=media_type, size=size, name=name)

    async def _write(self, draft: Path, content: AsyncIterable[bytes], *, is_limited: bool) -> int:
        size, waiting = 0, bytearray()
        with await asyncio.to_thread(_open, draft) as file:
            async for piece in content:
                size += len(piece)
                if is_limited and size > self._max_size:
                    raise Refused(f"the file is larger than {self._max_size} bytes", field="file")
                if not waiting and len(piece) % PIECE == 0:
                    await asyncio.to_thread(self._seal, file, piece)
                    continue
                waiting += piece
                if len(waiting) >= RUN:
                    whole = len(waiting) - len(waiting) % PIECE
                    await asyncio.to_thread(self._seal, file, bytes(memoryview(waiting)[:whole]))
                    del waiting[:whole]
            await asyncio.to_thread(self._seal_last, file, bytes(waiting))
        return size

    def _seal(self, file: BinaryIO, run: bytes) -> None:
        """Piece by piece: memory for a whole run costs more than the calls it would save."""
        view = memoryview(run)
        for start in range(0, len(run), PIECE):
            sealed = self._vault.seal(view[start : start + PIECE])
            file.write(len(sealed).to_bytes(LENGTH_BYTES, "big"))
            file.write(sealed)

    def _seal_last(self, file: BinaryIO, rest: bytes) -> None:
        """The last piece is a short one, be it empty: by it a whole file is known."""
        self._seal(file, rest)
        if len(rest) % PIECE == 0:
            sealed = self._vault.seal(b"")
            file.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
        file.flush()
        os.fsync(file.fileno())

    async def missing(self, blob_ids: Sequence[str]) -> Sequence[str]:
        """Which of these are not here."""
        return await asyncio.to_thread(lambda: [i for i in blob_ids if not (_is_id(i) and self._path(i).is_file())])

    async def read(self, blob_id: str) -> AsyncIterator[bytes]:
        """The file, piece by piece. Raises FileNotFoundError, and Unsealable where it was changed or cut short."""
        if not BLOB_ID.fullmatch(blob_id):
            raise FileNotFoundError("no blob has such an id")
        last = PIECE
        with await asyncio.to_thread(self._path(blob_id).open, "rb") as file:
            while length := await asyncio.to_thread(file.read, LENGTH_BYTES):
                piece = self._vault.open(await asyncio.to_thread(file.read, int.from_bytes(length, "big")))
                last = len(piece)
                yield piece
        if last == PIECE:
            raise Unsealable("the file was cut short: its last piece is always a short one, be it empty")


def _make_folder(folder: Path) -> None:
    """Also the names of new folders are flushed to disk: a file is only as durable as the way to it."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    flush_folder(folder.parent)
    flush_folder(folder.parent.parent)


def _remove(draft: Path) -> None:
    """What is left of a draft; where it cannot be removed there was no room for it or its folder is gone."""
    with contextlib.suppress(OSError):
        draft.unlink()


def _is_id(blob_id: str) -> bool:
    """An id of ours, and no path."""
    return len(blob_id) == ID_LENGTH and blob_id.isalnum()


def _open(draft: Path) -> BinaryIO:
    _make_folder(draft.parent)
    return draft.open("xb")


def _publish(draft: Path, path: Path) -> None:
    draft.rename(path)
    flush_folder(path.parent)
