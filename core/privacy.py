"""What gives a person away in their own words, found before anybody else reads them, and masked on request.

A warning is no judgement: what looks like a number of a person is shown to them, and they decide.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Trace(StrEnum):
    """What kind of thing leads to a person."""

    NIK = "nik"
    NPWP = "npwp"
    PHONE = "phone"
    EMAIL = "email"
    PLATE = "plate"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Finding:
    """One trace: ``words`` stand from ``start`` to before ``end`` of the text."""

    trace: Trace
    start: int
    end: int
    words: str = field(repr=False)


MASKS = {
    Trace.NIK: "[NIK disamarkan]",
    Trace.NPWP: "[NPWP disamarkan]",
    Trace.PHONE: "[nomor telepon disamarkan]",
    Trace.EMAIL: "[e-mail disamarkan]",
    Trace.PLATE: "[nomor polisi disamarkan]",
    Trace.NAME: "[nama disamarkan]",
}

# Sixteen digits of an identity or family card: region, birth date (women: day + 40), serial; often written in groups.
NIK = re.compile(r"(?<![\d.,])[1-9]\d(?:[ .-]?\d){14}(?![\d])")
NPWP = re.compile(r"(?<!\d)\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}(?!\d)")
PHONE = re.compile(r"(?<![\d.,/-])(?:\+?62[ .-]?|\(?0)[2-9]\d{1,3}\)?(?:[ .-]?\d){5,10}(?!\d)")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
# Area codes of number plates; lower case counts only after a word that says so.
AREAS = (
    "A|AA|AB|AD|AE|AG|B|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|D|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|DW|E|EA|EB|ED|F"
    "|G|H|K|KB|KH|KT|KU|L|M|N|P|PA|PB|R|RI|S|T|W|Z"
)
PLATE = re.compile(rf"(?<![\w-])(?:{AREAS})[ -]?\d{{1,4}}[ -]?[A-Z]{{1,3}}(?![\w-])")
PLATE_SAID = re.compile(
    rf"\b(?:plat|nopol|no\.? ?pol|nomor polisi)[ :]{{1,3}}((?:{AREAS})[ -]?\d{{1,4}}[ -]?[A-Z]{{0,3}})(?![\w-])",
    re.IGNORECASE,
)
NAME_SAID = re.compile(
    r"\b(?i:nama saya|nama lengkap saya|saya bernama|perkenalkan,? saya|atas nama|a\.?n\.)[ :]{1,3}"
    r"((?:[A-Z][\w'.-]{1,30})(?: [A-Z][\w'.-]{1,30}){0,3})"
)
SHORTEST_NAME = 4
COMMON = frozenset({"bapak", "anak", "warga", "kepala", "ketua", "pemilik", "hamba", "allah", "tanpa", "nama", "haji"})


def find_traces(text: str, *, name: str = "") -> tuple[Finding, ...]:
    """Everything in ``text`` that leads to its writer, in order, without overlaps. ``name``: their own, where given.

    Linear in the length of ``text``.
    """
    found = [
        *_matching(NIK, Trace.NIK, text),
        *_matching(NPWP, Trace.NPWP, text),
        *_matching(EMAIL, Trace.EMAIL, text),
        *_matching(PHONE, Trace.PHONE, text),
        *_matching(PLATE, Trace.PLATE, text),
        *_matching(PLATE_SAID, Trace.PLATE, text, group=1),
        *_matching(NAME_SAID, Trace.NAME, text, group=1),
        *_own_name(name, text),
    ]
    return tuple(_without_overlaps(found))


def mask(text: str, findings: Iterable[Finding]) -> str:
    """``text`` with each finding replaced by words that say what stood there."""
    pieces, at = [], 0
    for finding in sorted(findings, key=lambda each: each.start):
        pieces += [text[at : finding.start], MASKS[finding.trace]]
        at = finding.end
    return "".join((*pieces, text[at:]))


def _matching(pattern: re.Pattern[str], trace: Trace, text: str, *, group: int = 0) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        yield Finding(trace, match.start(group), match.end(group), match[group])


def _own_name(name: str, text: str) -> Iterator[Finding]:
    """The whole name, or one of its longer words: neighbours know who "Sumiyati" is."""
    words = [word for word in re.findall(r"[^\W\d_]+", name) if word.casefold() not in COMMON]
    telling = [word for word in words if len(word) >= SHORTEST_NAME]
    if len(words) > 1:
        yield from _matching(_written(words), Trace.NAME, text)
    for word in telling:
        yield from _matching(_written([word]), Trace.NAME, text)


def _written(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b{'[ .,]{1,3}'.join(map(re.escape, words))}\b", re.IGNORECASE)


def _without_overlaps(found: Iterable[Finding]) -> Iterator[Finding]:
    """Of two that overlap the one that begins first, the longer one of those."""
    reached = 0
    for finding in sorted(found, key=lambda each: (each.start, -each.end)):
        if finding.start >= reached:
            yield finding
            reached = finding.end
