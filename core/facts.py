"""Facts that tell one event from another: places, numbers, dates, persons, read from the words of a report."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from core.lexicon import Lexicon, words

LABELS = {
    "jalan": "street",
    "gang": "gang",
    **dict.fromkeys(("desa", "kelurahan", "kampung", "dusun", "nagari", "gampong"), "village"),
    "kecamatan": "district",
    **dict.fromkeys(("kabupaten", "kota"), "regency"),
    **dict.fromkeys(("puskesmas", "rsud", "pustu"), "facility"),
    **dict.fromkeys(("pt", "cv", "ud"), "company"),
    **dict.fromkeys(("perumahan", "komplek"), "estate"),
    **dict.fromkeys(("an", "bernama"), "person"),
}
SCHOOLS = {word: word.removesuffix("n") for word in words("sd sdn smp smpn sma sman smk smkn mts mtsn tk paud")}
SCHOOLS |= {"min": "mi", "man": "ma"}
ONLY_WITH_NUMBER = frozenset({"min", "man"})
MONTH_NAMES = (
    "januari jan, februari feb pebruari, maret mar, april apr, mei, juni jun, juli jul, agustus agu agt ags aug,"
    " september sep sept, oktober okt oct, november nov nopember, desember des dec"
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES.split(","), start=1) for name in names.split()}
ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
SPANS = words("hari minggu bulan tahun jam menit detik kali x orang kk meter m km hektar ha persen")
THOUSANDS = {"ribu": 1_000, "rb": 1_000, "juta": 1_000_000, "jt": 1_000_000}
BOUNDARIES = frozenset(",.;:()!?/")
GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``words``: its value; ``bounded``: the name surely ends there, else words behind may belong to it."""

    kind: str
    words: tuple[str, ...] = field(repr=False)
    bounded: bool = True


@dataclass(slots=True)
class Reading:
    """What is being read, what was found, and the indices of the tokens that were used for it."""

    tokens: Sequence[str]
    lexicon: Lexicon
    facts: list[Fact] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def at(self, index: int) -> str:
        """The token there, empty behind the end."""
        return self.tokens[index] if index < len(self.tokens) else ""

    def skip(self, index: int, *, over: frozenset[str] = BOUNDARIES) -> int:
        """The next index whose token is not one of ``over``."""
        while index < len(self.tokens) and self.tokens[index] in over:
            index += 1
        return index

    def is_name(self, index: int) -> bool:
        """Whether the token there can be part of a name."""
        word = self.at(index)
        if not word or word[0].isdigit() or word in BOUNDARIES:
            return False
        ordinary = word in self.lexicon.known and word not in self.lexicon.naming
        return not ordinary and word not in LABELS and word not in SCHOOLS

    def note(self, kind: str, value: Iterable[str], span: range, *, bounded: bool = True) -> int:
        """Keep a fact read from ``span`` and return where to read on."""
        self.facts.append(Fact(kind, tuple(value), bounded))
        self.used.update(span)
        return span.stop


def read_facts(tokens: Sequence[str], lexicon: Lexicon) -> tuple[tuple[Fact, ...], frozenset[int]]:
    """The facts in ``tokens`` (normalised words, numbers, marks), and the indices of the tokens they were read from."""
    reading = Reading(tokens, lexicon)
    index = 0
    while index < len(tokens):
        index = max(_read_at(reading, index), index + 1)
    return tuple(dict.fromkeys(reading.facts)), frozenset(reading.used)


def _read_at(reading: Reading, index: int) -> int:
    word = reading.tokens[index]
    if word[0].isdigit():
        return _number(reading, index)
    if word in READERS:
        return READERS[word](reading, index)
    if word in LABELS:
        return _name(reading, index, LABELS[word])
    return index


def _name(reading: Reading, index: int, kind: str) -> int:
    """The name behind a label: up to four words, ended by punctuation, an ordinary word or another label."""
    start = end = reading.skip(index + 1, over=frozenset(".:"))
    said: list[str] = []
    while len(said) < LONGEST_NAME and reading.is_name(end):
        said.append(ROMAN.get(reading.at(end), reading.at(end)))
        end += 1
    bounded = len(said) < LONGEST_NAME
    if said and kind in {"street", "gang"} and reading.at(end).isdecimal() and len(reading.at(end)) <= 2:
        said.append(reading.at(end).lstrip("0"))
        end += 1
    return reading.note(kind, said, range(start, end), bounded=bounded) if said else index


def _person(reading: Reading, index: int) -> int:
    """``atas nama Siti Rahayu``."""
    return _name(reading, index, "person") if index and reading.tokens[index - 1] == "atas" else index


def _neighbourhood(reading: Reading, index: int) -> int:
    """``RT 02 RW 05``, ``RT.2/5``, ``RT 2/RW 5``, ``RW 05``."""
    kind = reading.tokens[index]
    at = reading.skip(index + 1)
    numbers = re.findall(r"\d+", reading.at(at)) if reading.at(at)[:1].isdigit() else []
    if not numbers or any(len(number) > 3 for number in numbers):
        return index
    for name, number in zip((kind, "rw"), numbers[: 2 if kind == "rt" else 1], strict=False):
        reading.note(name, [number.lstrip("0") or "0"], range(index, at + 1))
    return at + 1


def _kilometre(reading: Reading, index: int) -> int:
    """``km 12``; ``12 km`` is a length."""
    at = reading.skip(index + 1)
    if not reading.at(at)[:1].isdigit() or (index and reading.tokens[index - 1][0].isdigit()):
        return index
    return reading.note("km", [reading.at(at).lstrip("0")], range(index, at + 1))


def _school(reading: Reading, index: int) -> int:
    """``SDN 4``, ``SD Negeri 4``, ``SDN Teungoh 5``; without a number the name alone."""
    word = reading.tokens[index]
    start = at = reading.skip(index + 1, over=frozenset({".", "negeri", "nomor"}))
    if word in ONLY_WITH_NUMBER and not reading.at(at)[:1].isdigit():
        return index
    while at < start + 3 and reading.is_name(at):
        at += 1
    names = reading.tokens[start:at]
    number = reading.at(at) if reading.at(at).isdecimal() and len(reading.at(at)) <= 3 else ""
    if not names and not number:
        return index
    return reading.note("school", [SCHOOLS[word], number.lstrip("0"), *names], range(index, at + 1 if number else at))


def _number(reading: Reading, index: int) -> int:
    word, behind = reading.tokens[index], reading.at(index + 1)
    if date := DATE.fullmatch(word):
        day, month, year = date.groups()
        return reading.note("date", [str(int(day)), str(int(month)), year[-2:]], range(index, index + 1))
    if behind in MONTHS and word.isdecimal() and len(word) <= 2:
        return _written_date(reading, index)
    if word.isdecimal() and len(word) >= 9:
        return reading.note(_kind_of_long(word), [word], range(index, index + 1))
    if behind in THOUSANDS or (index and reading.tokens[index - 1] == "rp") or GROUPED.fullmatch(word):
        return _amount(reading, index)
    return index if behind in SPANS else _bare_number(reading, index)


def _written_date(reading: Reading, index: int) -> int:
    year = reading.at(index + 2)
    dated = year.isdecimal() and len(year) in {2, 4}
    value = [str(int(reading.tokens[index])), str(MONTHS[reading.tokens[index + 1]]), year[-2:] if dated else ""]
    return reading.note("date", value, range(index, index + 3 if dated else index + 2))


def _kind_of_long(digits: str) -> str:
    if len(digits) == 16:
        return "nik"
    return "phone" if digits.startswith(("08", "62")) else "number"


def _amount(reading: Reading, index: int) -> int:
    """Rupiah, as a whole number."""
    digits = re.sub(r"\D", "", reading.tokens[index])
    factor = THOUSANDS.get(reading.at(index + 1), 1)
    return reading.note(
        "amount", [str(int(digits[:15]) * factor)], range(index, index + 2 if factor > 1 else index + 1)
    )


def _bare_number(reading: Reading, index: int) -> int:
    word = reading.tokens[index]
    kind = "year" if word.isdecimal() and len(word) == 4 and word[:2] in {"19", "20"} else "number"
    return reading.note(kind, [word.lstrip("0") or "0"], range(index, index + 1))


READERS: dict[str, Callable[[Reading, int], int]] = {
    "rt": _neighbourhood,
    "rw": _neighbourhood,
    "km": _kilometre,
    "nama": _person,
    **dict.fromkeys(SCHOOLS, _school),
}
