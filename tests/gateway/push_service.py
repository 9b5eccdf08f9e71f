"""A push service on loopback (RFC 8030) with the browsers behind it: it checks signatures and decrypts as a browser."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from core.ids import new_id
from core.model.notice import Subscription
from core.testing.clocks import MONDAY_MORNING


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Browser:
    """One phone: its keys, and what it was shown."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    shown: list[dict[str, Any]] = field(default_factory=list)
    answer: int = 201

    def subscription(self, service: "PushService", name: str, *, staff_id: str) -> Subscription:
        """What the page sends to the gateway."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        endpoint = f"{service.url}/{name}"
        return Subscription(new_id(), staff_id, MONDAY_MORNING, endpoint, _text(point), _text(self.auth))


@dataclass
class PushService:
    """``browsers`` by the last part of their endpoint; ``signatures`` are the Authorization headers seen.

    ``hold``: set the first when a push was shown, answer when the second is set.
    """

    url: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    signatures: list[str] = field(default_factory=list)
    hold: tuple[asyncio.Event, asyncio.Event] | None = None

    async def push(self, request: web.Request) -> web.Response:
        """Decrypt for the browser and answer as it was told to."""
        browser = self.browsers[request.match_info["name"]]
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert int(request.headers["TTL"]) > 0
        self.signatures.append(request.headers["Authorization"])
        assert Vapid02.verify(request.headers["Authorization"])
        if browser.answer == 201:
            clear = http_ece.decrypt(await request.read(), private_key=browser.key, auth_secret=browser.auth)
            browser.shown.append(json.loads(clear))
        if self.hold is not None:
            arrived, released = self.hold
            arrived.set()
            await released.wait()
        return web.Response(status=browser.answer, headers={"Location": f"{self.url}/elsewhere"})


@asynccontextmanager
async def open_push_service() -> AsyncIterator[PushService]:
    """Listens on a free port."""
    service = PushService()
    app = web.Application()
    app.add_routes([web.post("/{name}", service.push)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield service
    finally:
        await runner.cleanup()
