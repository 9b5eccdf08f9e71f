"""The words inside an opaque S/MIME signature (RFC 5652 §5): they are wrapped, not encrypted."""

from typing import Final

SIGNED: Final = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
SEQUENCE, SET, INTEGER, OCTETS, PIECES, CONTENT = 0x30, 0x31, 0x02, 0x04, 0x24, 0xA0
DEEPEST: Final = 12


class NotSigned(Exception):
    """It is no signature with its content inside, or it breaks off."""


def unwrap(wrapped: bytes) -> bytes:
    """What was signed. Raises NotSigned. Nothing is verified."""
    try:
        info, _ = _inside(wrapped, 0, SEQUENCE)
        if not wrapped.startswith(SIGNED, info):
            raise NotSigned
        at, _ = _inside(wrapped, info + len(SIGNED), CONTENT)
        at, _ = _inside(wrapped, at, SEQUENCE)
        at = _behind(wrapped, _behind(wrapped, at, INTEGER), SET)
        at, _ = _inside(wrapped, at, SEQUENCE)
        at, _ = _inside(wrapped, _behind(wrapped, at, 0x06), CONTENT)
        return _octets(wrapped, at)
    except IndexError as error:
        raise NotSigned from error


def _octets(wrapped: bytes, at: int) -> bytes:
    """An octet string, whole or in pieces (X.690 §8.7)."""
    if wrapped[at] == OCTETS:
        start, end = _inside(wrapped, at, OCTETS)
        return wrapped[start:end]
    at, end = _inside(wrapped, at, PIECES)
    pieces = []
    while at < end:
        start, stop = _inside(wrapped, at, OCTETS)
        pieces.append(wrapped[start:stop])
        at = stop
    return b"".join(pieces)


def _inside(wrapped: bytes, at: int, tag: int) -> tuple[int, int]:
    """Where the value of the element at ``at`` begins and ends."""
    if wrapped[at] != tag:
        raise NotSigned
    _, start, end, _ = _element(wrapped, at, 0)
    return start, end


def _behind(wrapped: bytes, at: int, tag: int) -> int:
    if wrapped[at] != tag:
        raise NotSigned
    return _element(wrapped, at, 0)[3]


def _element(wrapped: bytes, at: int, depth: int) -> tuple[int, int, int, int]:
    """Tag, beginning and end of the value, and what follows (X.690 §8.1); some lengths are told by an end mark only."""
    tag, length = wrapped[at], wrapped[at + 1]
    start = at + 2
    if length < 0x80:
        end = start + length
    elif length == 0x80:
        end = _end_mark(wrapped, start, depth + 1)
        return tag, start, end, end + 2
    else:
        start += length & 0x7F
        end = start + int.from_bytes(wrapped[at + 2 : start], "big")
    if end > len(wrapped):
        raise NotSigned
    return tag, start, end, end


def _end_mark(wrapped: bytes, at: int, depth: int) -> int:
    if depth > DEEPEST:
        raise NotSigned
    while wrapped[at : at + 2] != b"\x00\x00":
        at = _element(wrapped, at, depth)[3]
    return at
