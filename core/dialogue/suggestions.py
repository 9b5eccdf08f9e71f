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
LOCAL = re.compile(r"\b(?:kabupaten|kab|kota|provinsi|prov)\b[ .]*(.+)", re.IGNORECASE)
READ = 6000


def suggest_agencies(text: str, directory: Directory) -> tuple[str, ...]:
    """The ids of at most three agencies: the one whose keyword ``text`` begins with (``TANGKAB``), then those whose
    name or keyword is in it, the most telling first.
    """
    said = frozenset(WORD.findall(text[:READ].casefold()))
    spread = Counter(word for agency in directory.agencies.values() for word in _telling(agency.name))
    scores: dict[str, float] = {}
    for agency in directory.agencies.values():
        name = _telling(agency.name)
        score = sum(1 / spread[word] for word in name & said) * len(name & said) / max(len(name), 1)
        score += sum(squeeze(keyword) in said for keyword in _long(agency.keywords))
        if score and agency.id != directory.root:
            scores[agency.id] = score
    keyword = read_keyword(text[:READ], directory)
    first = (keyword.agency,) if keyword and keyword.exact and keyword.agency != directory.root else ()
    ranked = sorted(scores, key=lambda each: (-scores[each], each))
    return tuple(dict.fromkeys((*first, *ranked)))[:MOST]


def region_names(directory: Directory) -> frozenset[str]:
    """The names of regencies, cities and provinces among the agencies, word by word."""
    local = (LOCAL.search(agency.name) for agency in directory.agencies.values())
    return frozenset().union(*(_telling(found[1]) for found in local if found))


def _telling(name: str) -> frozenset[str]:
    return frozenset(WORD.findall(name.casefold())) - GENERIC


def _long(keywords: tuple[str, ...]) -> Iterator[str]:
    return (keyword for keyword in keywords if len(squeeze(keyword)) >= SHORTEST)
