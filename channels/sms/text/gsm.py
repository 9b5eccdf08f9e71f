"""The GSM 7-bit default alphabet and its extensions (3GPP TS 23.038 §6.2.1), a septet in each octet as in SMPP."""

import codecs
import re
from typing import Final

DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    0x0A: "\n",  # a page break
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
ESCAPE: Final = 0x1B

# Octets over 127 are no septets; an SMSC that sends them there means Latin-1 more often than anything else.
DECODING: Final = DEFAULT + bytes(range(128, 256)).decode("latin-1")
ESCAPED: Final = re.compile(rb"\x1b(.?)", re.DOTALL)

SEPTETS: Final[dict[str, bytes]] = {char: bytes([code]) for code, char in enumerate(DEFAULT) if code != ESCAPE} | {
    char: bytes([ESCAPE, code]) for code, char in EXTENSION.items() if char != "\n"
}

# What phones and word processors put in place of plain signs. Each costs 90 characters of a message if it stays.
PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛‹›′´`ʼ", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
        ),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        **dict.fromkeys("\u2028\u2029", "\n"),
        **dict.fromkeys("•·", "-"),
        "…": "...",
        "™": "(TM)",
        "®": "(R)",
        "©": "(C)",
    }
)


def decode(octets: bytes) -> str:
    """Every octet has a meaning; a lone escape means a space (TS 23.038 §6.2.1, note 1)."""
    if ESCAPE not in octets:
        return codecs.charmap_decode(octets, "replace", DECODING)[0]
    pieces = ESCAPED.split(octets)
    text = codecs.charmap_decode(pieces[0], "replace", DECODING)[0]
    for escaped, plain in zip(pieces[1::2], pieces[2::2], strict=True):
        text += _escaped(escaped) + codecs.charmap_decode(plain, "replace", DECODING)[0]
    return text


def _escaped(octet: bytes) -> str:
    """A phone that does not know an extension shows the character of the default table."""
    if not octet or octet[0] == ESCAPE:
        return " "
    return EXTENSION.get(octet[0], DECODING[octet[0]])


def plain(text: str) -> str:
    """``text`` with typographic quotes, dashes, spaces and the like as GSM has them. Letters and emoji stay."""
    return text.translate(PLAIN)


def is_encodable(text: str) -> bool:
    """Whether the alphabet has every character of ``text``."""
    return all(char in SEPTETS for char in text)


def encode(text: str) -> bytes:
    """One octet for each septet. Raises KeyError for a character that ``is_encodable`` denies."""
    return b"".join([SEPTETS[char] for char in text])
