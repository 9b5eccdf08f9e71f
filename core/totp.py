"""The second factor: codes of six digits from a shared secret and the time (RFC 6238, SHA-1, steps of 30 seconds)."""

import hmac
from datetime import datetime

from pyotp import HOTP, TOTP, random_base32

STEP = 30
ISSUER = "LAPOR!"


def new_secret() -> str:
    """160 random bits in Base32 (RFC 4226 §4, R6)."""
    return random_base32(32)


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step of time that ``code`` belongs to, one before or after the present one at most; None where it is wrong.

    Clocks of phones differ a little (RFC 6238 §5.2).
    """
    digits = "".join(code.split())
    current, codes = int(now.timestamp()) // STEP, HOTP(secret)
    near = (current, current - 1, current + 1)
    return next((step for step in near if hmac.compare_digest(codes.at(step).encode(), digits.encode())), None)


def enrolment_uri(secret: str, username: str) -> str:
    """What the QR code for a phone's authenticator says."""
    return TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
