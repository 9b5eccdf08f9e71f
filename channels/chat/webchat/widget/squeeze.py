"""Makes our script and style smaller before they are served: no comments, no needless blanks, short names inside."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count, product
from string import ascii_letters

TOKEN = re.compile(
    r"""(?P<blank>(?:\s|//[^\n]*)+)
    |(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<template>`(?:[^`\\$]|\\.|\$\{[^{}`]*\})*`)
    |(?P<word>[\w$]+)
    |(?P<sign>\.{3}|.)""",
    re.VERBOSE | re.DOTALL,
)
PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
BEFORE_PATTERN = frozenset("(,=:[!&|?{};>")
WORD = re.compile(r"[\w$]+")
OURS = re.compile(r"^(?:async function|function|const) (\w{3,})", re.MULTILINE)
OPENS, CLOSES = frozenset("{(,;[&|?:=>+"), frozenset("}])&|?:.,;=")


def squeeze_script(source: str) -> str:
    """The same program. It knows the JavaScript that we write: strings in double quotes, no comments of the ``/*``
    kind, templates that hold no braces but their own, a pattern only behind an operator or an opening bracket, and
    no functions of ours in the shorthand of objects (``{ close }``). Raises ValueError for other quotes.
    """
    return _squeezed(source, short_names(source))


def _squeezed(source: str, names: Mapping[str, str]) -> str:
    pieces, last, gap, place = [], "", "", 0
    while place < len(source):
        found = _next(source, place, last)
        place += len(found)
        if not found.strip() or found.lstrip().startswith("//"):
            gap = "\n" if "\n" in found else " "
            continue
        pieces.append(_needed(gap, last, found) + _renamed(found, names, last, source[place : place + 1]))
        last, gap = found, ""
    return "".join(pieces)


def _next(source: str, place: int, last: str) -> str:
    pattern = (
        PATTERN.match(source, place) if last[-1:] in BEFORE_PATTERN and source[place : place + 2] != "//" else None
    )
    found = pattern or TOKEN.match(source, place)
    if found is None or found[0] in {'"', "`", "'"}:
        raise ValueError(f"the script is not of the kind that squeeze_script knows: {source[place : place + 40]!r}")
    return found[0]


def _needed(gap: str, before: str, after: str) -> str:
    """What has to stay of a gap. A line's end can end a statement; it goes only where none can end or begin."""
    if not before or not gap:
        return ""
    if gap == "\n":
        return "" if before in OPENS or after in CLOSES else "\n"
    both_words = WORD.match(before[-1]) and WORD.match(after[0])
    return " " if both_words or before + after in {"++", "--"} else ""


def _renamed(found: str, names: Mapping[str, str], last: str, following: str) -> str:
    """A member of something (``.close``) and a key (``close:``) are not ours."""
    if found[0] == "`":
        return re.sub(r"(?<=\$\{)[^}]*(?=\})", lambda inside: _squeezed(inside[0], names), found)
    is_key = following == ":" and last in {"{", ","}
    return found if last == "." or is_key else names.get(found, found)


def short_names(source: str) -> Mapping[str, str]:
    """For what the script defines at its top, none of them a word that it has already; the most used ones first."""
    words = Counter(WORD.findall(source))
    free = (name for name in _letters() if name not in words and name not in {"do", "if", "in", "of", "as", "is"})
    ours = sorted(set(OURS.findall(source)), key=lambda name: (-words[name], name))
    return dict(zip(ours, free, strict=False))


def _letters() -> Iterator[str]:
    for length in count(1):
        for letters in product(ascii_letters, repeat=length):
            yield "".join(letters)


def squeeze_style(source: str) -> str:
    """The same style sheet."""
    joined = re.sub(r"\s*\n\s*", "", source)
    return re.sub(r"\s*([{};,>])\s*|(?<=:) (?![^{}]*\{)", lambda found: found[1] or "", joined)
