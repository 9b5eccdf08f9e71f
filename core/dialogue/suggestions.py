"""Which agencies a report may be for, by what it says. A suggestion binds nobody: the admin decides."""

import re
from collections import Counter
from collections.abc import Iterator

from core.directory import Directory, squeeze
from core.keywords import read_keyword
from core.lexicon import words

MOST = 3
SHORTEST = 4
WORD = re.compile(r"[^\W\d_]{3,}")
GENERIC = words(
    "kementerian badan dinas direktorat jenderal lembaga kantor pemerintah pemerintahan daerah kabupaten kab kota"
    " provinsi prov nasional republik indonesia dan negara pusat pelayanan unit admin lapor umum urusan bidang bagian"
    " sekretariat"
)
READ = 6000


def known_agency(text: str, directory: Directory) -> str:
    """The id of the agency that ``text`` begins with, as on SMS (``TANGKAB``), or is nothing but; empty for none."""
    found = read_keyword(text[:READ], directory)
    if found is not None and found.exact:
        return found.agency
    named = directory.find(text) if len(text) <= 200 else None
    return named.id if named else ""


def suggest_agencies(text: str, directory: Directory) -> tuple[str, ...]:
    """The ids of at most three agencies whose name or keyword is in ``text``, the most telling first."""
    said = frozenset(WORD.findall(text[:READ].casefold()))
    spread = Counter(word for agency in directory.agencies.values() for word in _telling(agency.name))
    scores: dict[str, float] = {}
    for agency in directory.agencies.values():
        score = sum(1 / spread[word] for word in _telling(agency.name) & said)
        score += sum(squeeze(keyword) in said for keyword in _long(agency.keywords))
        if score and agency.id != directory.root:
            scores[agency.id] = score
    return tuple(sorted(scores, key=lambda each: (-scores[each], each))[:MOST])


def _telling(name: str) -> frozenset[str]:
    return frozenset(WORD.findall(name.casefold())) - GENERIC


def _long(keywords: tuple[str, ...]) -> Iterator[str]:
    return (keyword for keyword in keywords if len(squeeze(keyword)) >= SHORTEST)
