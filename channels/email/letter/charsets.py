"""Octets → words, whatever charset they claim. Never raises, and never asks Python for a codec a stranger named."""

import re
from encodings.aliases import aliases
from functools import lru_cache
from typing import Final

import charset_normalizer

WESTERN: Final = "cp1252"
KNOWN: Final = frozenset(aliases.values()) - {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "mbcs",
    "oem",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
}
# WHATWG Encoding Standard §4.2: what is labelled with the smaller set is written with the larger one.
LARGER: Final = {
    "ascii": WESTERN,
    "latin_1": WESTERN,
    "iso8859_1": WESTERN,
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
LABELS: Final = {
    "ansi": WESTERN,
    "ansi_x3_110_1983": WESTERN,
    "x_ansi": WESTERN,
    "iso": WESTERN,
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_6_e": "iso8859_6",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "unicode": "utf_8",
    "utf8mb4": "utf_8",
    "x_utf_8": "utf_8",
    "utf": "utf_8",
    "x_sjis": "cp932",
    "windows_31j": "cp932",
    "x_euc_jp": "euc_jp",
    "x_gbk": "gb18030",
    "ks_c_5601": "cp949",
    "ks_c_5601_1989": "cp949",
    "x_windows_949": "cp949",
    "x_big5": "big5hkscs",
    "x_x_big5": "big5hkscs",
    "dos_874": "cp874",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_ce": "mac_latin2",
    "koi": "koi8_r",
    "koi8_ru": "koi8_u",
    "visual": "iso8859_8",
}
NUMBERED: Final = (
    (re.compile(r"(?:x_)?(?:cp|windows|win|ibm|dos|ms|microsoft_cp)_?(\d{3,4})"), "cp{}"),
    (re.compile(r"(?:x_)?iso_?_?8859_?(\d{1,2})(?:_.*)?"), "iso8859_{}"),
)
# Their text may be ASCII octets and still say something else.
SHIFTED: Final = frozenset({"utf_7", "hz", "iso2022_kr", "utf_16", "utf_16_le", "utf_16_be", "utf_32"}) | {
    f"iso2022_jp{end}" for end in ("", "_1", "_2", "_2004", "_3", "_ext")
}
JAPANESE: Final = re.compile(rb"\x1b(?:\$[@B]|\([JI])")
BOMS: Final = ((b"\xef\xbb\xbf", "utf_8_sig"), (b"\xff\xfe", "utf_16"), (b"\xfe\xff", "utf_16"))
ABOVE: Final = {octet: ord(bytes([octet]).decode(WESTERN, "replace")) for octet in range(0x80, 0xA0)} | dict.fromkeys(
    (0x81, 0x8D, 0x8F, 0x90, 0x9D), 0xFFFD
)
REPLACED: Final = "\ufffd"
LONGEST_LABEL: Final = 40
SAMPLE: Final = 16 * 1024


@lru_cache(maxsize=256)
def find_codec(label: str) -> str:
    """Python's name for a charset; empty where the label says nothing that we know."""
    name = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    found = LABELS.get(name) or aliases.get(name, name)
    if found not in KNOWN:
        found = next((form.format(*match.groups()) for sign, form in NUMBERED if (match := sign.fullmatch(name))), "")
    return LARGER.get(found, found) if found in KNOWN else ""


def decode(octets: bytes, charset: str = "", *, guessing: bool = True) -> str:
    """The words. In order: as declared, UTF-8, as declared but for a few octets, a guess, Western.

    ``guessing`` looks at the frequency of letters, which costs milliseconds: not for headers.
    """
    codec = find_codec(charset[:LONGEST_LABEL])
    if octets.isascii() and codec not in SHIFTED and b"\x1b" not in octets:
        return octets.decode("ascii")
    for candidate in _candidates(octets, codec):
        try:
            text = octets.decode(candidate)
        except (UnicodeError, ValueError):
            continue
        return _mended(text) if candidate == "utf_7" else text
    return _nearly(octets, codec) or _guessed(octets, guessing)


def _candidates(octets: bytes, codec: str) -> list[str]:
    """UTF-8 goes before Western sets: it proves itself, and they take anything."""
    marked = [name for mark, name in BOMS if octets.startswith(mark)]
    shifted = ["iso2022_jp_ext", "iso2022_jp_2004"] if JAPANESE.search(octets) else []
    if codec in {"", WESTERN}:
        return [*marked, *shifted, "utf_8"]
    return [*marked, codec, *shifted, "utf_8"]


def _mended(text: str) -> str:
    """Python's UTF-7 gives out halves of surrogate pairs."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _nearly(octets: bytes, codec: str) -> str:
    """As declared, where at least half of what is not ASCII can be read; as UTF-8, where nine tenths can."""
    told = codec not in {"", WESTERN}
    text = octets.decode(codec if told else "utf_8", "replace")
    lost = text.count(REPLACED)
    kept = len(text) - len(text.encode("ascii", "ignore")) - lost
    return text if lost <= (kept if told else kept // 10) else ""


def _guessed(octets: bytes, guessing: bool) -> str:
    sample = octets[:SAMPLE]
    foreign = sum(octet >= 0x80 for octet in sample)
    if guessing and foreign * 5 > len(sample) and foreign > 20:
        best = charset_normalizer.from_bytes(sample).best()
        if best is not None:
            return octets.decode(best.encoding, "replace")
    return western(octets)


def western(octets: bytes) -> str:
    """Windows-1252; the five octets it leaves open become U+FFFD."""
    return octets.decode("latin_1").translate(ABOVE)
