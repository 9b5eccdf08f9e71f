"""Files are kept sealed, whole, and only when they are on disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blobs import PIECE, FileBlobs
from core.channel import Busy, Refused
from core.vault import Unsealable, make_vault

MOST = 5 * PIECE
PHOTO = b"Foto jalan berlubang di Serpong" * 6000


async def in_pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(blobs: FileBlobs, blob_id: str) -> bytes:
    return b"".join([piece async for piece in blobs.read(blob_id)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "blobs"


@pytest.fixture
def blobs(folder: Path) -> FileBlobs:
    return FileBlobs(folder, make_vault([b"\x01" * 32]), max_size=MOST)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_was_stored(blobs: FileBlobs) -> None:
    kept = await blobs.store(in_pieces(PHOTO), "image/jpeg", name="lubang.jpg")

    assert await whole(blobs, kept.id) == PHOTO
    assert (kept.media_type, kept.size, kept.name) == ("image/jpeg", len(PHOTO), "lubang.jpg")


@settings(max_examples=25, deadline=None)
@given(size=st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, MOST]), step=st.integers(1000, 3 * PIECE))
def test_every_size_comes_back(tmp_path_factory: pytest.TempPathFactory, size: int, step: int) -> None:
    blobs = FileBlobs(tmp_path_factory.mktemp("blobs"), make_vault([b"\x01" * 32]), max_size=MOST)
    content = bytes(n % 251 for n in range(size))

    async def round_trip() -> bytes:
        return await whole(blobs, (await blobs.store(in_pieces(content, step), "application/pdf")).id)

    assert asyncio.run(round_trip()) == content


async def test_nothing_of_a_file_is_readable_on_disk(blobs: FileBlobs, folder: Path) -> None:
    await blobs.store(in_pieces(PHOTO), "image/jpeg", name="siti-rahmawati.jpg")

    (file,) = files(folder)
    assert b"berlubang" not in file.read_bytes()
    assert "siti" not in str(file)


async def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(blobs: FileBlobs, folder: Path) -> None:
    with pytest.raises(Refused) as refused:
        await blobs.store(in_pieces(bytes(MOST + 1)), "image/jpeg")

    assert refused.value.field == "file"
    assert files(folder) == []


async def test_a_sender_who_leaves_in_the_middle_leaves_nothing(blobs: FileBlobs, folder: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * PIECE)
        raise EOFError

    with pytest.raises(EOFError):
        await blobs.store(broken(), "image/jpeg")

    assert files(folder) == []


async def test_a_cancelled_upload_leaves_nothing(blobs: FileBlobs, folder: Path) -> None:
    reached = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(PIECE)
        reached.set()
        await asyncio.Event().wait()

    upload = asyncio.ensure_future(blobs.store(slow(), "image/jpeg"))
    await reached.wait()
    upload.cancel()

    with pytest.raises(asyncio.CancelledError):
        await upload
    assert files(folder) == []


async def test_where_files_cannot_be_written_the_network_must_try_again(folder: Path, blobs: FileBlobs) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"a file where the folder should be")

    with pytest.raises(Busy):
        await blobs.store(in_pieces(PHOTO), "image/jpeg")


@pytest.mark.parametrize(
    "blob_id", ["0" * 32, "", "..", "../../../etc/passwd", "/etc/passwd", "0" * 31 + "/", "A" * 32, "0" * 33]
)
async def test_an_unknown_id_is_not_found(blobs: FileBlobs, folder: Path, blob_id: str) -> None:
    await blobs.store(in_pieces(PHOTO), "image/jpeg")

    with pytest.raises(FileNotFoundError):
        await whole(blobs, blob_id)


@pytest.mark.parametrize("size", [0, 100, PIECE, 3 * PIECE + 5])
async def test_a_file_that_was_cut_short_is_not_taken_for_whole(blobs: FileBlobs, folder: Path, size: int) -> None:
    kept = await blobs.store(in_pieces(bytes(size)), "image/jpeg")
    (file,) = files(folder)
    content = file.read_bytes()
    piece = len(content) - size % PIECE - 33 if size >= PIECE else 0

    for left in {0, 3, len(content) - 1, piece}:
        file.write_bytes(content[:left])
        with pytest.raises(Unsealable):
            await whole(blobs, kept.id)


async def test_a_changed_file_does_not_open(blobs: FileBlobs, folder: Path) -> None:
    kept = await blobs.store(in_pieces(PHOTO), "image/jpeg")
    (file,) = files(folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    with pytest.raises(Unsealable):
        await whole(blobs, kept.id)


async def test_a_stored_file_is_on_disk_with_the_way_to_it(blobs: FileBlobs, folder: Path, flushed: list[Path]) -> None:
    await blobs.store(in_pieces(PHOTO), "image/jpeg")

    (file,) = files(folder)
    assert {file.parent, folder} <= set(flushed)
    assert any(path.name.startswith(file.name) for path in flushed)
