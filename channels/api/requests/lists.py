"""Public lists and figures, which anyone may keep for a while."""

import hashlib
from http import HTTPStatus

from aiohttp import web

from channels.api.wire.bodies import AgencyItem, CategoryItem, Summary
from channels.api.wire.front import Front, answered

LISTS_KEPT = "public, max-age=300"
FIGURES_KEPT = "public, max-age=60"


async def list_agencies(front: Front, request: web.Request) -> web.Response:
    """Every agency."""
    agencies = [AgencyItem(agency.id, agency.name, agency.parent) for agency in await front.desk.agencies()]
    return _cacheable(request, agencies, kept=LISTS_KEPT)


async def list_categories(front: Front, request: web.Request) -> web.Response:
    """Every category."""
    categories = [CategoryItem(category.id, category.name) for category in await front.desk.categories()]
    return _cacheable(request, categories, kept=LISTS_KEPT)


async def show_summary(front: Front, request: web.Request) -> web.Response:
    """How many reports there are."""
    figures = await front.desk.figures()
    summary = Summary(figures.reports, dict(figures.by_state), dict(figures.by_channel))
    return _cacheable(request, summary, kept=FIGURES_KEPT)


def _cacheable(request: web.Request, body: object, *, kept: str) -> web.Response:
    response = answered(body, cache=kept)
    tag = f'"{hashlib.sha256(response.body or b"").hexdigest()[:32]}"'  # type: ignore[arg-type]
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, "Cache-Control": kept})
    response.headers["ETag"] = tag
    return response
