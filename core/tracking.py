"""Tracking numbers, PINs and codes: made, checked, read from what people write, and shown."""

import base64
import re
from collections.abc import Callable, Iterator

LENGTH = 10
SEPARATORS = r"[\s.\-\u2010-\u2015#]{0,3}"
NUMBER = re.compile(rf"(?<![0-9])[1-9](?:{SEPARATORS}[0-9]){{9}}(?![0-9])")
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
LOOK_ALIKES = str.maketrans("OIL", "011")
PARTED_CODE = re.compile(r"[0-9A-Z]{6}|[0-9A-Z]{3}[ .-][0-9A-Z]{3}")
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


def new_code(random_below: Callable[[int], int]) -> str:
    """Six letters and digits by which a talk goes on elsewhere (``LANJUT 7KQ2MX``), none of which look alike.

    A digit is among them that no letter looks like, so that no word is a code. ``random_below`` as above.
    """
    while True:
        code = "".join(CODE_LETTERS[random_below(len(CODE_LETTERS))] for _ in range(CODE_LENGTH))
        if _has_sure_digit(code):
            return code


def read_code(text: str) -> str:
    """The code in ``text``, where nothing else is said: in any case, in two halves, with O for 0 and I or L for 1.

    Empty for whatever cannot be one.
    """
    said = text.strip().upper()
    code = re.sub(r"[ .-]", "", said).translate(LOOK_ALIKES) if PARTED_CODE.fullmatch(said) else ""
    return code if _has_sure_digit(code) and set(code) <= set(CODE_LETTERS) else ""


def _has_sure_digit(code: str) -> bool:
    return any(letter in "23456789" for letter in code)


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
