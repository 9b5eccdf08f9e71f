"""Tracking numbers and PINs: made, checked, read from what people write, and shown."""

import base64
import re
from collections.abc import Callable, Iterator

LENGTH = 10
SEPARATORS = r"[\s.\-\u2010-\u2015#]{0,3}"
NUMBER = re.compile(rf"(?<![0-9])[1-9](?:{SEPARATORS}[0-9]){{9}}(?![0-9])")
CAREFULLY_WRITTEN = re.compile(rf"[0-9]{{10}}|[0-9]{{4}}{SEPARATORS}[0-9]{{3}}{SEPARATORS}[0-9]{{3}}")


def new_tracking_id(random_below: Callable[[int], int]) -> str:
    """Ten digits, the first never 0. ``random_below(n)`` gives 0..n-1, unpredictably (``secrets.randbelow``)."""
    body = str(10 ** (LENGTH - 2) + random_below(9 * 10 ** (LENGTH - 2)))
    return body + check_digit(body)


def new_pin(random_below: Callable[[int], int]) -> str:
    """Six decimal digits, leading zeros kept. ``random_below`` as for ``new_tracking_id``."""
    return f"{random_below(10**6):06d}"


def new_token(random_below: Callable[[int], int]) -> str:
    """22 letters, digits, ``-`` and ``_`` that hold 128 random bits. ``random_below`` as for ``new_tracking_id``."""
    return base64.urlsafe_b64encode(random_below(2**128).to_bytes(16)).decode().rstrip("=")


def check_digit(body: str) -> str:
    """The digit that follows ``body`` (ASCII digits) under ISO/IEC 7064 MOD 11,10.

    It finds every wrong digit and all but 2.2 % of the swaps of neighbouring digits.
    """
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def is_valid(tracking_id: str) -> bool:
    """Whether it has the form of a number we give: ten ASCII digits, no leading 0, the right check digit."""
    if len(tracking_id) != LENGTH or not tracking_id.isascii() or not tracking_id.isdecimal():
        return False
    return tracking_id[0] != "0" and check_digit(tracking_id[:-1]) == tracking_id[-1]


def read_tracking_id(text: str) -> str | None:
    """The tracking number somewhere in ``text``, with or without spaces, dots, dashes and ``#``.

    A number with a right check digit comes first; failing that, ten digits written together or as 4-3-3 are returned,
    so that the caller can say that there is no such number. Longer numbers (NIK, telephone) are not taken apart.
    """
    written = list(_written_numbers(text))
    for number in written:
        if is_valid(digits_of(number)):
            return digits_of(number)
    careful = (number for number in written if CAREFULLY_WRITTEN.fullmatch(number))
    return next((digits_of(number) for number in careful), None)


def _written_numbers(text: str) -> Iterator[str]:
    """Every run of ten digits, also those that begin inside another one that is wrong."""
    position = 0
    while match := NUMBER.search(text, position):
        yield match.group()
        position = match.start() + 1


def digits_of(text: str) -> str:
    """The ASCII digits of ``text``, joined."""
    return re.sub(r"[^0-9]", "", text)


def show(tracking_id: str) -> str:
    """As people read it: ``4821 093 756``."""
    return f"{tracking_id[:4]} {tracking_id[4:7]} {tracking_id[7:]}"
