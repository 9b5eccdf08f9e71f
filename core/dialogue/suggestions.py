"""Which agencies a report may be for, by what it says. A suggestion binds nobody: the admin decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class _Index:
    """By word the agencies in whose name or keywords it is, with how much it tells of each; and names of regions."""

    by_word: Mapping[str, Mapping[str, float]]
    regions: frozenset[str]


def suggest_agencies(text: str, directory: Directory) -> tuple[str, ...]:
    """The ids of at most three agencies: the one whose keyword ``text`` begins with (``TANGKAB``), then those whose
    name or keyword is in it, the most telling first.
    """
    by_word = _index(directory, directory.version).by_word
    scores: dict[str, float] = {}
    for word in frozenset(WORD.findall(text[:READ].casefold())) & by_word.keys():
        for agency, score in by_word[word].items():
            scores[agency] = scores.get(agency, 0) + score
    keyword = read_keyword(text[:READ], directory)
    first = (keyword.agency,) if keyword and keyword.exact and keyword.agency != directory.root else ()
    ranked = sorted(scores, key=lambda each: (-scores[each], each))
    return tuple(dict.fromkeys((*first, *ranked)))[:MOST]


def region_names(directory: Directory) -> frozenset[str]:
    """The names of regencies, cities and provinces among the agencies, word by word."""
    return _index(directory, directory.version).regions


@lru_cache(maxsize=4)
def _index(directory: Directory, _version: str) -> _Index:
    """A word tells the more, the fewer agencies have it and the more of an agency's name it is."""
    names = {agency.id: _telling(agency.name) for agency in directory.agencies.values() if agency.id != directory.root}
    having: dict[str, list[str]] = {}
    for agency_id, name in names.items():
        for word in name:
            having.setdefault(word, []).append(agency_id)
    by_word = {word: {each: 1 / len(ids) / len(names[each]) for each in ids} for word, ids in having.items()}
    for agency_id in names:
        for keyword in map(squeeze, directory.agencies[agency_id].keywords):
            if len(keyword) >= SHORTEST:
                by_word.setdefault(keyword, {})[agency_id] = 1.0
    local = (LOCAL.search(agency.name) for agency in directory.agencies.values())
    return _Index(by_word, frozenset[str]().union(*(_telling(found[1]) for found in local if found)))


def _telling(name: str) -> frozenset[str]:
    return frozenset(WORD.findall(name.casefold())) - GENERIC
