"""Attachments: one file a request, streamed to the core's store without ever being whole in memory."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable
from http import HTTPStatus
from typing import TypeVar

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, BodyPartReader, MultipartReader, web

from channels.api.mapping import name_attachment
from channels.api.requests.files import problem_of
from channels.api.wire.bodies import AttachmentAnswer
from channels.api.wire.front import BROKEN_BODY, Front, answered, refuse_large, source_of
from channels.api.wire.problems import Problem, wrong_field
from core.filetypes import FileRefused, keep_file
from core.model.message import Attachment

AROUND_THE_FILE = 16_384
PLAIN = frozenset({"", "binary", "7bit", "8bit"})
Read = TypeVar("Read")
BROKEN_HEADERS = (BadContentDispositionHeader, BadContentDispositionParam)


def raise_broken_headers() -> None:
    """From now on a part header that aiohttp cannot read is an error of its request. By default aiohttp warns about it,
    and the warning quotes the header, with the name of a citizen's file.
    """
    for warning in BROKEN_HEADERS:
        warnings.simplefilter("error", warning)


async def take_attachment(front: Front, request: web.Request) -> web.Response:
    """201 once the file is durable."""
    front.visitors.count(source_of(request))
    if request.content_type != "multipart/form-data":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the file as multipart/form-data, in a part named 'file'."
        )
    refuse_large(request, front.settings.max_attachment + AROUND_THE_FILE)
    try:
        async with asyncio.timeout(front.settings.upload_seconds):
            stored = await _store_file(front, await _read(request.multipart()))
    except TimeoutError:
        detail = f"The file took longer than {front.settings.upload_seconds:g} s to arrive."
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, detail) from None
    answer = AttachmentAnswer(name_attachment(stored), stored.media_type, stored.size)
    return answered(answer, status=HTTPStatus.CREATED)


async def _store_file(front: Front, parts: MultipartReader) -> Attachment:
    part = await _find_file(parts)
    try:
        stored = await _store_part(front, part)
    except FileRefused as refused:
        raise problem_of(refused) from None
    if await _read(parts.next()) is not None:
        raise wrong_field("file", "send one file in each request, and nothing after it")
    return stored


async def _store_part(front: Front, part: BodyPartReader) -> Attachment:
    settings, keep = front.settings, front.intake.store
    return await keep_file(
        _pieces(part), keep, name=part.filename, declared=_declared(part), limit=settings.max_attachment
    )


async def _find_file(parts: MultipartReader) -> BodyPartReader:
    part = await _read(parts.next())
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise wrong_field("file", "the first part must be the file, named 'file'")
    if part.headers.get("Content-Transfer-Encoding", "").lower() not in PLAIN or "Content-Encoding" in part.headers:
        raise wrong_field("file", "send the file's bytes as they are, neither encoded nor compressed")
    return part


async def _read(reading: Awaitable[Read]) -> Read:
    try:
        return await reading
    except (*BROKEN_BODY, *BROKEN_HEADERS, ValueError, AssertionError):
        # aiohttp's reader tells a broken boundary or part header with ValueError and AssertionError.
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not well-formed multipart/form-data.") from None


def _declared(part: BodyPartReader) -> str:
    return part.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    """Until the part's end: an empty piece before it is a body that was cut off, which the next read tells."""
    while not part.at_eof():
        yield bytes(await _read(part.read_chunk()))
