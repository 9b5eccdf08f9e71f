"""The JSON API's routes: what ``requests.table`` lists, its description, and an answer for everything else."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic

import msgspec
from aiohttp import web

from channels.api.docs.openapi import describe_api
from channels.api.docs.page import render_docs
from channels.api.requests.table import OPERATIONS, V1
from channels.api.requests.uploads import raise_broken_headers
from channels.api.settings import ApiSettings
from channels.api.wire.front import Answer, Front, Visitors, guarded
from channels.api.wire.problems import Problem
from core.channel import Capabilities, Intake
from core.desk import Desk

LONGEST_REPLY = 100_000
CAPABILITIES = Capabilities(measure=len, max_length=LONGEST_REPLY, sends=False, attachments=True)
DOCS_KEPT = {"Cache-Control": "public, max-age=300"}
# The page is one file: nothing in it may load or run anything.
DOCS_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def routes(settings: ApiSettings, intake: Intake, desk: Desk) -> Sequence[web.RouteDef]:
    """Every route below ``/api/v1``, ``/openapi.json`` and ``/docs``."""
    raise_broken_headers()
    front = Front(
        settings=settings,
        intake=intake,
        desk=desk,
        visitors=Visitors(settings.per_source_per_minute, clock=monotonic),
        new_id=lambda: secrets.token_hex(16),
        now=lambda: datetime.now(UTC),
    )
    return [*_listed(front), *_described(settings), _anything_else(front)]


def _listed(front: Front) -> Iterable[web.RouteDef]:
    for path, answers in _by_path().items():
        for method, answer in answers.items():
            register = web.get if method == "GET" else web.post
            yield register(path, guarded(answer, front))
        yield web.route("*", path, guarded(_only(answers), front))


def _by_path() -> Mapping[str, Mapping[str, Answer]]:
    paths: dict[str, dict[str, Answer]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation.answer
    return paths


def _only(methods: Iterable[str]) -> Answer:
    allowed = [*methods, "HEAD"] if "GET" in methods else [*methods]

    async def refuse(_front: Front, _request: web.Request) -> web.Response:
        detail = f"Use {' or '.join(allowed)} here."
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, allow=allowed)

    return refuse


def _described(settings: ApiSettings) -> Iterable[web.RouteDef]:
    document = describe_api(settings)
    description, page = msgspec.json.encode(document), render_docs(document).encode()

    async def show_description(_request: web.Request) -> web.Response:
        return web.Response(body=description, content_type="application/json", headers=DOCS_KEPT)

    async def show_page(_request: web.Request) -> web.Response:
        headers = DOCS_KEPT | DOCS_POLICY
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)

    return web.get("/openapi.json", show_description), web.get("/docs", show_page)


def _anything_else(front: Front) -> web.RouteDef:
    async def refuse(_front: Front, _request: web.Request) -> web.Response:
        raise Problem(HTTPStatus.NOT_FOUND, "There is nothing here; GET /docs lists what there is.")

    return web.route("*", f"{V1}/{{tail:.*}}", guarded(refuse, front))
