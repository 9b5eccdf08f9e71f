"""PDUs as they come in (SMPP 3.4 §4): cut from the stream, and decoded."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

HEADER: Final = struct.Struct(">IIII")
MIN_LENGTH: Final = 16
MAX_LENGTH: Final = 70_000
RESPONSE: Final = 0x8000_0000


class Command:
    """The command ids that are spoken here (SMPP 3.4 §5.1.2.1)."""

    GENERIC_NACK: Final = 0x8000_0000
    BIND_RECEIVER: Final = 0x01
    BIND_TRANSMITTER: Final = 0x02
    SUBMIT_SM: Final = 0x04
    SUBMIT_SM_RESP: Final = 0x8000_0004
    DELIVER_SM: Final = 0x05
    DELIVER_SM_RESP: Final = 0x8000_0005
    UNBIND: Final = 0x06
    UNBIND_RESP: Final = 0x8000_0006
    BIND_TRANSCEIVER: Final = 0x09
    ENQUIRE_LINK: Final = 0x15
    ENQUIRE_LINK_RESP: Final = 0x8000_0015
    ALERT_NOTIFICATION: Final = 0x102
    DATA_SM: Final = 0x103


class Tlv:
    """The optional parameters that are read (SMPP 3.4 §5.3.2)."""

    RECEIPTED_MESSAGE_ID: Final = 0x001E
    SAR_MSG_REF_NUM: Final = 0x020C
    SAR_TOTAL_SEGMENTS: Final = 0x020E
    SAR_SEGMENT_SEQNUM: Final = 0x020F
    MESSAGE_PAYLOAD: Final = 0x0424
    MESSAGE_STATE: Final = 0x0427


class BadFrame(Exception):
    """A length that no PDU has: the stream cannot be trusted any more. Says the length alone."""


class Malformed(Exception):
    """A PDU whose body does not hold what it announces."""


class ShortMessage(msgspec.Struct, frozen=True, gc=False):
    """A deliver_sm, data_sm or submit_sm. Addresses are Latin-1; ``tlvs`` are raw, by tag."""

    source_ton: int
    source_npi: int
    source: str
    dest_ton: int
    dest_npi: int
    destination: str
    esm_class: int
    registered_delivery: int
    data_coding: int
    short_message: bytes
    tlvs: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"ShortMessage(esm_class={self.esm_class}, data_coding={self.data_coding}, ***)"

    @property
    def octets(self) -> bytes:
        """The user data: ``short_message`` or ``message_payload``; both, where an SMSC put different words in both."""
        payload = self.tlvs.get(Tlv.MESSAGE_PAYLOAD, b"")
        if payload.startswith(self.short_message):
            return payload
        return self.short_message + payload


def cut_frames(buffer: bytearray) -> Iterator[bytes]:
    """Take the complete PDUs off the front of ``buffer``. Raises BadFrame, after those before the bad length."""
    start, size = 0, len(buffer)
    try:
        while size - start >= MIN_LENGTH:
            length = int.from_bytes(buffer[start : start + 4], "big")
            if not MIN_LENGTH <= length <= MAX_LENGTH:
                raise BadFrame(f"command_length {length}")
            if size - start < length:
                return
            yield bytes(buffer[start : start + length])
            start += length
    finally:
        del buffer[:start]


def read_message(raw: bytes) -> ShortMessage:
    """Decode a whole deliver_sm, data_sm or submit_sm. Raises Malformed."""
    try:
        return _read_data(raw) if raw[4:8] == b"\x00\x00\x01\x03" else _read_short(raw)
    except (IndexError, ValueError) as error:
        raise Malformed("a field runs over the end") from error


def _read_short(raw: bytes) -> ShortMessage:
    source = raw.index(0, 16) + 1
    source_end = raw.index(0, source + 2)
    destination = source_end + 1
    destination_end = raw.index(0, destination + 2)
    schedule_end = raw.index(0, destination_end + 4)
    at = raw.index(0, schedule_end + 1) + 1
    start = at + 5
    end = start + raw[at + 4]
    if end > len(raw):
        raise Malformed("sm_length runs over the end")
    return ShortMessage(
        raw[source],
        raw[source + 1],
        raw[source + 2 : source_end].decode("latin-1"),
        raw[destination],
        raw[destination + 1],
        raw[destination + 2 : destination_end].decode("latin-1"),
        raw[destination_end + 1],
        raw[at],
        raw[at + 2],
        raw[start:end],
        read_tlvs(raw, start=end, tolerant=end > start) if end < len(raw) else {},
    )


def _read_data(raw: bytes) -> ShortMessage:
    source = raw.index(0, 16) + 1
    source_end = raw.index(0, source + 2)
    destination = source_end + 1
    destination_end = raw.index(0, destination + 2)
    return ShortMessage(
        raw[source],
        raw[source + 1],
        raw[source + 2 : source_end].decode("latin-1"),
        raw[destination],
        raw[destination + 1],
        raw[destination + 2 : destination_end].decode("latin-1"),
        raw[destination_end + 1],
        raw[destination_end + 2],
        raw[destination_end + 3],
        b"",
        read_tlvs(raw, start=destination_end + 4, tolerant=False),
    )


def read_tlvs(raw: bytes, *, start: int, tolerant: bool) -> dict[int, bytes]:
    """The optional parameters from ``start`` on.

    What does not parse at the end is left out where ``tolerant``: the text stands elsewhere, and some SMSCs pad.
    Otherwise it might be the text itself: raises Malformed.
    """
    found: dict[int, bytes] = {}
    size = len(raw)
    while size - start >= 4:
        value = start + 4
        end = value + (raw[start + 2] << 8 | raw[start + 3])
        if end > size:
            break
        found[raw[start] << 8 | raw[start + 1]] = raw[value:end]
        start = end
    if start < size and not tolerant:
        raise Malformed("an optional parameter runs over the end")
    return found


def read_text_field(raw: bytes) -> str:
    """The C-string right after the header (system_id, message_id); empty where the body is missing, as in errors."""
    return raw[16:].split(b"\0", 1)[0].decode("latin-1")


def pack(command: int, *, status: int = 0, sequence: int, body: bytes = b"") -> bytes:
    """A PDU of its parts."""
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def pack_answer(command: int, *, status: int, sequence: int) -> bytes:
    """deliver_sm_resp or data_sm_resp for a request ``command``: their message_id is unused and empty (§4.6.2)."""
    return HEADER.pack(17, command | RESPONSE, status, sequence) + b"\0"
