"""Files of a report: given only to who may see it, as downloads, by the type that their content has."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from aiohttp import web
from aiohttp.web_request import FileField

from core.channel import Refused
from core.filetypes import EXTENSIONS, HEAD, FileRefused, clean_name, find_type
from core.model.message import Attachment
from core.verification import UnknownReport
from gateway.console.guard import Call
from gateway.console.originals import Original
from gateway.console.sheet import attachment_of, original_of
from gateway.uploads import store_file

OCTETS = "application/octet-stream"
PICTURES = frozenset(EXTENSIONS[kind] for kind in ("jpg", "png", "gif", "webp"))


class TooManyFiles(FileRefused):
    """More than one form may bring."""


async def show_file(call: Call) -> web.StreamResponse:
    """A file of a report."""
    return await give_file(call, await _attachment(call))


async def give_file(call: Call, file: Attachment) -> web.StreamResponse:
    """A download. What the reporter called it stays its name, what it is says its content."""
    head, rest = await opened(call, file.id)
    disposition = as_download(clean_name(file.name) or "lampiran")
    return await send(call, head, rest, media_type=_type_of(head, file), disposition=disposition)


def as_download(name: str) -> str:
    """Saved under this name and never shown by the browser."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


async def show_picture(call: Call) -> web.StreamResponse:
    """The same as a picture in a page."""
    return await give_picture(call, await _attachment(call))


async def give_picture(call: Call, file: Attachment) -> web.StreamResponse:
    """Shown by the browser where its content is a picture."""
    head, rest = await opened(call, file.id)
    media_type = _type_of(head, file)
    if media_type not in PICTURES:
        raise web.HTTPNotFound
    return await send(call, head, rest, media_type=media_type, disposition="inline")


async def show_original(call: Call) -> web.StreamResponse:
    """The mail or tweet as it came, of which a browser sees only octets."""
    number, message_id, office = (
        call.request.match_info["number"],
        call.request.match_info["message"],
        call.console.office,
    )
    original = await call.console.store.read(lambda tx: original_of(tx, number, message_id, call.staff, office=office))
    return await send_original(call, original, name=f"asli-{number}")


async def send_original(call: Call, original: Original, *, name: str) -> web.StreamResponse:
    """As a download of octets. Raises UnknownReport where it is gone."""
    head, rest = (original.raw, no_more()) if original.raw else await opened(call, original.blob)
    disposition = as_download(f"{name}.{original.ending}")
    return await send(call, head, rest, media_type=OCTETS, disposition=disposition)


async def no_more() -> AsyncIterator[bytes]:
    """What follows a message that is whole."""
    return
    yield b""


async def _attachment(call: Call) -> Attachment:
    number, blob_id, office = call.request.match_info["number"], call.request.match_info["file"], call.console.office
    return await call.console.store.read(lambda tx: attachment_of(tx, number, blob_id, call.staff, office=office))


async def opened(call: Call, blob_id: str) -> tuple[bytes, AsyncIterator[bytes]]:
    """Its beginning and the rest. Raises UnknownReport where the file is gone."""
    content = call.console.blobs.read(blob_id)
    try:
        return await anext(content, b""), content
    except FileNotFoundError as error:
        raise UnknownReport("the file is gone") from error


def _type_of(head: bytes, file: Attachment) -> str:
    """What nobody recognises is only octets."""
    try:
        return find_type(head[:HEAD], name=file.name, declared="")
    except FileRefused:
        return OCTETS


async def send(
    call: Call, head: bytes, rest: AsyncIterator[bytes], *, media_type: str, disposition: str
) -> web.StreamResponse:
    """Strangers' octets: whatever they are, they run nothing."""
    response = web.StreamResponse(
        headers={
            "Content-Type": media_type,
            "Content-Disposition": disposition,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
    )
    await response.prepare(call.request)
    await response.write(head)
    async for piece in rest:
        await response.write(piece)
    await response.write_eof()
    return response


async def store_files(call: Call, fields: Sequence[FileField]) -> tuple[Attachment, ...]:
    """The files of a form, each looked at and kept. Raises FileRefused, core.channel.Refused and Busy."""
    if len(fields) > call.console.most_files:
        raise TooManyFiles
    return tuple([await _store(call, given) for given in fields])


async def _store(call: Call, given: FileField) -> Attachment:
    try:
        return await store_file(given, call.console.blobs.store, limit=call.console.largest_file)
    except Refused as error:
        raise FileRefused from error
