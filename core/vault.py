"""Seals personal data at rest and makes keyed digests for exact look-up. The key stays outside the database."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32
NONCE_BYTES = 12
DIGEST_BYTES = 16


class KeyFileError(Exception):
    """The key file cannot be used. The message names the file and the remedy."""


class Unsealable(Exception):
    """A sealed value does not open: another key, or a changed row."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys in use. Values are sealed with the newest key and opened with the one they name.

    A key may seal 2**32 values (random 96-bit nonces, NIST SP 800-38D §8.3); rotate long before.
    """

    _ciphers: dict[int, AESGCM] = field(repr=False)
    _newest: int
    _digest_key: bytes = field(repr=False)

    def seal(self, value: bytes | memoryview) -> bytes:
        """Encrypt: one byte naming the key, the nonce, the sealed value."""
        nonce = os.urandom(NONCE_BYTES)
        return bytes((self._newest,)) + nonce + self._ciphers[self._newest].encrypt(nonce, value, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt what ``seal`` gave. Raises Unsealable."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise Unsealable("sealed with a key that is not in the key file")
        try:
            return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], None)
        except (InvalidTag, ValueError) as error:  # ValueError: shorter than a nonce and a tag.
            raise Unsealable("the sealed value was changed or sealed with another key") from error

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes for another key, the same in every process; a rotation of the sealing key leaves them."""
        return _expand(self._digest_key, f"lapor {purpose}".encode())

    def digest(self, kind: str, value: str) -> bytes:
        """16 bytes that are equal for equal values of one kind and tell nothing without the key."""
        return self.digest_bytes(kind, value.encode("utf-8", "surrogatepass"))

    def digest_bytes(self, kind: str, value: bytes) -> bytes:
        """As ``digest``, for bytes. ``kind`` is at most 16 characters."""
        return hashlib.blake2b(value, digest_size=DIGEST_BYTES, key=self._digest_key, person=kind.encode()).digest()

    def agrees(self, kind: str, value: str, digest: bytes) -> bool:
        """Whether ``value`` has this digest, compared in constant time."""
        return hmac.compare_digest(self.digest(kind, value), digest)


def _expand(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=purpose).derive(key)


def make_vault(keys: list[bytes]) -> Vault:
    """A vault from 32-byte keys, oldest first. Digests always use the oldest, so that look-ups survive a rotation."""
    ciphers = {number: AESGCM(_expand(key, b"lapor seal")) for number, key in enumerate(keys, 1)}
    return Vault(_ciphers=ciphers, _newest=len(keys), _digest_key=_expand(keys[0], b"lapor digest"))


def load_vault(path: Path) -> Vault:
    """Read the key file: one base64 key of 32 bytes a line, oldest first; made with a new key where there is none.

    Raises:
        KeyFileError: cannot be read or made, is empty, or has a line that is not a key.
    """
    try:
        if not path.exists():
            _write_new_key(path)
        lines = path.read_text(encoding="ascii").split()
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path}: is not a key file; restore it from its backup") from error
    except OSError as error:
        remedy = "give the gateway's user the right to read it, and for a new key to write in its folder"
        raise KeyFileError(f"{path}: {error.strerror or error}; {remedy}") from error
    keys = [_read_key(path, line) for line in lines]
    if not keys or len(keys) > 255:
        raise KeyFileError(
            f"{path}: holds {len(keys)} keys; restore it from its backup, without it nothing sealed can be read"
        )
    return make_vault(keys)


def _read_key(path: Path, line: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except ValueError as error:
        raise KeyFileError(f"{path}: a line is not base64; restore the file from its backup") from error
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{path}: a key has {len(key)} bytes, not {KEY_BYTES}; restore the file from its backup")
    return key


def _write_new_key(path: Path) -> None:
    """Durable before first use; another process that starts at the same moment wins or loses whole (link is atomic)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # Another process made it first: its key counts.
    finally:
        draft.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """A new name is durable only when its folder is; without the key nothing sealed could be read after a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
