"""Text as it is kept (``clean``) and as it is compared (``comparable``): spelling, courtesy and links set aside."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from core.facts import BOUNDARIES, SCHOOLS, Fact, read_facts
from core.lexicon import Lexicon, lexicon, words

LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
# Combining marks are no letters; UAX #15 §13: no language stacks more than 30, and sorting them takes quadratic time.
STACKED = re.compile(r"[^\w\x00-\x7f]{10,}")
MOST_STACKED = 30
SURROGATE = re.compile(r"[\ud800-\udfff]")

SET_ASIDE = re.compile(r"https?://\S+|www\.\S+|[@#](?=[^\W\d])\w+")
BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
PLATE = re.compile(r"\b([a-z]{1,2})[ .]?(\d{3,4})[ .]?([a-z]{2,3})\b")
PLATE_CODES = words(
    "a b d e f g h k l m n p r s t w z aa ab ad ae ag ba bb bd be bg bh bk bl bm bn bp da db dc dd de dg dh dk dl dm dn"
)
TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]++(?:['’`-][^\W\d_]++)*+(?:2(?![\d/]))?|[,.;:()!?/]")
NUMBERED = words("rt rw km gang gg no jl jln blok") | SCHOOLS.keys()
BROKEN_ROAD = frozenset({("jalan", "rusak"), ("jalan", "lubang"), ("jalan", "hancur"), ("jalan", "longsor")})
MOST_TOKENS = 600
MOST_KEYS = 64
MOST_SEARCH_WORDS = 200


@dataclass(frozen=True, slots=True)
class Comparable:
    """A text as it is compared. Everything in it is personal data like the text itself.

    Attributes:
        words: normalised words in order, without courtesy, mentions and links.
        content: the words that say something.
        names: those of them that are no ordinary words: names, rare words.
        matter: those that belong to no place, number or person.
        subjects: what the ordinary words tell it is about ("lampu", "banjir").
        pairs: neighbouring content words, each pair in alphabetical order.
        facts: places, numbers, dates, persons.
    """

    words: tuple[str, ...] = field(repr=False)
    content: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    matter: frozenset[str] = field(repr=False)
    subjects: frozenset[str]
    pairs: frozenset[str] = field(repr=False)
    facts: tuple[Fact, ...] = field(repr=False)

    def of(self, kind: str) -> tuple[Fact, ...]:
        """The facts of one kind."""
        return tuple(fact for fact in self.facts if fact.kind == kind)


def clean(text: str) -> str:
    """NFC, LF line ends, without control characters, bidi overrides and lone surrogates (U+FFFD stands for one).

    Halves of a surrogate pair that meet are mended. Tabs stay. Of marks stacked on one letter 30 stay. Cleaning twice
    changes nothing more.
    """
    if text.isascii() and text.isprintable():  # There is nothing to clean in most texts.
        return text
    if SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = UNSEEN.sub("", LINE_ENDS.sub("\n", text))
    if STACKED.search(text):  # NFC may itself part a letter from a mark, so that a second look finds one more.
        text = unicodedata.normalize("NFC", STACKED.sub(_unstacked, text))
        text = STACKED.sub(_unstacked, text)
    return unicodedata.normalize("NFC", text)


def _unstacked(run: re.Match[str]) -> str:
    kept, stacked = [], 0
    for sign in run[0]:
        stacked = stacked + len(unicodedata.normalize("NFD", sign)) if unicodedata.combining(sign) else 0
        if stacked <= MOST_STACKED:
            kept.append(sign)
    return "".join(kept)


@lru_cache(maxsize=2048)
def comparable(text: str) -> Comparable:
    """``text`` made ready for comparing. Only its first 600 words and marks count: what is told is told by then."""
    known = lexicon()
    tokens = list(_tokens(_without_links(text), known))
    facts, used = read_facts(tokens, known)
    telling = [(at, word) for at, word in enumerate(tokens) if word not in BOUNDARIES and word not in known.stop]
    kept = [word for _, word in telling if word not in known.place and len(word) > 1 and not word[0].isdigit()]
    content = frozenset(kept)
    return Comparable(
        words=tuple(word for _, word in telling),
        content=content,
        names=content - known.known,
        matter=frozenset(word for at, word in telling if at not in used and word in content),
        subjects=_subjects(tokens, known),
        pairs=frozenset(" ".join(sorted(pair)) for pair in itertools.pairwise(kept)),
        facts=facts + tuple(_plates(text, known)),
    )


def keys(text: Comparable) -> tuple[str, ...]:
    """At most 64 strings by which reports of the same event find each other, the most telling first.

    Facts that name one thing, subject with place, rare words, neighbouring words. The storage digests them.
    """
    strong = [f"{fact.kind}:{' '.join(fact.words)}" for fact in text.facts if fact.kind in {"nik", "plate", "school"}]
    places = [fact.words[0] for fact in text.facts if fact.kind in {"street", "gang", "village", "facility", "estate"}]
    about = [f"{subject}@{place}" for place in places for subject in sorted(text.subjects)]
    rare = [word for word in dict.fromkeys(text.words) if word in text.names and len(word) > 2]
    pairs = sorted(text.pairs, key=lambda pair: -sum(word in text.names for word in pair.split(" ")))
    found = dict.fromkeys([*strong, *about[:16], *rare[:24], *pairs])
    return tuple(found)[:MOST_KEYS]


def search_words(text: str) -> tuple[str, ...]:
    """The words by which a text is found, and by which it is searched for: at most 200, each once, spelled our way."""
    return tuple(dict.fromkeys(word for word in comparable(text).words if len(word) > 1))[:MOST_SEARCH_WORDS]


def _without_links(text: str) -> str:
    text = BROKEN_WORD.sub("", text.casefold())
    return SET_ASIDE.sub(" ", text) if "@" in text or "#" in text or "www" in text or "://" in text else text


def _tokens(text: str, known: Lexicon) -> Iterator[str]:
    """Normalised words, numbers and marks. ``bolong2`` and ``gatal-gatal`` lose their doubling."""
    for count, match in enumerate(TOKEN.finditer(text)):
        if count == MOST_TOKENS:
            return
        word = match.group()
        if word[-1] == "2" and not word[0].isdigit():
            word = word[:-1]
            if word in NUMBERED:
                yield known.spellings.get(word, word)
                word = "2"
        first, dash, second = word.partition("-")
        if dash and first == second:
            word = first
        yield known.spellings.get(word, word)


def _subjects(tokens: list[str], known: Lexicon) -> frozenset[str]:
    """What ordinary words tell; a road is the matter itself only where it is the road that is broken."""
    told = set().union(*(known.subjects[word] for word in tokens if word in known.subjects))
    broken = any(pair in BROKEN_ROAD for pair in itertools.pairwise(tokens))
    return frozenset(told | {"jalan"} if broken else told)


def _plates(text: str, known: Lexicon) -> Iterator[Fact]:
    """Number plates such as ``B 1234 XYZ``."""
    for code, number, letters in PLATE.findall(text.casefold()):
        if code in PLATE_CODES and letters not in known.known and letters not in known.spellings:
            yield Fact("plate", (code, number, letters))
