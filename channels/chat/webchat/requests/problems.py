"""Errors as RFC 9457 problem documents."""

import math
from datetime import timedelta
from http import HTTPStatus

import msgspec
from aiohttp import web

from channels.chat.webchat.live.limits import TooMany
from core.channel import Busy, Refused
from core.filetypes import Empty, FileRefused, TooLarge

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that gets an error for an answer. ``detail`` is for a developer and quotes nobody."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, retry_after: timedelta | None = None, upgrade: bool = False
    ) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.detail = detail
        self._headers = {"Cache-Control": "no-store"}
        if retry_after is not None:
            self._headers["Retry-After"] = str(max(1, math.ceil(retry_after.total_seconds())))
        if upgrade:
            self._headers["Upgrade"] = "websocket"

    def response(self) -> web.Response:
        """The problem document with the headers that belong to it."""
        document = {"type": "about:blank", "title": self.status.phrase, "status": self.status, "detail": self.detail}
        return web.Response(
            body=msgspec.json.encode(document), status=self.status, content_type=MEDIA_TYPE, headers=self._headers
        )


def problem_of(error: Busy | Refused | TooMany | FileRefused) -> Problem:
    """What the core's own words for *no* are in HTTP."""
    match error:
        case Busy():
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "Nothing was stored. Come again.", retry_after=error.retry_after
            )
        case TooMany():
            return Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many from this address.", retry_after=error.retry_after)
        case TooLarge() | Refused(field="file"):
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The file is too large.")
        case Empty():
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The file is empty.")
        case FileRefused():
            return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This kind of file is not taken, or is not what it says.")
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "This is not taken.")
