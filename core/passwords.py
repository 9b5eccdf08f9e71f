"""Staff passwords: argon2id, and new ones that people can type."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
NEW_LENGTH = 16


def hash_password(password: str) -> str:
    """The argon2id hash with its parameters, as stored."""
    return PasswordHasher().hash(password)


def password_agrees(password: str, stored: str) -> bool:
    """Whether the password is right. A stored value that is no hash agrees with nothing."""
    try:
        return PasswordHasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """A random password without letters that look alike; about 79 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NEW_LENGTH))
