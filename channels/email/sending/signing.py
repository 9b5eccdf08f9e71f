"""DKIM: each mail signed with our domain's key, for relays that do not sign (RFC 6376). The door to dkimpy."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import dkim
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

SIGNED: Final = (
    b"From",
    b"Reply-To",
    b"To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"In-Reply-To",
    b"References",
    b"List-Unsubscribe",
    b"Auto-Submitted",
    b"X-Auto-Response-Suppress",
    b"X-Lapor-Loop",
    b"MIME-Version",
    b"Content-Type",
    b"Content-Transfer-Encoding",
    b"From",  # once more than there is one, so that nobody adds another
    b"To",
    b"Subject",
)
SHORTEST_KEY: Final = 1024
"""Bits; verifiers count shorter ones as no signature (RFC 8301 §3.2)."""


class NoKey(ValueError):
    """No mail can be signed with this. The message shows nothing of the key."""


class Signer:
    """Signs in a thread of its own: one signature takes several milliseconds."""

    def __init__(self, *, domain: str, selector: str, key: bytes) -> None:
        self._domain = domain.encode("ascii")
        self._selector = selector.encode("ascii")
        self._key = key
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dkim")

    async def sign(self, octets: bytes) -> bytes:
        """A mail as it is, with its signature in front."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._signed, octets)

    def _signed(self, octets: bytes) -> bytes:
        signature: bytes = dkim.sign(
            octets,
            self._selector,
            self._domain,
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(SIGNED),
        )
        return signature + octets


def read_key(path: str) -> bytes:
    """A private RSA key in PEM form, ready for ``Signer``. Raises NoKey."""
    try:
        written = Path(path).read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise NoKey(f"it cannot be read ({type(error).__name__})") from None
    try:
        bits = parse_pem_private_key(written)["modulus"].bit_length()
    except (UnparsableKeyError, ValueError, LookupError, TypeError):
        raise NoKey("it holds no private RSA key in PEM form without a password") from None
    if bits < SHORTEST_KEY:
        raise NoKey(f"it has {bits} bits, verifiers ask for {SHORTEST_KEY}")
    return written
