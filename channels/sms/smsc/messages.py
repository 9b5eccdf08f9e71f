"""The bodies of PDUs as an SMSC makes them: messages of phones, whole or in pieces, and receipts. Pure."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from channels.sms.text import gsm
from channels.sms.text.header import HAS_HEADER, Concatenation, read_header, write_header
from channels.sms.wire.pdu import ShortMessage, Tlv

Way = Literal["udh8", "udh16", "sar", "payload"]
UCS2: Final = 8
STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8}


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit_sm as the SMSC got it, and the id it answered with (empty where it was refused or not answered)."""

    account: str
    message: ShortMessage = field(repr=False)
    id: str = ""

    @property
    def header_length(self) -> int:
        """Octets of the user data header."""
        header = read_header(self.message.octets) if self.message.esm_class & HAS_HEADER else None
        return header.length if header else 0

    @property
    def text(self) -> str:
        """The text of this segment as a phone shows it."""
        octets = self.message.octets[self.header_length :]
        return octets.decode("utf-16-be") if self.message.data_coding == UCS2 else gsm.decode(octets)


def tlv(tag: int, value: bytes) -> bytes:
    """One optional parameter."""
    return struct.pack(">HH", tag, len(value)) + value


def message_body(
    sender: str,
    octets: bytes,
    *,
    to: str = "1708",
    data_coding: int = 0,
    esm_class: int = 0,
    tlvs: bytes = b"",
    ton: int = 1,
) -> bytes:
    """The body of a deliver_sm; ``octets`` has at most 255."""
    return b"".join(
        (
            b"\0",
            bytes([ton, 1]) + sender.encode("latin-1") + b"\0",
            b"\x03\x00" + to.encode("latin-1") + b"\0",
            bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, data_coding, 0, len(octets)]),
            octets,
            tlvs,
        )
    )


def encode_text(text: str) -> tuple[bytes, int]:
    """Octets and data_coding, as a phone chooses them."""
    if gsm.is_encodable(text):
        return gsm.encode(text), 0
    return text.encode("utf-16-be"), UCS2


def long_bodies(sender: str, text: str, *, by: Way, reference: int, to: str = "1708") -> list[bytes]:
    """The bodies of a long message, cut where a piece is full as phones do, even inside a character."""
    octets, data_coding = encode_text(text)
    if by == "payload":
        return [message_body(sender, b"", to=to, data_coding=data_coding, tlvs=tlv(Tlv.MESSAGE_PAYLOAD, octets))]
    size = 134 if data_coding == UCS2 else 153
    cut = [octets[at : at + size] for at in range(0, len(octets), size)]
    places = _places(by, reference, len(cut))
    return [
        _piece_body(sender, piece, place, to=to, data_coding=data_coding)
        for piece, place in zip(cut, places, strict=True)
    ]


def _places(by: Way, reference: int, total: int) -> Iterator[Concatenation]:
    return (Concatenation(by, reference, total, number) for number in range(1, total + 1))


def _piece_body(sender: str, octets: bytes, place: Concatenation, *, to: str, data_coding: int) -> bytes:
    if place.kind != "sar":
        octets = write_header(place) + octets
        return message_body(sender, octets, to=to, data_coding=data_coding, esm_class=HAS_HEADER)
    tlvs = (
        tlv(Tlv.SAR_MSG_REF_NUM, struct.pack(">H", place.reference))
        + tlv(Tlv.SAR_TOTAL_SEGMENTS, bytes([place.total]))
        + tlv(Tlv.SAR_SEGMENT_SEQNUM, bytes([place.number]))
    )
    return message_body(sender, octets, to=to, data_coding=data_coding, tlvs=tlvs)


def receipt_body(
    submitted: Submitted, *, text_id: str, stat: str, at: datetime, with_tlvs: bool, esm_class: int = 4
) -> bytes:
    """A delivery receipt (SMPP 3.4 appendix B) for a submitted message, back from its receiver to its sender."""
    date = at.strftime("%y%m%d%H%M")
    good = "001" if stat == "DELIVRD" else "000"
    words: Sequence[str] = (
        f"id:{text_id} sub:001 dlvrd:{good}",
        f"submit date:{date} done date:{date}",
        f"stat:{stat} err:000 text:{submitted.text[:20]}",
    )
    tlvs = tlv(Tlv.RECEIPTED_MESSAGE_ID, submitted.id.encode() + b"\0") + tlv(
        Tlv.MESSAGE_STATE, bytes([STATES.get(stat, 7)])
    )
    message = submitted.message
    octets, data_coding = " ".join(words).encode("latin-1", "replace"), 0
    return message_body(
        message.destination,
        octets,
        to=message.source,
        data_coding=data_coding,
        esm_class=esm_class,
        tlvs=tlvs if with_tlvs else b"",
    )
