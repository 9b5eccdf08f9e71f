"""The web server: the channels' routes and the probes, on one address."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from gateway.settings_tree import Http

log = logging.getLogger(__name__)

LARGEST_BODY = 32 * 1024 * 1024
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


async def serve_web(
    settings: Http, routes: Sequence[web.RouteDef], *, listening: Callable[[str], Awaitable[None]]
) -> None:
    """Serve until cancelled; ``listening`` is told the address once requests are taken. Raises OSError (port
    in use).
    """
    app = web.Application(client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(_add_security)
    app.add_routes([*routes, web.get("/", _welcome)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5, keepalive_timeout=75)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
        await site.start()
        port = runner.addresses[0][1]
        await listening(f"http://{settings.host}:{port}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _add_security(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)


async def _welcome(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/docs")
