"""The user data header of a short message (3GPP TS 23.040 §9.2.3.24): which long message it is a piece of."""

from dataclasses import dataclass
from typing import Final

HAS_HEADER: Final = 0x40
"""The bit of esm_class that says so (SMPP 3.4 §5.2.12)."""

CONCATENATION_8: Final = 0x00
CONCATENATION_16: Final = 0x08
NATIONAL_TABLES: Final = (0x24, 0x25)
USUAL: Final = bytes([5, CONCATENATION_8, 3])
"""Almost every piece of a long message begins so; it is read first because thousands come in a second."""


@dataclass(frozen=True, slots=True)
class Concatenation:
    """One piece of a long message. ``kind``: how the reference came; pieces of two kinds never belong together."""

    kind: str
    reference: int
    total: int
    number: int

    @property
    def is_sound(self) -> bool:
        """Whether the numbers can be those of a piece; a message of one piece is whole."""
        return 1 <= self.number <= self.total and self.total > 1


@dataclass(frozen=True, slots=True)
class Header:
    """A header that parsed: its length with the length octet, and what it says."""

    length: int
    concatenation: Concatenation | None = None
    is_national: bool = False


def read_header(octets: bytes) -> Header | None:
    """The header before the text, its elements in any order; None where it does not hold what it announces."""
    if octets[:3] == USUAL and len(octets) > 5:
        return Header(6, Concatenation("udh8", octets[3], octets[4], octets[5]))
    end = octets[0] + 1 if octets else 1
    if not 1 < end <= len(octets):
        return None
    concatenation, is_national, at = None, False, 1
    while at < end:
        if at + 2 > end or at + 2 + octets[at + 1] > end:
            return None
        kind, value = octets[at], octets[at + 2 : at + 2 + octets[at + 1]]
        concatenation = _concatenation(kind, value) or concatenation
        is_national = is_national or kind in NATIONAL_TABLES
        at += 2 + len(value)
    return Header(end, concatenation, is_national)


def _concatenation(kind: int, value: bytes) -> Concatenation | None:
    if kind == CONCATENATION_8 and len(value) == 3:
        return Concatenation("udh8", value[0], value[1], value[2])
    if kind == CONCATENATION_16 and len(value) == 4:
        return Concatenation("udh16", value[0] << 8 | value[1], value[2], value[3])
    return None


def write_header(piece: Concatenation) -> bytes:
    """The header for a piece whose ``kind`` is ``udh8`` or ``udh16``."""
    if piece.kind == "udh8":
        return bytes([5, CONCATENATION_8, 3, piece.reference, piece.total, piece.number])
    return bytes([6, CONCATENATION_16, 4, piece.reference >> 8, piece.reference & 0xFF, piece.total, piece.number])
