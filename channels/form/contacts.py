"""How a reporter can be reached, as staff write it down."""

import re
from typing import Final

INDONESIA: Final = "62"
DECORATION = re.compile(r"[\s().\-\u2010-\u2015]")
MAIL = re.compile(r"[^@\s<>\",;:]{1,64}@[^@\s<>\",;:.]+(\.[^@\s<>\",;:.]+)+")
LONGEST_MAIL = 254


def read_phone(written: str) -> str | None:
    """``0812-3456-7890``, ``+62 812 …``, ``62812…`` and ``0062…`` become ``62812…``, as a message from that number has
    it; None for what is no telephone number.
    """
    digits = DECORATION.sub("", written).removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = INDONESIA + digits[1:]
    if digits.startswith(INDONESIA + "0"):
        digits = INDONESIA + digits[3:]
    return digits if 9 <= len(digits) <= 15 and digits[0] != "0" else None


def read_mail(written: str) -> str | None:
    """An address in small letters; None for what is none."""
    address = written.strip().casefold()
    return address if len(address) <= LONGEST_MAIL and MAIL.fullmatch(address) else None
