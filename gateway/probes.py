"""What a supervisor, a load balancer and Prometheus ask: /live, /ready, /metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from gateway.metrics import CONTENT_TYPE

PATIENCE = timedelta(seconds=3)

Ready = Callable[[], Awaitable[Mapping[str, str]]]
Render = Callable[[], Awaitable[bytes]]


def probe_routes(*, ready: Ready, metrics: Render, patience: timedelta = PATIENCE) -> Sequence[web.RouteDef]:
    """The three routes.

    Args:
        ready: what keeps us from taking messages, by subject (``database``, ``sms.telkomsel``), each a sentence without
            personal data; empty when nothing does.
        metrics: the page for Prometheus, counted afresh.
        patience: how long ``ready`` may take before that is the problem.
    """

    async def show_live(_request: web.Request) -> web.Response:
        return _answer({"status": "live"})

    async def show_ready(_request: web.Request) -> web.Response:
        problems = await _find_problems(ready, patience)
        if problems:
            return _answer({"status": "not ready", "problems": dict(problems)}, status=503)
        return _answer({"status": "ready"})

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": CONTENT_TYPE})

    return (web.get("/live", show_live), web.get("/ready", show_ready), web.get("/metrics", show_metrics))


async def _find_problems(ready: Ready, patience: timedelta) -> Mapping[str, str]:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await ready()
    except TimeoutError:
        return {"gateway": f"no answer from its parts within {patience.total_seconds():g} s"}


def _answer(body: Mapping[str, object], *, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})
