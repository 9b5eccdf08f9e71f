"""The web server: the channels' routes and the probes, on one address."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.settings_tree import Http

log = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network

NOTHING: Mapping[web.AppKey[Any], Any] = MappingProxyType({})
LARGEST_BODY = 32 * 1024 * 1024
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def make_app(
    settings: Http, routes: Sequence[web.RouteDef], *, values: Mapping[web.AppKey[Any], Any] = NOTHING
) -> web.Application:
    """The application; ``values`` are what the routes find in it."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=_middlewares(settings.trusted_proxies))
    for key, value in values.items():
        app[key] = value
    app.on_response_prepare.append(_add_security)
    app.add_routes([*routes, web.get("/", _welcome)])
    return app


async def serve_web(settings: Http, app: web.Application, *, listening: Callable[[str], Awaitable[None]]) -> None:
    """Serve until cancelled; ``listening`` is told the address once requests are taken. Raises OSError (port
    in use).
    """
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


def _middlewares(trusted_proxies: Sequence[str]) -> Sequence[Middleware]:
    """Behind trusted proxies the client is the last address in X-Forwarded-For that is not one of theirs."""
    networks = [ip_network(proxy, strict=False) for proxy in trusted_proxies]
    if not networks:
        return ()

    @web.middleware
    async def see_client(request: web.Request, handler: Handler) -> web.StreamResponse:
        remote = find_client(request.remote or "", request.headers.getall("X-Forwarded-For", []), trusted=networks)
        return await handler(request.clone(remote=remote))

    return (see_client,)


def find_client(peer: str, forwarded: Sequence[str], *, trusted: Sequence[Network]) -> str:
    """The nearest address that is no trusted proxy's; ``peer`` where nobody is trusted.

    ``forwarded``: the values of X-Forwarded-For, each a list of addresses, the nearest last.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    client = peer
    while hops and _is_trusted(client, trusted):
        client = hops.pop()
    return client


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in trusted)
    except ValueError:
        return False


async def _add_security(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)


async def _welcome(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/docs")
