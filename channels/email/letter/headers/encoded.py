"""Encoded words in headers (RFC 2047), as they are really written. Linear in the header's length."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Final

from channels.email.letter.charsets import decode

START: Final = re.compile(rb"=\?([^?\s=()<>@,;:\"/\[\]]{1,60}|)\?([bBqQ])\?")
BETWEEN: Final = re.compile(rb"[ \t\r\n]*")
NOT_BASE64: Final = bytes(
    octet for octet in range(256) if not (chr(octet).isalnum() and octet < 128) and octet not in b"+/"
)
SPACES: Final = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Octets in one charset; ``encoded`` ones lose the blanks between them and may share a letter."""

    octets: bytes
    charset: str = ""
    encoded: bool = False


def decode_words(raw: bytes, charset: str = "") -> str:
    """A header's text. What is written in it without encoding is UTF-8, else in ``charset``, else Western.

    A letter whose octets stand in two neighbouring words is put together first (RFC 2047 §5 forbids, mailers do).
    """
    if raw.isascii() and b"=?" not in raw and b"\x1b" not in raw:
        return raw.decode("ascii")
    if b"=?" not in raw:
        return decode(raw, charset, guessing=False)
    told = [
        decode(b"".join(piece.octets for piece in pieces), key[1] or charset, guessing=False)
        for key, pieces in groupby(_pieces(raw), key=lambda piece: (piece.encoded, piece.charset))
    ]
    return "".join(told)


def one_line(text: str) -> str:
    """Folds and tabs become one blank each; no control characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return "".join(sign for sign in SPACES.sub(" ", text) if sign >= " ").strip()


def _pieces(raw: bytes) -> Iterator[_Piece]:
    starts = list(START.finditer(raw))
    shown = 0
    after_word = False
    for start, following in zip_longest(starts, starts[1:]):
        limit = following.start() + 1 if following else len(raw)
        end = raw.find(b"?=", start.end(), limit) if start.start() >= shown else -1
        if end < 0:
            continue
        between = raw[shown : start.start()]
        if between.strip(b" \t\r\n") or not after_word:
            yield _Piece(between)
        label = start[1].split(b"*")[0].decode("ascii", "replace").casefold()
        yield _Piece(_octets(raw[start.end() : end], start[2]), label, encoded=True)
        shown, after_word = end + 2, True
    yield _Piece(raw[shown:])


def _octets(text: bytes, encoding: bytes) -> bytes:
    if encoding in b"bB":
        letters = text.translate(None, NOT_BASE64)
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    return binascii.a2b_qp(text, header=True)
