"""``Content-Type`` and ``Content-Disposition``: a value and its parameters (RFC 2045 §5.1, RFC 2231)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from channels.email.letter.charsets import decode
from channels.email.letter.headers.encoded import decode_words

# What stands between two semicolons; a quote that is never closed hides none.
SEGMENT: Final = re.compile(rb";((?:[^;\"\\]++|\\.|\"(?:[^\"\\]++|\\.)*+\"|[\"\\])*+)", re.DOTALL)
QUOTED: Final = re.compile(rb"\"((?:[^\"\\]++|\\.)*+)\"", re.DOTALL)
NUMBERED: Final = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*?)")
VALUE: Final = re.compile(rb"[^;]*")
KIND: Final = re.compile(r"\s*([\w!#$&^.+-]+)\s*/\s*([\w!#$&^.+*-]+)")
ESCAPED: Final = re.compile(rb"\\([\"\\])")


@dataclass(frozen=True, slots=True)
class Described:
    """``value`` in lower case, without comments; parameters by name in lower case, decoded."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    coded: bool
    octets: bytes = field(repr=False)


def read_described(raw: bytes, charset: str = "") -> Described:
    """``attachment; filename*=utf-8''a%20b`` → ``attachment`` and ``{"filename": "a b"}``."""
    value = VALUE.match(raw)
    main = value[0] if value else b""
    if b";" not in raw:
        return Described(_plain(main))
    segments: dict[str, list[_Segment]] = {}
    for match in SEGMENT.finditer(raw, len(main)):
        label, _, written = match[1].partition(b"=")
        name = NUMBERED.fullmatch(label.strip().decode("ascii", "replace").casefold())
        if name is not None:
            segment = _Segment(int(name[2] or -1), bool(name[3]), _unquoted(written.strip()))
            segments.setdefault(name[1], []).append(segment)
    return Described(_plain(main), {name: _joined(found, charset) for name, found in segments.items()})


def _unquoted(written: bytes) -> bytes:
    quoted = QUOTED.match(written)
    return ESCAPED.sub(rb"\1", quoted[1]) if quoted else written.strip(b'" \t')


def read_kind(raw: bytes) -> str:
    """``Text/HTML`` → ``text/html``; empty for what is no content type."""
    match = KIND.match(_plain(VALUE.match(raw)[0] if raw else b""))  # type: ignore[index]
    return f"{match[1]}/{match[2]}" if match else ""


def _plain(main: bytes) -> str:
    return main.split(b"(")[0].strip(b" \t\r\n\"'").decode("ascii", "replace").casefold()


def _joined(segments: list[_Segment], charset: str) -> str:
    """Extended values go before plain ones of the same name (RFC 5987 §4.2), the first of several before later ones."""
    pieces = sorted((one for one in segments if one.number >= 0), key=lambda one: one.number)
    whole = [one for one in segments if one.number < 0]
    whole.sort(key=lambda one: not one.coded)
    if whole and (whole[0].coded or not pieces):
        pieces = whole[:1]
    if not pieces[0].coded:
        return decode_words(b"".join(_uncoded(one) for one in pieces), charset)
    label, octets = _label(pieces[0].octets)
    rest = b"".join(_uncoded(one) for one in pieces[1:])
    return decode(unquote_to_bytes(octets) + rest, label or charset, guessing=False)


def _uncoded(segment: _Segment) -> bytes:
    return unquote_to_bytes(segment.octets) if segment.coded else segment.octets


def _label(octets: bytes) -> tuple[str, bytes]:
    """``utf-8'id'name`` → the charset and what is left; without two quotes all of it is the value."""
    parts = octets.split(b"'", 2)
    return (parts[0].decode("ascii", "replace"), parts[2]) if len(parts) == 3 else ("", octets)
