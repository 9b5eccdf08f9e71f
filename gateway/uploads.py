"""What a page's form brings: texts, and files known by their content and stored before the message that names them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import IO

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, web
from aiohttp.http import HttpProcessingError
from multidict import MultiDictProxy

from core.channel import Intake
from core.filetypes import EXTENSIONS, FileRefused, Keep, TooLarge, clean_name, keep_file
from core.model.message import Attachment

PIECE = 65_536
# In all these ways aiohttp tells of a body that no browser sends. UnicodeDecodeError is a ValueError.
BROKEN = (
    ValueError,
    LookupError,
    AssertionError,
    BadContentDispositionHeader,
    BadContentDispositionParam,
    web.RequestPayloadError,
    HttpProcessingError,
)
Posted = MultiDictProxy[str | bytes | bytearray | web.FileField]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was stored, and for what was not the reason in words for a person."""

    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()


async def read_form(request: web.Request) -> Posted:
    """What a page's form brings. Raises HTTPBadRequest, HTTPRequestEntityTooLarge."""
    try:
        return await request.post()
    except BROKEN as error:
        raise web.HTTPBadRequest from error


def text_fields(given: Posted) -> dict[str, str]:
    """Its texts, NUL left out."""
    return {name: value.replace("\0", "") for name, value in given.items() if isinstance(value, str)}


def files_in(given: Posted, name: str) -> list[web.FileField]:
    """The files of one field; a browser sends an empty part where none was chosen."""
    return [file for file in given.getall(name, []) if isinstance(file, web.FileField) and file.filename]


async def store_files(intake: Intake, files: Sequence[web.FileField], *, most: int, limit: int) -> Uploaded:
    """Store up to ``most`` files of up to ``limit`` bytes. A file that is not taken costs only itself."""
    stored, problems = [], []
    for file in files[:most]:
        try:
            stored.append(await store_file(file, intake.store, limit=limit, declared=file.content_type))
        except FileRefused as refused:
            problems.append(f"{clean_name(file.filename)}: {_why(refused)}")
    if len(files) > most:
        problems.append(f"Paling banyak {most} berkas; {len(files) - most} tidak disimpan.")
    return Uploaded(tuple(stored), tuple(problems))


async def store_file(file: web.FileField, keep: Keep, *, limit: int, declared: str = "") -> Attachment:
    """Keep one file. Raises FileRefused, and as ``keep`` does."""
    return await keep_file(_pieces(file.file), keep, name=file.filename, declared=declared, limit=limit)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The server has read the whole form already; this reads memory, or a file that was just written."""
    while piece := file.read(PIECE):
        yield piece


def _why(refused: FileRefused) -> str:
    if isinstance(refused, TooLarge):
        return f"lebih besar dari {refused.limit // 1_048_576} MB. Kecilkan fotonya atau kirim sebagian."
    return f"jenis berkas ini tidak diterima. Gunakan {', '.join(EXTENSIONS)}."
