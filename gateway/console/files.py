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
from gateway.console.sheet import attachment_of
from gateway.uploads import store_file

PICTURES = frozenset(EXTENSIONS[kind] for kind in ("jpg", "png", "gif", "webp"))


class TooManyFiles(FileRefused):
    """More than one form may bring."""


async def show_file(call: Call) -> web.StreamResponse:
    """A download. What the reporter called it stays its name, what it is says its content."""
    file = await _attachment(call)
    head, rest = await _opened(call, file)
    name = quote(clean_name(file.name) or "lampiran", safe="")
    disposition = f"attachment; filename*=UTF-8''{name}"
    return await _send(call, head, rest, media_type=_type_of(head, file), disposition=disposition)


async def show_picture(call: Call) -> web.StreamResponse:
    """The same as a picture in a page, where its content is one."""
    file = await _attachment(call)
    head, rest = await _opened(call, file)
    media_type = _type_of(head, file)
    if media_type not in PICTURES:
        raise web.HTTPNotFound
    return await _send(call, head, rest, media_type=media_type, disposition="inline")


async def _attachment(call: Call) -> Attachment:
    number, blob_id, office = call.request.match_info["number"], call.request.match_info["file"], call.console.office
    return await call.console.store.read(lambda tx: attachment_of(tx, number, blob_id, call.staff, office=office))


async def _opened(call: Call, file: Attachment) -> tuple[bytes, AsyncIterator[bytes]]:
    content = call.console.blobs.read(file.id)
    try:
        return await anext(content, b""), content
    except FileNotFoundError as error:
        raise UnknownReport("the file is gone") from error


def _type_of(head: bytes, file: Attachment) -> str:
    """What nobody recognises is only octets."""
    try:
        return find_type(head[:HEAD], name=file.name, declared="")
    except FileRefused:
        return "application/octet-stream"


async def _send(
    call: Call, head: bytes, rest: AsyncIterator[bytes], *, media_type: str, disposition: str
) -> web.StreamResponse:
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
