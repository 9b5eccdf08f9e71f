"""From octets to text: which alphabet a data_coding means (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4) and how it is read."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from channels.sms.settings import OperatorSettings
from channels.sms.text import gsm

CODINGS: Final[Mapping[int, str]] = {
    2: "octets",
    3: "latin1",
    4: "octets",
    5: "shift_jis",
    6: "iso8859_5",
    7: "iso8859_8",
    8: "ucs2",
    0x0A: "iso2022_jp",
    0x0D: "euc_jp",
    0x0E: "euc_kr",
}
GROUP_ALPHABETS: Final = ("gsm", "octets", "ucs2", "gsm")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
NOT_ASCII_TEXT: Final = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


def find_alphabet(data_coding: int, operator: OperatorSettings) -> str:
    """The name of the alphabet that ``operator`` means; an unknown coding is taken for its default alphabet."""
    if data_coding == 0:
        return operator.data_coding_0
    if data_coding == 1:
        return "gsm_or_ascii" if operator.data_coding_1 == "auto" else operator.data_coding_1
    if data_coding < 0x10:
        return CODINGS.get(data_coding, operator.data_coding_0)
    return _of_group(data_coding) or operator.data_coding_0


def _of_group(data_coding: int) -> str:
    """The coding groups of TS 23.038 §4, which phones' messages keep through many SMSCs."""
    if data_coding >= 0xF0:
        return "octets" if data_coding & 0x04 else "gsm"
    if data_coding >= 0xE0:
        return "ucs2"
    if data_coding >= 0xC0:
        return "gsm"
    return GROUP_ALPHABETS[data_coding >> 2 & 0x03] if data_coding < 0x80 else ""


def decode(octets: bytes, alphabet: str) -> str:
    """Readable text in NFC. What cannot be read is shown as U+FFFD; nothing raises."""
    reader = READERS.get(alphabet)
    return clean(reader(octets) if reader else octets.decode(alphabet, "replace"))


def clean(text: str) -> str:
    """NFC with ``\\n`` line ends, without NUL, other control characters and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\ufffd", CONTROL.sub("", unicodedata.normalize("NFC", text)))


def _read_ucs2(octets: bytes) -> str:
    """UTF-16 in big-endian order, as every phone sends it in place of UCS-2; a byte order mark is obeyed."""
    if octets[:2] == b"\xff\xfe":
        return octets[2:].decode("utf-16-le", "replace")
    return octets.removeprefix(b"\xfe\xff").decode("utf-16-be", "replace")


def _read_gsm_or_ascii(octets: bytes) -> str:
    """SMSCs label GSM octets as ASCII; control octets have no place in ASCII text but are letters and signs in GSM."""
    return gsm.decode(octets) if NOT_ASCII_TEXT.search(octets) else octets.decode("latin-1")


def _read_octets(octets: bytes) -> str:
    """Octets of no alphabet: UTF-8 where they are, else one character for each."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _read_latin(octets: bytes) -> str:
    return octets.decode("latin-1")


READERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "gsm": gsm.decode,
    "gsm_or_ascii": _read_gsm_or_ascii,
    "ascii": _read_latin,
    "latin1": _read_latin,
    "octets": _read_octets,
    "ucs2": _read_ucs2,
}
