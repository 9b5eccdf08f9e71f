"""The words the gateway knows: spellings, and what ordinary words tell. Anything else is a name or a rare word."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SLANG = Path(__file__).with_name("slang.tsv")
VOCABULARY = Path(__file__).with_name("vocabulary.tsv")


def words(table: str) -> frozenset[str]:
    """A table of words, written in a line."""
    return frozenset(table.split())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``slang.tsv`` and ``vocabulary.tsv``, read once.

    Attributes:
        spellings: what is written -> the word it is compared as.
        stop: words that say nothing of the matter (grammar, courtesy, "mohon ditindaklanjuti").
        place: words that begin or end the name of a place ("jalan", "depan").
        naming: ordinary words that are part of many names of places ("Tanjung Tiga", "Air Hitam").
        known: all ordinary words; whatever is not among them is a name or a rare word.
        subjects: word -> the subjects it tells ("padam": ...).
    """

    spellings: Mapping[str, str]
    stop: frozenset[str]
    place: frozenset[str]
    naming: frozenset[str]
    known: frozenset[str]
    subjects: Mapping[str, frozenset[str]]


@cache
def lexicon() -> Lexicon:
    """The lexicon that is part of this version of the product."""
    kinds: dict[str, set[str]] = {}
    for kind, row in _rows(VOCABULARY):
        kinds.setdefault(kind, set()).update(row.split())
    subjects: dict[str, set[str]] = {}
    for kind in kinds.keys() - {"stop", "common", "place", "name"}:
        for word in kinds[kind]:
            subjects.setdefault(word, set()).add(kind)
    return Lexicon(
        spellings=dict(_rows(SLANG)),
        stop=frozenset(kinds["stop"]),
        place=frozenset(kinds["place"]),
        naming=frozenset(kinds["name"]),
        known=frozenset().union(*kinds.values()),
        subjects={word: frozenset(told) for word, told in subjects.items()},
    )


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            left, _, right = line.partition("\t")
            yield left, right
