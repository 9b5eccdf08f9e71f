"""Whatever goes wrong on a page of the console ends in a page that says what to do next."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from core.casework import UnknownReport
from core.ports import Unavailable
from gateway.console.access import VISIT, NotForThisRole, access_of, language_of

log = logging.getLogger(__name__)

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]
EXPLAINED = frozenset({400, 403, 404, 409, 413, 429, 500, 503})
RETRY_AFTER = "30"


def explained(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The routes, each telling what goes wrong as a page."""
    return [_explained(route.method, route.path, route.handler, route.kwargs) for route in routes]


def _explained(method: str, path: str, handler: Any, options: Mapping[str, Any]) -> web.RouteDef:
    return web.RouteDef(method, path, told(handler), dict(options))


def told(serve: Serve) -> Serve:
    """``serve``, whose every error is a page in the language of whoever asks."""

    async def respond(request: web.Request) -> web.StreamResponse:
        try:
            return await serve(request)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as error:
            return _page(request, error.status, error)
        except UnknownReport:
            return _page(request, 404)
        except Unavailable:
            return _page(request, 503)
        except Exception:
            log.exception("A page of the console failed", extra={"path": request.match_info.route.name or "console"})
            return _page(request, 500)

    return respond


def _page(request: web.Request, status: int, error: web.HTTPException | None = None) -> web.Response:
    """Nothing is asked of the database for it: it may be what failed."""
    said = "role" if isinstance(error, NotForThisRole) else status if status in EXPLAINED else 400
    visit = request.get(VISIT)
    language = visit.staff.language if visit else language_of(request)
    after = error.headers.get("Retry-After", RETRY_AFTER) if error else RETRY_AFTER
    return access_of(request).pages.render(
        "error.html",
        {"visit": visit, "status": status, "said": said},
        language=language,
        status=status,
        headers={"Retry-After": after} if status == 503 else {},
    )
