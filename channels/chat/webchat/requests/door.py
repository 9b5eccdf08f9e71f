"""How a plain request is let in: whose pages may read the answer, whose talk it is about, how errors are told."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.limits import TooMany, find_source
from channels.chat.webchat.requests.problems import Problem, problem_of
from channels.chat.webchat.wire.tokens import Invalid, address_of
from core.channel import Busy, Refused
from core.filetypes import FileRefused
from core.model.message import Address

log = logging.getLogger(__name__)

BEARER = "bearer "
Answer = Callable[[Front, web.Request], Awaitable[web.StreamResponse]]
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def guarded(answer: Answer, front: Front) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """``answer`` with every error told as a problem document."""

    async def respond(request: web.Request) -> web.StreamResponse:
        return await _told(answer, front, request)

    return respond


def shared(answer: Answer, front: Front) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """``guarded``, and readable by pages of sites that may open the chat. A page of another one gets 403."""

    async def respond(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and not front.lets_in(request):
            return Problem(HTTPStatus.FORBIDDEN, "Pages of this site may not open the chat.").response()
        response = await _told(answer, front, request)
        if not response.prepared:
            response.headers.update(sharing(origin))
        return response

    return respond


def sharing(origin: str | None) -> dict[str, str]:
    """The headers by which a page of another site, which was let in, reads an answer."""
    if origin is None:
        return {"Vary": "Origin"}
    names = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}
    return {"Vary": "Origin", **names}


async def _told(answer: Answer, front: Front, request: web.Request) -> web.StreamResponse:
    try:
        return await answer(front, request)
    except Problem as problem:
        return problem.response()
    except (Busy, Refused, TooMany, FileRefused) as error:
        return problem_of(error).response()
    except Exception:
        log.exception("a request of a chat failed")
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed here. Come again later.").response()


async def preflight(_front: Front, _request: web.Request) -> web.StreamResponse:
    """What a page of another site may send."""
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)


async def find_talk(front: Front, request: web.Request) -> Address:
    """Whose token the request shows. Raises Problem (401), TooMany, Busy."""
    given = request.headers.get("Authorization", "")
    try:
        token = front.read_token(given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else "")
    except Invalid:
        raise Problem(HTTPStatus.UNAUTHORIZED, "Show the token of the chat as a bearer token.") from None
    front.returns.count(find_source(request.remote or ""))
    address = address_of(front.key, token)
    if (await front.visits.visit(address)).revoked:
        raise Problem(HTTPStatus.UNAUTHORIZED, "This token was taken back.")
    return address
