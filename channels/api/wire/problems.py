"""What can be wrong with a request, as RFC 9457 problem documents."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from core.channel import Busy, Refused
from core.desk import NotFound, TooManyGuesses

MEDIA_TYPE = "application/problem+json"
NO_SUCH_REPORT = "No report has this number and PIN. Check both; the PIN goes into the X-Pin header."
FIELDS = {"external_id": "Idempotency-Key", "raw": "body"}


class FieldError(msgspec.Struct, frozen=True):
    """One thing that is wrong with a body or a header."""

    field: Annotated[str, Meta(description="The field, with dots for nested ones; empty for the body as a whole.")]
    message: Annotated[str, Meta(description="What is wrong with it.")]


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457)."""

    title: Annotated[str, Meta(description="The status in words.")]
    status: Annotated[int, Meta(description="The HTTP status again.", ge=400, le=599)]
    detail: Annotated[str, Meta(description="What is wrong and what to do about it.")]
    type: Annotated[Literal["about:blank"], Meta(description="Nothing beyond the status.")] = "about:blank"
    errors: Annotated[tuple[FieldError, ...], Meta(description="For 422: the fields that are wrong.")] = ()


class Problem(Exception):
    """A request that gets an error for an answer.

    Args:
        status: HTTP status.
        detail: what is wrong and the remedy, for a developer; without the citizen's words.
        errors: (field, message) pairs, for 422.
        retry_after: when to come again, for 429 and 503.
        allow: the methods there are, for 405.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        retry_after: timedelta | None = None,
        allow: Sequence[str] = (),
    ) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.detail = detail
        self.errors = tuple(FieldError(field, message) for field, message in errors)
        self.retry_after = retry_after
        self.allow = allow

    def response(self) -> web.Response:
        """The problem document with the headers that belong to it."""
        document = ProblemDocument(self.status.phrase, self.status.value, self.detail, errors=self.errors)
        return web.Response(
            body=msgspec.json.encode(document), status=self.status, content_type=MEDIA_TYPE, headers=self._headers()
        )

    def _headers(self) -> Mapping[str, str]:
        headers = {"Cache-Control": "no-store"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after.total_seconds())))
        if self.allow:
            headers["Allow"] = ", ".join(self.allow)
        return headers


def wrong_field(field: str, message: str) -> Problem:
    """422 for one field."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {message}", errors=((field, message),))


def problem_of(error: Busy | Refused | NotFound | TooManyGuesses) -> Problem:
    """What the core's own words for *no* are in HTTP."""
    match error:
        case Busy():
            detail = "Nothing was stored. Send the same request again, with the same Idempotency-Key."
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after=error.retry_after)
        case Refused():
            return wrong_field(FIELDS.get(error.field, error.field), str(error))
        case NotFound():
            return Problem(HTTPStatus.NOT_FOUND, NO_SUCH_REPORT)
        case TooManyGuesses():
            detail = "Too many wrong numbers or PINs from here. Wait, then check the number and the PIN."
            return Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after=error.retry_after)
