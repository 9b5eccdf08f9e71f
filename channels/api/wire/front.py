"""The API's front: how a request is let in, read within limits, and answered."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from channels.api.mapping import LARGEST_RAW, Arrival, read_key
from channels.api.settings import ApiSettings
from channels.api.wire.problems import Problem, problem_of, wrong_field
from core.channel import Busy, Intake, Refused
from core.desk import Desk, NotFound, TooManyGuesses

log = logging.getLogger(__name__)

JSON = "application/json"
MINUTE = 60.0
SOURCES_REMEMBERED = 20_000
Parsed = TypeVar("Parsed")
# What reading a body raises when the client's framing or compression is wrong, or the client is gone.
BROKEN_BODY = (web.RequestPayloadError, HttpProcessingError, ConnectionError)
# The words of msgspec 0.22 for what does not fit; a test goes through all of them.
MISSING = re.compile(r"Object missing required field `([^`]*)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.?([^`]*)`)?", re.DOTALL)
OTHER = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", re.DOTALL)


class Visitors:
    """Counts what each source hands in, in windows of a minute; forgets the oldest sources when there are too many."""

    def __init__(self, most: int, *, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._counts: dict[str, tuple[float, int]] = {}

    def count(self, source: str) -> None:
        """One more from this IP address. Raises Problem (429). Loopback is not limited."""
        if not self._most or _is_loopback(source):
            return
        now = self._clock()
        begun, count = self._counts.pop(source, (now, 0))
        if now - begun >= MINUTE:
            begun, count = now, 0
        self._counts[source] = begun, count + 1
        if len(self._counts) > SOURCES_REMEMBERED:
            del self._counts[next(iter(self._counts))]
        if count >= self._most:
            wait = timedelta(seconds=MINUTE - (now - begun))
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests from this address.", retry_after=wait)


def _is_loopback(source: str) -> bool:
    if source == "127.0.0.1":
        return True
    try:
        return ip_address(source).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Front:
    """Everything that answering a request needs. ``new_id`` gives random ids nobody can guess; ``now`` is aware UTC."""

    settings: ApiSettings
    intake: Intake
    desk: Desk
    visitors: Visitors
    new_id: Callable[[], str]
    now: Callable[[], datetime]


Answer = Callable[[Front, web.Request], Awaitable[web.Response]]
HttpAnswer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(answer: Answer, front: Front) -> HttpAnswer:
    """``answer`` with every error told as a problem document."""

    async def respond(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(front, request)
        except Problem as problem:
            return problem.response()
        except (Busy, Refused, NotFound, TooManyGuesses) as error:
            return problem_of(error).response()
        except Exception:
            log.exception("an API request failed")
            detail = "The request failed here. Send it again later, with the same Idempotency-Key."
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail).response()

    return respond


def source_of(request: web.Request) -> str:
    """The IP address a request comes from; the gateway has put the client's there where a trusted proxy names it."""
    return request.remote or ""


def answered(body: object, *, status: HTTPStatus = HTTPStatus.OK, cache: str = "no-store") -> web.Response:
    """A JSON answer. What concerns one citizen is not kept by anyone in between."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type=JSON, headers={"Cache-Control": cache}
    )


async def arrival_of(front: Front, request: web.Request, raw: bytes) -> Arrival:
    """What is known of a request; a body too large for a row is kept as a blob. Raises Problem (422) for a bad key."""
    key = read_key(request.headers.get("Idempotency-Key"))
    blob = ""
    if len(raw) > LARGEST_RAW:
        blob, raw = (await front.intake.store(_once(raw), JSON, name="body.json")).id, b""
    return Arrival(received_at=front.now(), fresh_id=front.new_id(), key=key, raw=raw, raw_blob=blob)


async def _once(raw: bytes) -> Any:
    yield raw


async def read_json(front: Front, request: web.Request, decoder: msgspec.json.Decoder[Parsed]) -> tuple[Parsed, bytes]:
    """The body, parsed and as it came.

    Raises:
        Problem: 415 not JSON by its type, 413 too large, 408 too slow, 400 malformed, 422 not what the schema says.
    """
    if request.content_type != JSON:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as Content-Type: application/json.")
    raw = await read_body(request, limit=front.settings.max_body, seconds=front.settings.body_seconds)
    try:
        return decoder.decode(raw), raw
    except msgspec.ValidationError as error:
        raise wrong_field(*explain(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not well-formed JSON in UTF-8.") from None


def explain(error: str) -> tuple[str, str]:
    """The field and a sentence, from the words of msgspec."""
    if match := MISSING.fullmatch(error):
        return _path(match[2], match[1]), "this field is required"
    if match := UNKNOWN.fullmatch(error):
        return _path(match[2], match[1][:100]), "there is no such field; remove it or correct its name"
    match = OTHER.fullmatch(error)
    words, path = (match[1], match[2]) if match else (error, "")
    if "matching regex" in words:
        words = "this has not the form that /openapi.json describes"
    return path or "", words.replace("`", "'")[:300]


def _path(parent: str | None, name: str) -> str:
    return f"{parent}.{name}" if parent else name


async def read_body(request: web.Request, *, limit: int, seconds: float) -> bytes:
    """The whole body: at most ``limit`` bytes decompressed, within ``seconds``. Raises Problem (400, 408, 413)."""
    refuse_large(request, limit)
    try:
        if request.content.is_eof():  # here already, as small bodies are
            body = request.content.read_nowait()
            _refuse_longer(body, limit)
            return body
        async with asyncio.timeout(seconds):
            return await _collect(request, limit)
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, f"The body took longer than {seconds:g} s to arrive.") from None
    except BROKEN_BODY:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body ended early or is not encoded as its headers say.") from None


def refuse_large(request: web.Request, limit: int) -> None:
    """Raises Problem (413) when the announced length is too much; nothing is read then."""
    if request.content_length is not None and request.content_length > limit:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit} bytes.")


async def _collect(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        _refuse_longer(body, limit)
    return bytes(body)


def _refuse_longer(body: bytes | bytearray, limit: int) -> None:
    if len(body) > limit:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit} bytes.")
