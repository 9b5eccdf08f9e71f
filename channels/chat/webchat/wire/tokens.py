"""Tokens by which a browser comes back to its talk: random, dated and signed; nothing of them is kept here.

A token is 32 random bytes, the second of its making and a signature, in base64url. The talk's address is a keyed digest
of the random bytes: it stays when the token is renewed, and nobody can make a token of it.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.model.message import Address

SCHEME = "web"
RANDOM_BYTES = 32
TIME_BYTES = 5
SIGNATURE_BYTES = 20
LENGTH = 76
RENEWED_AFTER = 1 / 8
AHEAD = timedelta(minutes=10)


class Invalid(Exception):
    """No token of ours, or one that is too old."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read. ``written`` is what the browser keeps."""

    written: str = field(repr=False)
    random: bytes = field(repr=False)
    made_at: datetime

    def is_to_be_renewed(self, *, now: datetime, lasts: timedelta) -> bool:
        """Whether a new date is due; not on each visit, so that pages of one browser do not outdo one another."""
        return now - self.made_at > lasts * RENEWED_AFTER


def make_token(key: bytes, random: bytes, *, now: datetime) -> Token:
    """A token of ``RANDOM_BYTES`` random bytes, or a renewed one of the same."""
    second = int(now.timestamp())
    content = random + second.to_bytes(TIME_BYTES, "big")
    written = base64.urlsafe_b64encode(content + _sign(key, content)).decode()
    return Token(written, random, datetime.fromtimestamp(second, UTC))


def read_token(key: bytes, written: str, *, now: datetime, lasts: timedelta) -> Token:
    """A token that a browser shows. Raises Invalid; a forged one and an old one are told alike."""
    if len(written) != LENGTH or not written.isascii():
        raise Invalid
    try:
        decoded = base64.b64decode(written, altchars=b"-_", validate=True)
    except binascii.Error:
        raise Invalid from None
    content, signature = decoded[:-SIGNATURE_BYTES], decoded[-SIGNATURE_BYTES:]
    if not hmac.compare_digest(_sign(key, content), signature):
        raise Invalid
    made_at = datetime.fromtimestamp(int.from_bytes(content[RANDOM_BYTES:], "big"), UTC)
    if not -AHEAD <= now - made_at <= lasts:  # Clocks of processes differ a little.
        raise Invalid
    return Token(written, content[:RANDOM_BYTES], made_at)


def address_of(key: bytes, token: Token) -> Address:
    """Whose talk it opens."""
    digest = hmac.digest(key, b"address" + token.random, hashlib.sha256)
    return Address(SCHEME, digest[:16].hex())


def _sign(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, b"token" + content, hashlib.sha256)[:SIGNATURE_BYTES]
