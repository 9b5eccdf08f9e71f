"""What a short message carries: its user data without header, its alphabet, and its place in a long message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.sms.settings import OperatorSettings, SmsSettings
from channels.sms.text import alphabet
from channels.sms.text.header import HAS_HEADER, Concatenation, read_header
from channels.sms.wire.pdu import Malformed, ShortMessage, Tlv, read_message
from core.model.secret import Secret

UNKNOWN_OPERATOR: Final = OperatorSettings(
    name="unknown", host="unknown", system_id="unknown", password=Secret("unknown")
)


@dataclass(frozen=True, slots=True)
class Content:
    """``octets`` in ``alphabet``. ``is_national``: phones would show some characters by a national language table."""

    octets: bytes = field(repr=False)
    alphabet: str
    concatenation: Concatenation | None = None
    is_national: bool = False

    @property
    def text(self) -> str:
        """The octets as text, cleaned."""
        return alphabet.decode(self.octets, self.alphabet)


def read_content(message: ShortMessage, *, operator: OperatorSettings) -> Content:
    """Take the message apart. A header that does not parse is left in the text: nothing a citizen wrote is cut away."""
    octets, found = message.octets, alphabet.find_alphabet(message.data_coding, operator)
    if message.esm_class & HAS_HEADER:
        header = read_header(octets)
        if header is not None:
            piece = header.concatenation or read_sar(message)
            return Content(octets[header.length :], found, sound(piece), header.is_national)
    return Content(octets, found, sound(read_sar(message)) if message.tlvs else None)


def sound(piece: Concatenation | None) -> Concatenation | None:
    """Numbers that cannot be (piece 0, piece 4 of 3, of 0) make a message of its own rather than a lost one."""
    return piece if piece is not None and piece.is_sound else None


def read_sar(message: ShortMessage) -> Concatenation | None:
    """The place in a long message as the three SAR parameters give it (SMPP 3.4 §5.3.2.22 to 24)."""
    tlvs = message.tlvs
    if Tlv.SAR_MSG_REF_NUM not in tlvs:
        return None
    given = (tlvs[Tlv.SAR_MSG_REF_NUM], tlvs.get(Tlv.SAR_TOTAL_SEGMENTS, b""), tlvs.get(Tlv.SAR_SEGMENT_SEQNUM, b""))
    reference, total, number = (int.from_bytes(value, "big") for value in given)
    return Concatenation("sar", reference, total, number)


def wrap_raw(operator: str, pdu: bytes) -> bytes:
    """What is kept as ``Inbound.raw``: the operator's name, by which its alphabets are found again, a NUL, the PDU."""
    return operator.encode() + b"\0" + pdu


def unwrap_raw(raw: bytes) -> tuple[str, bytes]:
    """The operator's name, empty for a bare PDU (whose first octet is always 0), and the PDU."""
    name, _, pdu = raw.partition(b"\0")
    return (name.decode("ascii", "replace"), pdu) if name else ("", raw)


def read_text(raws: Sequence[bytes | None], settings: SmsSettings) -> str:
    """The text of a message from its raw pieces, in order.

    Octets are joined before they are decoded, so that a surrogate pair or an escape that a phone cut in two is whole
    again. A piece that never came, or that cannot be read, is marked where it belongs.
    """
    operators = {operator.name: operator for operator in settings.operators}
    contents = [None if raw is None else _read_raw(raw, operators) for raw in raws]
    if contents == [None] and raws != [None]:
        return ""
    return alphabet.clean("".join(_join(contents)))


def _read_raw(raw: bytes, operators: dict[str, OperatorSettings]) -> Content | None:
    name, pdu = unwrap_raw(raw)
    try:
        return read_content(read_message(pdu), operator=operators.get(name, UNKNOWN_OPERATOR))
    except Malformed:
        return None


def _join(contents: Iterable[Content | None]) -> Iterable[str]:
    """Runs of the same alphabet are decoded together."""
    run, of = b"", ""
    for number, content in enumerate(contents, 1):
        if content is not None and content.alphabet == of:
            run += content.octets
            continue
        yield alphabet.decode(run, of) if run else ""
        run, of = (content.octets, content.alphabet) if content is not None else (b"", "")
        if content is None:
            yield f" [bagian {number} hilang] "
    yield alphabet.decode(run, of) if run else ""
