"""Files of a talk: one a request in, streamed to the core's store; and out again, for its own visitor alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, BodyPartReader, MultipartReader, web
from aiohttp.http import HttpProcessingError

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.limits import find_source
from channels.chat.webchat.requests.door import find_talk, sharing
from channels.chat.webchat.requests.problems import Problem
from channels.chat.webchat.wire.answers import FileShown
from channels.chat.webchat.wire.files import NoSuchFile, name_upload, read_name
from core.filetypes import EXTENSIONS, keep_file
from core.model.message import Attachment

AROUND_THE_FILE = 16_384
SHOWN_IN_PAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PLAIN = frozenset({"", "binary", "7bit", "8bit"})
# In all these ways aiohttp tells of a body that no browser sends. UnicodeDecodeError is a ValueError.
BROKEN = (
    ValueError,
    LookupError,
    AssertionError,
    ConnectionError,
    BadContentDispositionHeader,
    BadContentDispositionParam,
    web.RequestPayloadError,
    HttpProcessingError,
)
# Nothing in a file may run, wherever it is opened (RFC 6266 §4.2; CSP Level 3, sandbox).
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=3600",
}
Read = TypeVar("Read")


async def take_file(front: Front, request: web.Request) -> web.StreamResponse:
    """201 once the file is durable. Raises Problem, Busy, Refused, FileRefused, TooMany."""
    address = await find_talk(front, request)
    front.uploads.count(find_source(request.remote or ""))
    if request.content_type != "multipart/form-data":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the file as multipart/form-data, in a part named 'file'."
        )
    if (request.content_length or 0) > front.settings.max_file + AROUND_THE_FILE:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The file is too large.")
    try:
        async with asyncio.timeout(front.settings.upload_seconds):
            stored = await _store(front, await _find_file(await _read(_multipart(request))))
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The file took too long to arrive.") from None
    shown = FileShown(name_upload(front.key, address, stored), stored.name, stored.media_type, stored.size)
    return web.Response(body=msgspec.json.encode(shown), status=HTTPStatus.CREATED, content_type="application/json")


async def _multipart(request: web.Request) -> MultipartReader:
    return await request.multipart()


async def _find_file(parts: MultipartReader) -> BodyPartReader:
    part = await _read(parts.next())
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The first part must be the file, named 'file'.")
    if part.headers.get("Content-Transfer-Encoding", "").lower() not in PLAIN or "Content-Encoding" in part.headers:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Send the file's bytes as they are.")
    return part


async def _store(front: Front, part: BodyPartReader) -> Attachment:
    declared = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    name, limit = part.filename, front.settings.max_file
    return await keep_file(_pieces(part), front.intake.store, name=name, declared=declared, limit=limit)


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    """Until the part's end: an empty piece before it is a body that was cut off, which the next read tells."""
    while not part.at_eof():
        yield bytes(await _read(part.read_chunk()))


async def _read(reading: Awaitable[Read]) -> Read:
    try:
        return await reading
    except BROKEN:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not well-formed multipart/form-data.") from None


async def give_file(front: Front, request: web.Request) -> web.StreamResponse:
    """A file of the talk whose token is shown. Raises Problem, Busy."""
    address = await find_talk(front, request)
    try:
        named = read_name(front.key, address, request.match_info["id"])
        pieces = front.visits.file(named.id)
        first = await anext(pieces, b"")
    except (NoSuchFile, FileNotFoundError):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such file in this talk.") from None
    response = web.StreamResponse(headers=_headers(named) | sharing(request.headers.get("Origin")))
    response.content_type, response.content_length = named.media_type, named.size
    await response.prepare(request)
    await response.write(first)
    async for piece in pieces:
        await response.write(piece)
    return response


def _headers(named: Attachment) -> dict[str, str]:
    """A picture may be shown in a page, anything else is only saved. No name of a citizen's is in the headers."""
    extension = next(extension for extension, kind in EXTENSIONS.items() if kind == named.media_type)
    shown = "inline" if named.media_type in SHOWN_IN_PAGES else "attachment"
    return INERT | {"Content-Disposition": f'{shown}; filename="lampiran.{extension}"'}
