"""Files on disk, sealed piece by piece, durable before anyone hears of them."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import BinaryIO

from core.channel import Busy, Refused
from core.ids import new_id
from core.model.message import Attachment
from core.vault import Vault

PIECE = 64 * 1024
LENGTH_BYTES = 4


class FileBlobs:
    """A folder of sealed files, spread over 256 subfolders by the end of their ids."""

    def __init__(self, folder: Path, vault: Vault, *, max_size: int) -> None:
        self._folder = folder
        self._vault = vault
        self._max_size = max_size

    def _path(self, blob_id: str) -> Path:
        return self._folder / blob_id[-2:] / blob_id

    async def store(self, content: AsyncIterable[bytes], media_type: str, *, name: str = "") -> Attachment:
        """Write, flush to disk, then give the file its final name. Raises Refused (too large) and Busy (no room)."""
        blob_id = new_id()
        path = self._path(blob_id)
        draft = path.with_name(f"{blob_id}.part")
        try:
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            size = await self._write(draft, content)
            await asyncio.to_thread(_publish, draft, path)
        except OSError as error:
            raise Busy("files cannot be stored now") from error
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
        return Attachment(id=blob_id, media_type=media_type, size=size, name=name)

    async def _write(self, draft: Path, content: AsyncIterable[bytes]) -> int:
        size, waiting = 0, bytearray()
        with await asyncio.to_thread(draft.open, "xb") as file:
            async for piece in content:
                size += len(piece)
                if size > self._max_size:
                    raise Refused(f"the file is larger than {self._max_size} bytes", field="file")
                waiting += piece
                while len(waiting) >= PIECE:
                    await asyncio.to_thread(self._seal, file, bytes(waiting[:PIECE]))
                    del waiting[:PIECE]
            await asyncio.to_thread(self._seal, file, bytes(waiting))
            await asyncio.to_thread(_flush, file)
        return size

    def _seal(self, file: BinaryIO, piece: bytes) -> None:
        sealed = self._vault.seal(piece)
        file.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)

    async def read(self, blob_id: str) -> AsyncIterator[bytes]:
        """The file, piece by piece. Raises FileNotFoundError, Unsealable."""
        with await asyncio.to_thread(self._path(blob_id).open, "rb") as file:
            while length := await asyncio.to_thread(file.read, LENGTH_BYTES):
                yield self._vault.open(await asyncio.to_thread(file.read, int.from_bytes(length, "big")))


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
