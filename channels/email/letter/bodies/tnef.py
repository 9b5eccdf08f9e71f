"""Microsoft's ``winmail.dat`` (MS-OXTNEF): the files in it and its plain text. Bounded and linear.

A formatted body alone (compressed RTF) is not read; then the whole is kept as a file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from channels.email.letter.charsets import decode

SIGNATURE: Final = 0x223E9F78
MOST_FILES: Final = 100
MOST_PROPERTIES: Final = 2000

# MS-OXTNEF §2.1.3.2: attributes.
BODY: Final = 0x0002800C
CODE_PAGE: Final = 0x00069007
MESSAGE_PROPERTIES: Final = 0x00069003
FILE_BEGINS: Final = 0x00069002
FILE_TITLE: Final = 0x00018010
FILE_CONTENT: Final = 0x0006800F
FILE_PROPERTIES: Final = 0x00069005

# MS-OXPROPS: properties.
PLAIN_BODY: Final = 0x1000
HTML_BODY: Final = 0x1013
RTF_BODY: Final = 0x1009
LONG_NAME: Final = 0x3707
SHORT_NAME: Final = 0x3704
DISPLAY_NAME: Final = 0x3001
MIME_TYPE: Final = 0x370E
OBJECT: Final = 0x3701

STRING8, UNICODE, BINARY, OBJECT_TYPE = 0x1E, 0x1F, 0x102, 0x0D
FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}


class NotTnef(Exception):
    """It is none, or it is cut off in a way that leaves nothing."""


@dataclass(slots=True)
class PackedFile:
    """``kind`` is the type it was declared to be."""

    name: str = field(default="", repr=False)
    kind: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Packed:
    """``formatted``: there is a body that is not in ``text`` or ``html``."""

    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    formatted: bool = False
    files: list[PackedFile] = field(default_factory=list)


def read_tnef(content: bytes) -> Packed:
    """What is in it. Raises NotTnef; one that breaks off later gives what came before."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        raise NotTnef
    packed, code_page = Packed(), "cp1252"
    for attribute, value in _attributes(content):
        if attribute == CODE_PAGE and len(value) >= 4:
            code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == BODY:
            packed.text = packed.text or _string(value, code_page)
        elif attribute == MESSAGE_PROPERTIES:
            _take_bodies(packed, value, code_page)
        elif attribute == FILE_BEGINS and len(packed.files) < MOST_FILES:
            packed.files.append(PackedFile())
        elif packed.files:
            _take_file(packed.files[-1], attribute, value, code_page)
    packed.files = [file for file in packed.files if file.content]
    return packed


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """MS-OXTNEF §2.1.3.1: level, id, length, value, checksum."""
    at = 6
    while at + 9 <= len(content):
        _, attribute, length = struct.unpack_from("<BII", content, at)
        at += 9
        if at + length > len(content):
            return
        yield attribute, content[at : at + length]
        at += length + 2


def _take_bodies(packed: Packed, value: bytes, code_page: str) -> None:
    for name, kind, found in _properties(value):
        if name == PLAIN_BODY:
            packed.text = packed.text or _typed(found, kind, code_page)
        elif name == HTML_BODY:
            packed.html = decode(found, code_page) if kind == BINARY else _typed(found, kind, code_page)
        elif name == RTF_BODY:
            packed.formatted = True


def _take_file(file: PackedFile, attribute: int, value: bytes, code_page: str) -> None:
    if attribute == FILE_TITLE:
        file.name = file.name or _string(value, code_page)
    elif attribute == FILE_CONTENT:
        file.content = value
    elif attribute == FILE_PROPERTIES:
        found = {name: (kind, octets) for name, kind, octets in _properties(value)}
        for name in (LONG_NAME, SHORT_NAME, DISPLAY_NAME):
            if name in found:
                file.name = _typed(found[name][1], found[name][0], code_page) or file.name
                break
        if MIME_TYPE in found:
            file.kind = _typed(found[MIME_TYPE][1], found[MIME_TYPE][0], code_page)
        if OBJECT in found and not file.content:
            # MS-OXTNEF §2.1.3.4: an embedded object begins with the 16 octets of its interface.
            file.content = found[OBJECT][1][16:] if found[OBJECT][0] == OBJECT_TYPE else found[OBJECT][1]


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Id, type and first value of each, as far as they can be followed (MS-OXTNEF §2.1.3.4)."""
    at = 4
    try:
        for _ in range(min(struct.unpack_from("<I", value)[0], MOST_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", value, at)
            at += 4
            if name >= 0x8000:
                at = _after_name(value, at)
            found, at = _values(value, at, kind)
            yield name, kind & 0xFFF, found
    except (struct.error, KeyError):
        return


def _after_name(value: bytes, at: int) -> int:
    """A named property: 16 octets of its set, then a number or a name."""
    at += 16
    by_name, length = struct.unpack_from("<II", value, at)
    return at + 8 + (-(-length // 4) * 4 if by_name else 0)


def _values(value: bytes, at: int, kind: int) -> tuple[bytes, int]:
    several, kind = kind & 0x1000, kind & 0xFFF
    varies = kind in {STRING8, UNICODE, BINARY, OBJECT_TYPE}
    count = 1
    if several or varies:
        (count,) = struct.unpack_from("<I", value, at)
        at += 4
    first = b""
    for number in range(min(count, MOST_PROPERTIES)):
        if varies:
            (length,) = struct.unpack_from("<I", value, at)
            at += 4
        else:
            length = FIXED[kind]
        first = value[at : at + length] if number == 0 else first
        at += -(-length // 4) * 4
    return first, at


def _typed(octets: bytes, kind: int, code_page: str) -> str:
    return _string(octets, "utf-16-le" if kind == UNICODE else code_page)


def _string(octets: bytes, charset: str) -> str:
    return decode(octets, charset, guessing=False).split("\x00")[0]
