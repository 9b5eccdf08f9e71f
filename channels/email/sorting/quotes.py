"""What a mail says now, apart from what it repeats: quoted mails, signatures, disclaimers and banners.

Nothing is deleted: every line stands in the words or in the context. Where it is not clear, it stays with the words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.email.sorting.quoting.intros import (
    block_end,
    intro_start,
    is_blank,
    is_forward,
    is_quoted,
    is_separator,
    may_introduce,
)
from channels.email.sorting.quoting.signatures import banner_end, words_end

ABOVE_LINE: Final = "Tulis balasan Anda di atas baris ini"
ABOVE_LINES: Final = {"id": ABOVE_LINE, "en": "Write your reply above this line"}
"""Our mails may carry this line; whatever stands below it in an answer is ours."""

MOST_ROUNDS: Final = 6
MOST_TRIED: Final = 1000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Folded:
    """``text``: what is said now. ``context``: what stands around it, in the order of the mail."""

    text: str = field(repr=False)
    context: str = field(default="", repr=False)


def fold(text: str, *, forwarded: bool = False) -> Folded:
    """New words apart from quoted ones; in time linear in ``text``.

    A forward, answers between the quoted lines, and a mail that says nothing else keep everything in ``text``. Folding
    the ``text`` once more changes nothing.

    Args:
        text: lines end in LF.
        forwarded: the subject says so; Outlook writes the same lines above a mail forwarded and a mail answered.
    """
    if forwarded:
        return Folded(text)
    lines = text.split("\n")
    kept: list[int | None] = list(range(len(lines)))
    for _ in range(MOST_ROUNDS):
        now = ["" if at is None else lines[at] for at in kept]
        spans = list(_own_spans(now))
        if not spans or spans == [(0, len(now))]:
            return _folded(text, lines, kept)
        kept = _joined(kept, spans)
    return Folded(text)


def _folded(text: str, lines: Sequence[str], kept: Sequence[int | None]) -> Folded:
    if len(kept) == len(lines) and None not in kept:
        return Folded(text)
    words = "\n".join("" if at is None else lines[at] for at in kept)
    return Folded(words, _around(lines, {at for at in kept if at is not None}))


def _around(lines: Sequence[str], own: set[int]) -> str:
    """The lines that are not ``own``; an empty line where own ones stood between."""
    pieces: list[list[str]] = [[]]
    for at, line in enumerate(lines):
        if at not in own:
            pieces[-1].append(line)
        elif pieces[-1]:
            pieces.append([])
    return "\n\n".join(piece for piece in ("\n".join(lines).strip("\n") for lines in pieces) if piece.strip())


def _joined(kept: Sequence[int | None], spans: Sequence[Span]) -> list[int | None]:
    """The spans of what was kept, an empty line between them."""
    joined: list[int | None] = []
    for start, end in spans:
        joined += [None] * bool(joined) + list(kept[start:end])
    return joined


def _own_spans(lines: Sequence[str]) -> Iterator[Span]:
    """Where the words of the mail stand. Nothing where it says nothing of its own."""
    quote = _find_quote(lines)
    if quote is None:
        yield (0, len(lines))
        return
    yield from _trimmed(lines, banner_end(lines), words_end(lines, 0, quote[0]))
    yield from _trimmed(lines, quote[1], words_end(lines, quote[1], len(lines)))


def _trimmed(lines: Sequence[str], start: int, end: int) -> Iterator[Span]:
    """The span without empty lines around it, unless it is the whole mail; nothing where it is empty."""
    whole = (start, end) == (0, len(lines))
    first, last = start, end
    while first < last and is_blank(lines[first]):
        first += 1
    while first < last and is_blank(lines[last - 1]):
        last -= 1
    if first < last:
        yield (start, end) if whole else (first, last)


def _find_quote(lines: Sequence[str]) -> Span | None:
    """From where to where another mail is quoted; an empty span at the end where none is.

    None: everything is to be kept. The mail forwards another, answers between the quoted lines, or was made to cost
    time: no other has so many lines that nearly introduce a quote.
    """
    tried = 0
    for at, line in enumerate(lines):
        if is_blank(line):
            continue
        if is_quoted(line):
            return _bare_quote(lines, at)
        tried += may_introduce(line)
        if is_forward(line) or tried > MOST_TRIED:
            return None
        if (
            any(above in line for above in ABOVE_LINES.values())
            or is_separator(line)
            or block_end(lines, at) is not None
        ):
            return at, len(lines)
        start = intro_start(lines, at)
        if start is not None:
            return _introduced(lines, start, at + 1)
    return len(lines), len(lines)


def _introduced(lines: Sequence[str], start: int, below: int) -> Span | None:
    """The mail quoted below an introduction: its marked lines, or without marks everything to the end."""
    first = below
    while first < len(lines) and is_blank(lines[first]):
        first += 1
    if first == len(lines) or not is_quoted(lines[first]):
        return start, len(lines)
    last = _last_quoted(lines)
    return None if _has_answers(lines, first, last) else (start, last + 1)


def _bare_quote(lines: Sequence[str], first: int) -> Span | None:
    """Quoted lines that nothing introduces. ``>`` also stands for "more than", or before the points of a list."""
    last = _last_quoted(lines)
    if _has_answers(lines, first, last):
        return None
    above = next((line for line in reversed(lines[:first]) if not is_blank(line)), "")
    below = any(not is_blank(line) for line in lines[last + 1 :])
    if last == first or above.rstrip().endswith(":") or (above and below):
        return len(lines), len(lines)
    return first, last + 1


def _last_quoted(lines: Sequence[str]) -> int:
    return next(at for at in range(len(lines) - 1, -1, -1) if is_quoted(lines[at]))


def _has_answers(lines: Sequence[str], first: int, last: int) -> bool:
    """Whether words stand between quoted lines that do not themselves introduce a quote."""
    return any(
        not is_blank(lines[at]) and not is_quoted(lines[at]) and not _is_in_intro(lines, at)
        for at in range(first, last)
    )


def _is_in_intro(lines: Sequence[str], at: int) -> bool:
    for end in range(at, min(at + 4, len(lines))):
        start = intro_start(lines, end)
        if start is not None and start <= at:
            return True
    return False
