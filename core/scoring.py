"""How sure it is that two texts tell of the same event. The only place that knows rapidfuzz.

Likeness of words is not sameness of events, so facts come first: another street, RT, date or NIK means another event
however alike the words. What is left is weighed by a logistic function over a few features. Its weights were fitted on
2,115 labelled pairs of Indonesian complaints (17 kinds of repeats and look-alikes), and the two thresholds measured by
judging each third of them with weights fitted on the others: ``tests/core/fixtures/README.md`` has the figures.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from rapidfuzz import fuzz

from core.agreement import Agreement, agreements
from core.lexicon import lexicon
from core.text import Comparable

SURE = 0.9
UNSURE = 0.5
BELOW_SURE = 0.89
BELOW_UNSURE = 0.3
FEWEST_WORDS = 3
MOST_LEFT_OVER = 40
ALIKE = 75

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "bias": -2.83,
        "names": 2.33,
        "matter": 1.82,
        "first_subject": 2.08,
        "other_subject": -4.69,
        "places": 2.33,
        "exact": 2.03,
        "alone": -5.25,
        "unsure": -1.02,
        "exchanged": -1.98,
    }
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comparing two texts came to.

    Attributes:
        score: 0 to 1, how likely both tell of the same event: from ``SURE`` on link by itself, from ``UNSURE`` on ask.
        conflict: the kind of fact that tells them apart ("street", "date", "nik", ...); empty when there is none.
        reasons: what speaks for it, in Indonesian and without the texts' own words, for the person who decides.
    """

    score: float
    conflict: str = ""
    reasons: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of each set of words is found in the other, and how many words are left over on each side."""

    first: float
    second: float
    left_first: int
    left_second: int


def identical(a: Comparable, b: Comparable) -> bool:
    """Whether both say the same words in the same order, courtesy and spelling aside."""
    return bool(a.words) and a.words == b.words


def judge(a: Comparable, b: Comparable) -> Judgement:
    """Whether ``a`` and ``b`` tell of the same event; the order does not matter.

    Fewer than three telling words on either side are too little to judge: such a score stays below ``UNSURE``.
    """
    agreed = agreements(a, b, alike=are_alike)
    conflict = _conflict(agreed)
    if conflict:
        return Judgement(score=0.0, conflict=conflict)
    if min(len(a.content), len(b.content)) < FEWEST_WORDS:
        return Judgement(score=BELOW_UNSURE if identical(a, b) else 0.0)
    if identical(a, b):
        return Judgement(score=1.0, reasons=("kata-katanya sama",))
    names, matter = _cover(a.names, b.names), _cover(a.matter, b.matter)
    features = measure(a, b, agreed=agreed, names=names, matter=matter)
    score = 1 / (1 + math.exp(-sum(WEIGHTS[name] * value for name, value in features.items())))
    if _is_doubtful(features, agreed=agreed, names=names):
        score = min(score, BELOW_SURE)
    return Judgement(score=round(score, 4), reasons=tuple(_reasons(a, b, agreed, names)))


def _conflict(agreed: Mapping[str, Agreement]) -> str:
    """The first fact that differs. Where the NIK is the same, a differing name is a slip of the pen."""
    vetoes = [kind for kind, agreement in agreed.items() if agreement is Agreement.OTHER]
    if agreed.get("nik") is Agreement.SAME and "person" in vetoes:
        vetoes.remove("person")
    return vetoes[0] if vetoes else ""


def measure(
    a: Comparable, b: Comparable, *, agreed: Mapping[str, Agreement], names: Cover, matter: Cover
) -> dict[str, float]:
    """The features that are weighed, each between 0 and 1."""
    places = [agreement for kind, agreement in agreed.items() if kind in FINE_PLACES]
    found = sum(agreement in {Agreement.SAME, Agreement.MENTIONED} for agreement in places)
    exact = sum(agreed.get(kind) is Agreement.SAME for kind in EXACT)
    return {
        "bias": 1.0,
        "names": max(names.first, names.second),
        "matter": max(matter.first, matter.second),
        "first_subject": float(bool(_first_subject(a) & b.subjects and _first_subject(b) & a.subjects)),
        "other_subject": float(bool(a.subjects and b.subjects and not a.subjects & b.subjects)),
        "places": min(found, 3) / 3,
        "exact": min(exact, 2) / 2,
        "alone": min(places.count(Agreement.ALONE), 2) / 2,
        "unsure": float(Agreement.UNSURE in agreed.values()),
        "exchanged": min(names.left_first, names.left_second, 3) / 3,
    }


FINE_PLACES = frozenset({"street", "gang", "village", "estate", "facility", "company", "person", "school"})
EXACT = ("nik", "plate", "school", "date", "rt", "km")


def _is_doubtful(features: Mapping[str, float], *, agreed: Mapping[str, Agreement], names: Cover) -> bool:
    """What no likeness of words can make sure: a place that only one text names, exchanged names, another matter.

    A facility is its own subject ("Puskesmas"), so there the words of the matter must agree.
    """
    if agreed.get("nik") is Agreement.SAME or agreed.get("plate") is Agreement.SAME:
        return features["other_subject"] > 0
    placed = features["places"] > 0 or features["exact"] > 0 or min(names.first, names.second) == 1
    alike = features["matter"] >= 0.5 and not features["other_subject"]
    about_the_same = alike or (features["first_subject"] > 0 and "facility" not in agreed)
    return any(features[name] > 0 for name in ("alone", "unsure", "exchanged")) or not placed or not about_the_same


def _cover(a: frozenset[str], b: frozenset[str]) -> Cover:
    """Overlap in both directions; words that are nearly alike (a slip, a scanner's mistake) count as the same."""
    left = sorted(b - a)[:MOST_LEFT_OVER]
    paired = 0
    for word in sorted(a - b)[:MOST_LEFT_OVER]:
        twin = next((other for other in left if are_alike(word, other)), "")
        if twin:
            left.remove(twin)
            paired += 1
    shared = len(a & b) + paired
    return Cover(
        first=shared / len(a) if a else 0.0,
        second=shared / len(b) if b else 0.0,
        left_first=len(a) - shared,
        left_second=len(b) - shared,
    )


def are_alike(one: str, two: str) -> bool:
    """Whether two words are the same but for a slip: 75 % of their letters agree, or one is the other cut off."""
    if one == two:
        return True
    if min(len(one), len(two)) < 4 or one.isdecimal() or two.isdecimal():
        return False
    return one.startswith(two) or two.startswith(one) or fuzz.ratio(one, two) >= ALIKE


def _first_subject(text: Comparable) -> frozenset[str]:
    """What the text speaks of first: mostly its matter, where later words tell causes and consequences."""
    subjects = lexicon().subjects
    return next((subjects[word] for word in text.words if word in subjects), frozenset())


def _reasons(a: Comparable, b: Comparable, agreed: Mapping[str, Agreement], names: Cover) -> Iterator[str]:
    same = [KINDS_SHOWN[kind] for kind, agreement in agreed.items() if agreement is Agreement.SAME]
    if same:
        yield f"sama: {', '.join(same)}"
    if subjects := sorted(a.subjects & b.subjects):
        yield f"pokok: {', '.join(subjects)}"
    yield f"nama dan kata khas yang sama: {round(100 * max(names.first, names.second))} %"


KINDS_SHOWN = {
    "street": "jalan",
    "gang": "gang",
    "village": "desa/kelurahan",
    "estate": "perumahan",
    "facility": "puskesmas/rumah sakit",
    "company": "perusahaan",
    "district": "kecamatan",
    "regency": "kabupaten/kota",
    "person": "nama orang",
    "school": "sekolah",
    "date": "tanggal",
    "nik": "NIK",
    "plate": "nomor kendaraan",
    "rt": "RT",
    "rw": "RW",
    "km": "kilometer",
    "year": "tahun",
    "amount": "jumlah uang",
    "number": "nomor",
}
