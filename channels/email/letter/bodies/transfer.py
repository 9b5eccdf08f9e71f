"""Transfer encodings (RFC 2045 §6) and uuencoded files, however broken. Linear."""

import binascii
import re
from dataclasses import dataclass, field
from typing import Final

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BLANKS: Final = b" \t\r\n"
FOREIGN: Final = bytes(octet for octet in range(256) if octet not in ALPHABET)
SOFT_BREAK: Final = re.compile(rb"=[ \t]+(?=\r?\n)")
UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
UU_END: Final = re.compile(rb"^(?:`?\r?\n)?(?:end|====)[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
UU_LINE: Final = re.compile(rb"[ -`]{1,90}")
MOST_UU_FILES: Final = 100


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file inside a text."""

    name: bytes = field(repr=False)
    content: bytes = field(repr=False)


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
    letters = body.translate(None, BLANKS)
    junk = len(letters.translate(None, ALPHABET + b"="))
    if junk * 8 > len(letters):
        return body
    core = letters.rstrip(b"=")
    if junk:
        core = core.translate(None, bytes(set(FOREIGN) - set(b"=")))
    if b"=" not in core:
        return _plain_base64(core)
    return b"".join(_plain_base64(piece) for piece in core.split(b"=") if piece)


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
    while len(files) < MOST_UU_FILES and (begin := UU_BEGIN.search(body, at)):
        end = UU_END.search(body, begin.end())
        if end is None:
            break
        content = _uudecoded(body[begin.end() : end.start()], in_base64=b"-base64" in begin[0])
        if content is None:
            kept.append(body[at : begin.end()])
            at = begin.end()
            continue
        kept.append(body[at : begin.start()])
        files.append(Enclosed(begin[1].strip(), content))
        at = end.end()
    return b"".join([*kept, body[at:]]), tuple(files)


def _uudecoded(lines: bytes, *, in_base64: bool) -> bytes | None:
    """None where a line is no uuencoded one."""
    if in_base64:
        return _base64(lines)
    pieces = []
    for line in lines.splitlines():
        if line and not UU_LINE.fullmatch(line):
            return None
        if line:
            length = (line[0] - 32) & 63
            padded = line[: 1 + (length + 2) // 3 * 4].ljust(1 + (length + 2) // 3 * 4)
            pieces.append(binascii.a2b_uu(padded))
    return b"".join(pieces)
