"""Files that a page's form brings: each known by its content, stored before the message that names it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import IO

from aiohttp import web
from multidict import MultiDictProxy

from core.channel import Intake
from core.filetypes import EXTENSIONS, HEAD, FileRefused, TooLarge, checked, clean_name, find_type
from core.model.message import Attachment

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was stored, and for what was not the reason in words for a person."""

    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()


def files_in(given: "MultiDictProxy[str | bytes | bytearray | web.FileField]", name: str) -> list[web.FileField]:
    """The files of one field; a browser sends an empty part where none was chosen."""
    return [file for file in given.getall(name, []) if isinstance(file, web.FileField) and file.filename]


async def store_files(intake: Intake, files: Sequence[web.FileField], *, most: int, limit: int) -> Uploaded:
    """Store up to ``most`` files of up to ``limit`` bytes. A file that is not taken costs only itself."""
    stored, problems = [], []
    for file in files[:most]:
        name = clean_name(file.filename)
        try:
            stored.append(await _store(intake, file, name=name, limit=limit))
        except FileRefused as refused:
            problems.append(f"{name}: {_why(refused)}")
    if len(files) > most:
        problems.append(f"Paling banyak {most} berkas; {len(files) - most} tidak disimpan.")
    return Uploaded(tuple(stored), tuple(problems))


async def _store(intake: Intake, file: web.FileField, *, name: str, limit: int) -> Attachment:
    head = file.file.read(HEAD)
    media_type = find_type(head, name=name, declared=file.content_type)
    return await intake.store(
        checked(_pieces(head, file.file), media_type=media_type, limit=limit), media_type, name=name
    )


async def _pieces(head: bytes, file: IO[bytes]) -> AsyncIterator[bytes]:
    yield head
    while piece := file.read(PIECE):
        yield piece


def _why(refused: FileRefused) -> str:
    if isinstance(refused, TooLarge):
        return f"lebih besar dari {refused.limit // 1_048_576} MB. Kecilkan fotonya atau kirim sebagian."
    return f"jenis berkas ini tidak diterima. Gunakan {', '.join(EXTENSIONS)}."
