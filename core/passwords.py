"""Staff passwords: argon2id, and new ones that people can type."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
NEW_LENGTH = 16
SHORTEST = 12
LONGEST = 1024
# Of a random password that nobody kept, at the cost of a real one: checking it takes as long.
DECOY = "$argon2id$v=19$m=65536,t=3,p=4$ZbO0nOdQgR2GzGgnMJRNmQ$5O4Nq7+ccvb0uuVrXP1/fC7xG2T3GkFP6bzeqLv/zbg"


class Unsuitable(Exception):
    """This cannot be a password. The message is the reason: ``short``, ``long`` or ``name``."""


def hash_password(password: str) -> str:
    """The argon2id hash with its parameters, as stored."""
    return PasswordHasher().hash(password)


def password_agrees(password: str, stored: str) -> bool:
    """Whether the password is right. A stored value that is no hash agrees with nothing."""
    try:
        return PasswordHasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def check_suitable(password: str, *, username: str) -> None:
    """NIST SP 800-63B §5.1.1: length counts, composition does not. Raises Unsuitable."""
    if len(password) < SHORTEST:
        raise Unsuitable("short")
    if len(password) > LONGEST:
        raise Unsuitable("long")
    if username.casefold() in password.casefold() and len(password) < len(username) + SHORTEST:
        raise Unsuitable("name")


def new_password() -> str:
    """A random password without letters that look alike; about 79 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NEW_LENGTH))
