"""The files of a message, as they can be fetched later: by their ids alone. Their addresses hold the bot's token."""

from collections.abc import Iterator
from typing import Final

from channels.chat.telegram.reading.shapes import Json, table, tables, text, whole
from core.filetypes import clean_name
from core.model.message import RemoteFile

SINGLE: Final = ("document", "video", "voice", "audio", "video_note")
LONGEST_ID: Final = 300


def remote_files(message: Json) -> tuple[RemoteFile, ...]:
    """The largest of a photo's sizes, and every other file. An animation is told twice: as a document too."""
    return tuple(_found(message))


def _found(message: Json) -> Iterator[RemoteFile]:
    sizes = tables(message, "photo")
    if sizes:
        largest = max(sizes, key=lambda size: (whole(size, "width") * whole(size, "height"), whole(size, "file_size")))
        yield from _remote(largest, kind="image/jpeg")
    for name in SINGLE:
        yield from _remote(table(message, name))
    if not table(message, "document"):
        yield from _remote(table(message, "animation"))


def _remote(file: Json, *, kind: str = "") -> Iterator[RemoteFile]:
    """``reference``: what it is fetched by and, behind a blank, what it is the same by for every bot."""
    file_id, unique = text(file, "file_id"), text(file, "file_unique_id")
    if not 0 < len(file_id) <= LONGEST_ID or not (file_id + unique).isascii() or not file_id.isprintable():
        return
    yield RemoteFile(
        reference=f"{file_id} {unique[:100]}".strip(),
        media_type=_kind(text(file, "mime_type")) or kind,
        size=max(whole(file, "file_size"), 0),
        name=clean_name(text(file, "file_name")),
    )


def _kind(said: str) -> str:
    return said[:100] if said.isascii() and said.isprintable() else ""


def file_id(reference: str) -> str:
    """What ``getFile`` takes."""
    return reference.partition(" ")[0]
