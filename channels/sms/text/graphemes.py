"""Characters as a person sees them: the extended grapheme clusters of UAX #29 that occur in messages."""

import unicodedata
from collections.abc import Iterator
from typing import Final

JOINER: Final = "\u200d"
EXTENDING: Final = frozenset({"Mn", "Me", "Mc"})


def graphemes(text: str) -> Iterator[str]:
    """Cut ``text`` so that the pieces, put together, are the text again and no piece is half a character."""
    start = 0
    for at in range(1, len(text)):
        if not _belongs(text, start, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _belongs(text: str, start: int, at: int) -> bool:
    """Whether the character at ``at`` belongs to the cluster that began at ``start``."""
    char, before = text[at], text[at - 1]
    if char < "\u0300":  # no combining mark comes before U+0300; a person sees CR LF as one
        return before == "\r" and char == "\n"
    if _extends(char) or before == JOINER:
        return True
    if _is_flag_letter(char) and _is_flag_letter(before):
        return (at - start) % 2 == 1
    return _is_hangul_follower(char) or (unicodedata.combining(before) == 9 and char.isalpha())


def _extends(char: str) -> bool:
    """Marks, the joiner, variation selectors, skin tones and tags stick to what stands before them."""
    return (
        unicodedata.category(char) in EXTENDING
        or char == JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_hangul_follower(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff"
