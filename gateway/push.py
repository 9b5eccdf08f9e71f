"""Web push (RFC 8030): a notice encrypted for one browser (RFC 8291), signed as ours (VAPID, RFC 8292).

The only door to ``http_ece`` and ``py_vapid``.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from time import time
from urllib.parse import urlsplit

import aiohttp
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from core.model.notice import Subscription

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEPT_BY_SERVICE = timedelta(hours=12)
SIGNED_FOR = timedelta(hours=1)
ANSWER_WITHIN = aiohttp.ClientTimeout(total=10)
LONGEST_ENDPOINT = 1_000
AUTH_OCTETS = 16
GONE = frozenset({404, 410})
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Pushed(Enum):
    """What a push service said: ``GONE``: the browser wants no more; ``LATER``: try again; ``REFUSED``: our fault."""

    SENT = "sent"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


class UnknownPushService(Exception):
    """A browser names a push service that the settings do not; the message names the host."""


class UnusableKeys(Exception):
    """The keys are none that a browser makes (RFC 8291 §2.1, §3.2)."""


class PushKey:
    """The key that signs our pushes; ``secret`` has 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        scalar = int.from_bytes(secret, "big") % (ORDER_OF_P256 - 1) + 1
        self._key = ec.derive_private_key(scalar, ec.SECP256R1())

    def __repr__(self) -> str:
        return "PushKey(***)"

    @property
    def public(self) -> str:
        """What a browser is told when it subscribes (``applicationServerKey``): the point, base64url."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def headers(self, endpoint: str, *, contact: str) -> Mapping[str, str]:
        """The signature for one push service, good for an hour."""
        parts = urlsplit(endpoint)
        until = int(time() + SIGNED_FOR.total_seconds())
        claims = {"sub": contact, "aud": f"{parts.scheme}://{parts.netloc}", "exp": until}
        signed: Mapping[str, str] = Vapid02(private_key=self._key).sign(claims)
        return signed


def check_endpoint(endpoint: str, *, hosts: Sequence[str]) -> None:
    """Only push services that the settings name are ever called, over TLS. Raises UnknownPushService."""
    try:
        parts = urlsplit(endpoint)
    except ValueError as error:
        raise UnknownPushService("what the browser names is no address") from error
    host = parts.hostname or ""
    named = any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)
    safe = parts.scheme == "https" or host in LOOPBACK
    if not (named and safe) or len(endpoint) > LONGEST_ENDPOINT or parts.username:
        raise UnknownPushService(f"'{host[:100]}' is no push service of this deployment; add it to push.hosts")


def check_keys(p256dh: str, auth: str) -> None:
    """A point on P-256 and 16 octets, both base64url. Raises UnusableKeys."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _octets(p256dh))
        length = len(_octets(auth))
    except ValueError as error:  # What base64 raises is one as well.
        raise UnusableKeys from error
    if length != AUTH_OCTETS:
        raise UnusableKeys


def _octets(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


async def send_push(
    session: aiohttp.ClientSession, to: Subscription, message: Mapping[str, str], *, key: PushKey, contact: str
) -> Pushed:
    """One attempt. ``message`` is what the service worker shows: title, body, url, tag. Never raises for a bad peer."""
    try:
        check_keys(to.p256dh, to.auth)
    except UnusableKeys:
        return Pushed.GONE
    body = _encrypted(to, json.dumps(message).encode())
    headers = {
        **key.headers(to.endpoint, contact=contact),
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(KEPT_BY_SERVICE.total_seconds())),
        "Urgency": "high",
    }
    try:
        async with session.post(
            to.endpoint, data=body, headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False
        ) as answer:
            return _said(answer.status)
    except (aiohttp.ClientError, TimeoutError):
        return Pushed.LATER


def _encrypted(to: Subscription, message: bytes) -> bytes:
    """For this browser alone, with a key of its own for each message (RFC 8291 §3)."""
    ours = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(
        message, private_key=ours, dh=_octets(to.p256dh), auth_secret=_octets(to.auth), version="aes128gcm"
    )
    return body


def _said(status: int) -> Pushed:
    if status in GONE:
        return Pushed.GONE
    if status < 300:
        return Pushed.SENT
    return Pushed.LATER if status in {408, 429} or status >= 500 else Pushed.REFUSED
