"""Whether two texts agree on a fact: the same street, another RT, a village that only one of them names."""

from collections.abc import Callable
from enum import StrEnum
from types import MappingProxyType

from core.facts import Fact
from core.lexicon import words
from core.text import Comparable

TITLES = words("raya kh haji dr ir letjen jenderal jend jendral mayjen mt raden hos ki moh muhammad pangeran sultan")
DIRECTIONS = words("utara selatan timur barat tengah dalam atas bawah")
NAMES = ("street", "gang", "village", "estate", "facility", "company", "district", "regency", "person")
VALUES = ("nik", "plate", "rt", "rw", "km", "year")
LOOSE = ("amount", "number")
MOST = 8
Alike = Callable[[str, str], bool]


class Agreement(StrEnum):
    """How two texts stand to one kind of fact.

    ``MENTIONED``: one labels the name, the other has it among its words. ``ALONE``: only one has it.
    """

    SAME = "same"
    MENTIONED = "mentioned"
    ALONE = "alone"
    UNSURE = "unsure"
    OTHER = "other"


def agreements(a: Comparable, b: Comparable, *, alike: Alike) -> dict[str, Agreement]:
    """For each kind of fact that can be compared: how they agree. ``alike`` tells whether two words nearly equal."""
    kinds = {fact.kind for fact in a.facts} | {fact.kind for fact in b.facts}
    found = {kind: _agreement(kind, a, b, alike) for kind in COMPARE if kind in kinds}
    return {kind: agreement for kind, agreement in found.items() if agreement is not None}


def _agreement(kind: str, a: Comparable, b: Comparable, alike: Alike) -> Agreement | None:
    first, second = a.of(kind)[:MOST], b.of(kind)[:MOST]
    if first and second:
        return _best({COMPARE[kind](one, two, alike) for one in first for two in second})
    if kind not in NAMES:
        return None
    elsewhere = b.content if first else a.content
    mentioned = any(fact.words[0] in elsewhere for fact in first + second)
    return Agreement.MENTIONED if mentioned else Agreement.ALONE


def _best(found: set[Agreement]) -> Agreement:
    return next(each for each in (Agreement.SAME, Agreement.UNSURE, Agreement.OTHER) if each in found)


def _names(a: Fact, b: Fact, alike: Alike) -> Agreement:
    """Names begin alike or differ. Behind the first word "Barat" and "Timur", "2" and "3" differ; other words may be
    the next place already ("ds miji kranggan"), so they leave it unsure."""
    one, two = _significant(a.words), _significant(b.words)
    if not alike(one[0], two[0]):
        glued = len(one) != len(two) and alike("".join(one), "".join(two))
        return Agreement.SAME if glued else Agreement.OTHER
    for left, right in zip(one[1:], two[1:], strict=False):
        if not alike(left, right):
            return Agreement.OTHER if _distinguishes(left) and _distinguishes(right) else Agreement.UNSURE
    longer = max(one, two, key=len)[min(len(one), len(two)) :]
    return Agreement.UNSURE if longer and _distinguishes(longer[0]) else Agreement.SAME


def _facilities(a: Fact, b: Fact, alike: Alike) -> Agreement:
    """Facilities are many and named alike: "Puskesmas Batu" may be "Puskesmas Batu Jungku" or another one."""
    agreement = _names(a, b, alike)
    cut_short = len(_significant(a.words)) != len(_significant(b.words))
    return Agreement.UNSURE if agreement is Agreement.SAME and cut_short else agreement


def _significant(name: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in name if word not in TITLES) or name


def _distinguishes(word: str) -> bool:
    return word.isdecimal() or word in DIRECTIONS


def _values(a: Fact, b: Fact, _alike: Alike) -> Agreement:
    return Agreement.SAME if a.words == b.words else Agreement.OTHER


def _loose_values(a: Fact, b: Fact, _alike: Alike) -> Agreement:
    """Amounts and bare numbers are told differently by different people: they never part, but leave it unsure."""
    return Agreement.SAME if a.words == b.words else Agreement.UNSURE


def _dates(a: Fact, b: Fact, _alike: Alike) -> Agreement:
    """A date without its year agrees with any year."""
    (day, month, year), (other_day, other_month, other_year) = a.words, b.words
    same_day = (day, month) == (other_day, other_month)
    return Agreement.SAME if same_day and (not year or not other_year or year == other_year) else Agreement.OTHER


def _schools(a: Fact, b: Fact, alike: Alike) -> Agreement:
    (level, number, *names), (other_level, other_number, *other_names) = a.words, b.words
    if level != other_level or (number and other_number and number != other_number):
        return Agreement.OTHER
    if names and other_names and not alike(names[0], other_names[0]):
        return Agreement.OTHER
    return Agreement.SAME if number == other_number else Agreement.UNSURE


COMPARE: MappingProxyType[str, Callable[[Fact, Fact, Alike], Agreement]] = MappingProxyType(
    {
        **dict.fromkeys(NAMES, _names),
        "facility": _facilities,
        **dict.fromkeys(VALUES, _values),
        **dict.fromkeys(LOOSE, _loose_values),
        "date": _dates,
        "school": _schools,
    }
)
