"""From a text to the segments of a reply: GSM-7 whenever possible, cut only between characters a person sees."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from channels.sms.text import gsm
from channels.sms.text.graphemes import graphemes
from channels.sms.text.header import HAS_HEADER, Concatenation, write_header

DEFAULT_ALPHABET: Final = 0
UCS2: Final = 8


@dataclass(frozen=True, slots=True)
class Alphabet:
    """A way to write a text: its data_coding and how many octets stand in a whole message and in one of several."""

    data_coding: int
    encode: Callable[[str], bytes]
    whole: int
    piece: int


# A segment has 140 octets and the header of a piece takes 6: that leaves 160 and 153 septets (each in an octet of its
# own on the wire), 70 and 67 UTF-16 units. The header has the 8-bit reference, which every phone understands.
GSM_7: Final = Alphabet(DEFAULT_ALPHABET, gsm.encode, 160, 153)
UTF_16: Final = Alphabet(UCS2, lambda text: text.encode("utf-16-be", "replace"), 140, 134)


@dataclass(frozen=True, slots=True)
class Segment:
    """One submit_sm's worth of a reply: octets with their header, and how to label them."""

    octets: bytes
    data_coding: int
    esm_class: int


def count_segments(text: str) -> int:
    """How many segments ``text`` takes; 0 for an empty one."""
    alphabet, written = _choose(text)
    return len(_cut(written, alphabet))


def write_segments(text: str, *, reply_id: str) -> tuple[Segment, ...]:
    """The segments of ``text``. Their reference comes from ``reply_id``: a later attempt completes an earlier one."""
    alphabet, written = _choose(text)
    pieces = _cut(written, alphabet)
    if len(pieces) <= 1:
        return tuple(Segment(piece, alphabet.data_coding, 0) for piece in pieces)
    reference = hashlib.blake2b(reply_id.encode(), digest_size=1).digest()[0]
    headers = (write_header(Concatenation("udh8", reference, len(pieces), n)) for n in range(1, len(pieces) + 1))
    return tuple(
        Segment(header + piece, alphabet.data_coding, HAS_HEADER) for header, piece in zip(headers, pieces, strict=True)
    )


def _choose(text: str) -> tuple[Alphabet, str]:
    """GSM where it has all characters once typography is plain; a text that needs UTF-16 keeps its typography."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    plain = gsm.plain(text)
    return (GSM_7, plain) if gsm.is_encodable(plain) else (UTF_16, text)


def _cut(text: str, alphabet: Alphabet) -> list[bytes]:
    octets = alphabet.encode(text)
    if len(octets) <= alphabet.whole:
        return [octets] if octets else []
    return list(_fill(_clusters(text, alphabet), alphabet.piece))


def _clusters(text: str, alphabet: Alphabet) -> Iterator[bytes]:
    """The text's characters in octets; one longer than a segment has to be cut after all, between code points."""
    for cluster in graphemes(text):
        octets = alphabet.encode(cluster)
        if len(octets) <= alphabet.piece:
            yield octets
        else:
            yield from map(alphabet.encode, cluster)


def _fill(clusters: Iterable[bytes], size: int) -> Iterator[bytes]:
    piece = bytearray()
    for octets in clusters:
        if len(piece) + len(octets) > size:
            yield bytes(piece)
            piece.clear()
        piece += octets
    yield bytes(piece)
