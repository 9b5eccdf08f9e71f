"""Telephone numbers as SMSCs give them, brought to one form."""

from typing import Final

INDONESIA: Final = "62"
INTERNATIONAL: Final = 1
NATIONAL: Final = 2
ALPHANUMERIC: Final = 5
SHORTEST_NATIONAL: Final = 8


def normalise_number(value: str, *, ton: int) -> str:
    """``08…``, ``62…``, ``+62…`` and ``0062…`` become ``62…``; short codes, names and masked numbers stay as they are.

    ``ton`` is the type of number that came with it (SMPP 3.4 §5.2.5). A masked number is what some operators send in
    place of the citizen's: it is answered as it came.
    """
    value = value.strip()
    digits = value.removeprefix("+")
    if ton == ALPHANUMERIC or not (digits.isascii() and digits.isdigit()):
        return value
    if digits.startswith("00") and len(digits) > SHORTEST_NATIONAL:
        return _without_trunk_zero(digits[2:])
    if digits[0] != "0" and (value[0] == "+" or ton == INTERNATIONAL):
        return _without_trunk_zero(digits)
    if digits[0] == "0" and len(digits) >= SHORTEST_NATIONAL:
        return INDONESIA + digits[1:]
    if ton == NATIONAL and len(digits) >= SHORTEST_NATIONAL and not digits.startswith(INDONESIA):
        return INDONESIA + digits
    return _without_trunk_zero(digits)


def _without_trunk_zero(digits: str) -> str:
    """``62 0812…`` is what people and some SMSCs make of it; no Indonesian number has a zero there."""
    wrong = INDONESIA + "0"
    return INDONESIA + digits[len(wrong) :] if digits.startswith(wrong) and len(digits) > 10 else digits
