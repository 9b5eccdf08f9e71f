"""Names by which a page knows files of its talk: what a file is, signed for the one talk, so nothing is looked up."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import replace

import msgspec

from core.model.message import Address, Attachment

SIGNATURE_BYTES = 16
LONGEST_NAME = 80
"""Bytes of UTF-8, so that what it becomes is no longer than ``LONGEST``."""

LONGEST = 300


class NoSuchFile(Exception):
    """No name that was given for this talk."""


class _Named(msgspec.Struct, frozen=True, array_like=True):
    id: bytes
    media_type: str
    size: int
    name: str = ""


def name_upload(key: bytes, address: Address, attachment: Attachment) -> str:
    """The name of a file that was just stored; it carries what the page called it."""
    name = attachment.name.encode()[-LONGEST_NAME:].decode(errors="ignore")
    return _write(key, address, replace(attachment, name=name))


def name_file(key: bytes, address: Address, attachment: Attachment) -> str:
    """The name of a file of a line, to fetch it by. It stands in a URL, so what the file was called is not in it."""
    return _write(key, address, replace(attachment, name=""))


def read_name(key: bytes, address: Address, written: str) -> Attachment:
    """The file of a name that was given for this talk. Raises NoSuchFile."""
    if len(written) > LONGEST or not written.isascii():
        raise NoSuchFile
    try:
        decoded = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise NoSuchFile from None
    signature, content = decoded[:SIGNATURE_BYTES], decoded[SIGNATURE_BYTES:]
    if not hmac.compare_digest(_sign(key, address, content), signature):
        raise NoSuchFile
    named = msgspec.msgpack.decode(content, type=_Named)
    return Attachment(named.id.hex(), named.media_type, named.size, named.name)


def _write(key: bytes, address: Address, attachment: Attachment) -> str:
    named = _Named(bytes.fromhex(attachment.id), attachment.media_type, attachment.size, attachment.name)
    content = msgspec.msgpack.encode(named)
    return base64.urlsafe_b64encode(_sign(key, address, content) + content).decode().rstrip("=")


def _sign(key: bytes, address: Address, content: bytes) -> bytes:
    signed = b"file" + address.value.encode() + b"\0" + content
    return hmac.digest(key, signed, hashlib.sha256)[:SIGNATURE_BYTES]
