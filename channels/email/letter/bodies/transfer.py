"""Transfer encodings (RFC 2045 §6) and uuencoded files, however broken. Linear."""

import binascii
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BLANKS: Final = b" \t\r\n"
FOREIGN: Final = bytes(octet for octet in range(256) if octet not in ALPHABET)
SOFT_BREAK: Final = re.compile(rb"=[ \t]+(?=\r?\n)")
UUENCODED: Final = re.compile(
    rb"^begin [0-7]{3,4} (?P<name>[^\r\n]{1,255})\r?\n(?P<lines>(?:[ -`]{0,90}\r?\n)*+)end[ \t]*\r?(?:\n|\Z)"
    rb"|^begin-base64 [0-7]{3,4} (?P<name64>[^\r\n]{1,255})\r?\n(?P<lines64>(?:[A-Za-z0-9+/=]{0,90}\r?\n)*?)"
    rb"====[ \t]*\r?(?:\n|\Z)",
    re.MULTILINE,
)
MOST_ENCLOSED: Final = 100
MOST_PIECES: Final = 1000


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file inside a text."""

    name: bytes = field(repr=False)
    content: bytes = field(repr=False)


LAST_LINE: Final = 16
"""Octets at the end among which padding and blanks may stand."""

WELL_FORMED: Final = 0.96
"""The share of letters: with lines of 60 and their ends it is 0.967."""


def decode_transfer(body: bytes, encoding: bytes) -> bytes:
    """The octets that were sent. An encoding that is none leaves them as they are."""
    name = encoding.strip(b" \t\"';:").lower().replace(b" ", b"-")
    if name.startswith((b"base64", b"base-64", b"b64")):
        return _base64(body)
    if name.startswith((b"quoted", b"qp")):
        return binascii.a2b_qp(SOFT_BREAK.sub(b"=", body))
    if name in {b"x-uuencode", b"uuencode", b"x-uue", b"uue"}:
        _, files = split_uuencoded(body)
        return files[0].content if files else body
    return body


def _base64(body: bytes) -> bytes:
    """Junk between the letters is left out; what is mostly junk was never encoded. Padding ends a piece only."""
    plain = _well_formed(body)
    if plain is not None:
        return plain
    letters = body.translate(None, BLANKS)
    junk = len(letters.translate(None, ALPHABET + b"="))
    if (junk + body.count(b" ")) * 8 > len(letters):
        return body
    core = letters.rstrip(b"=")
    if junk:
        core = core.translate(None, bytes(set(FOREIGN) - set(b"=")))
    if b"=" not in core:
        return _plain_base64(core)
    *pieces, last = core.split(b"=", MOST_PIECES)
    return b"".join(_plain_base64(piece) for piece in (*pieces, last.replace(b"=", b"")) if piece)


def _well_formed(body: bytes) -> bytes | None:
    """Decoded in one pass: nearly all of it letters, with padding at its end alone; None for anything else."""
    if body.find(b"=", 0, len(body) - LAST_LINE) >= 0:
        return None
    try:
        plain = binascii.a2b_base64(body)
    except binascii.Error:
        return None
    return plain if len(plain) * 4 >= len(body) * 3 * WELL_FORMED else None


def _plain_base64(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def split_uuencoded(body: bytes) -> tuple[bytes, tuple[Enclosed, ...]]:
    """The text without its uuencoded files, and the files. What has no end, or is no code, stays text."""
    if b"begin" not in body:
        return body, ()
    kept: list[bytes] = []
    files: list[Enclosed] = []
    at = 0
    for found in islice(UUENCODED.finditer(body), MOST_ENCLOSED):
        kept.append(body[at : found.start()])
        at = found.end()
        if found["name"] is not None:
            files.append(Enclosed(found["name"].strip(), _uudecoded(found["lines"])))
        else:
            files.append(Enclosed(found["name64"].strip(), _base64(found["lines64"])))
    return b"".join([*kept, body[at:]]), tuple(files)


def _uudecoded(lines: bytes) -> bytes:
    """Each line tells its length first; blanks that were lost at its end are given back, what stands behind is left."""
    pieces = []
    for line in lines.splitlines():
        if line:
            count = (line[0] - 32) & 63
            letters = -(-count * 4 // 3)
            pieces.append(binascii.a2b_uu(line[: 1 + letters].ljust(1 + letters)))
    return b"".join(pieces)
