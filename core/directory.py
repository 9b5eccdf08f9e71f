"""The agencies (*instansi*), categories and SMS keywords that an operator keeps in ``config/``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.datafile import DataFileInvalid, read_data_file
from core.model.people import Agency, Category

DEFAULT_TIMEZONE = "Asia/Jakarta"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class KeywordEntry:
    """A first word of an SMS (or several: ``KAB. NGANJUK``). ``campaign``: its name, empty for an agency's keyword."""

    written: str
    agency: str
    campaign: str = ""


NO_KEYWORDS: Mapping[str, KeywordEntry] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Tree:
    """The agencies of one moment, with what is asked of them often."""

    agencies: Mapping[str, Agency]
    keywords: Mapping[str, KeywordEntry]
    children: Mapping[str, tuple[Agency, ...]]
    names: Mapping[str, str]
    version: str


class Directory:
    """All agencies as one tree, by id; categories in the order of the file; keywords by ``squeeze``.

    People add and change agencies while the gateway runs: ``learn`` puts another tree in place, at once for everybody
    who has this directory, also in other threads.
    """

    def __init__(
        self,
        *,
        agencies: Mapping[str, Agency],
        categories: tuple[Category, ...] = (),
        keywords: Mapping[str, KeywordEntry] = NO_KEYWORDS,
    ) -> None:
        self.categories = categories
        self._written = keywords
        self._tree = _grow(agencies.values(), keywords, version="")

    def learn(self, agencies: Iterable[Agency], *, version: str) -> None:
        """These are the agencies now. Keywords of the file stay with those that are still there, and go first."""
        self._tree = _grow(agencies, self._written, version=version)

    @property
    def written(self) -> Mapping[str, KeywordEntry]:
        """The keywords that the file writes, which no agency can take."""
        return self._written

    @property
    def version(self) -> str:
        """Of the tree learnt last; empty while it is that of the files."""
        return self._tree.version

    @property
    def agencies(self) -> Mapping[str, Agency]:
        """By id."""
        return self._tree.agencies

    @property
    def keywords(self) -> Mapping[str, KeywordEntry]:
        """By ``squeeze``."""
        return self._tree.keywords

    @property
    def root(self) -> str:
        """The id of the national agency, which is above all others."""
        return self._tree.children[""][0].id

    def agency(self, agency_id: str) -> Agency | None:
        """By id."""
        return self._tree.agencies.get(agency_id)

    def find(self, words: str) -> Agency | None:
        """By id, name or keyword, in any case and punctuation."""
        tree, wanted = self._tree, squeeze(words)
        entry = tree.keywords.get(wanted)
        return tree.agencies.get(entry.agency if entry else tree.names.get(wanted, ""))

    def category(self, category_id: str) -> Category | None:
        """By id."""
        return next((category for category in self.categories if category.id == category_id), None)

    def children(self, agency_id: str) -> tuple[Agency, ...]:
        """Directly below, in the order of the file."""
        return self._tree.children.get(agency_id, ()) if agency_id else ()

    def ancestors(self, agency_id: str) -> tuple[Agency, ...]:
        """Above, the nearest first; empty for an unknown agency."""
        return tuple(_above(agency_id, self._tree.agencies))

    def is_within(self, agency_id: str, ancestor: str) -> bool:
        """Whether it is ``ancestor`` or below it. A report of no agency (empty id) is the national agency's."""
        agency_id = agency_id or self.root
        return agency_id == ancestor or any(a.id == ancestor for a in _above(agency_id, self._tree.agencies))

    def below(self, agency_id: str) -> frozenset[str]:
        """The agency and everything under it, by id."""
        tree = self._tree
        found = [agency_id] if agency_id in tree.agencies else []
        for each in found:  # The list grows while it is walked.
            found += [child.id for child in tree.children.get(each, ())]
        return frozenset(found)


def _above(agency_id: str, agencies: Mapping[str, Agency]) -> Iterator[Agency]:
    agency = agencies.get(agency_id)
    while agency and agency.parent:
        agency = agencies[agency.parent]
        yield agency


def _grow(given: Iterable[Agency], written: Mapping[str, KeywordEntry], *, version: str) -> _Tree:
    """An agency's keywords are those that the file writes for it and its own that are nobody else's."""
    agencies = {agency.id: agency for agency in given}
    keywords = {word: entry for word, entry in written.items() if entry.agency in agencies}
    for agency in agencies.values():
        for own in agency.keywords:
            keywords.setdefault(squeeze(own), KeywordEntry(own, agency.id))
    for word, entry in keywords.items():
        agency = agencies[entry.agency]
        if word not in map(squeeze, agency.keywords):
            agencies[agency.id] = replace(agency, keywords=(*agency.keywords, entry.written))
    children: dict[str, list[Agency]] = {}
    names: dict[str, str] = {}
    for agency in agencies.values():
        children.setdefault(agency.parent, []).append(agency)
        for name in (agency.id, agency.name):
            names.setdefault(squeeze(name), agency.id)
    return _Tree(agencies, keywords, {parent: tuple(below) for parent, below in children.items()}, names, version)


def squeeze(words: str) -> str:
    """Letters and digits only, in lower case: ``KAB. NGANJUK`` and ``kabnganjuk`` are one keyword."""
    return re.sub(r"[\W_]", "", words.casefold())


class AgencyRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An ``[[agency]]`` of the file. ``timezone`` or ``region`` empty: the parent's."""

    id: str
    name: str
    parent: str = ""
    timezone: str = ""
    region: str = ""


class AgencyFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """``config/agencies.toml``."""

    agency: tuple[AgencyRow, ...]


class CategoryRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A ``[[category]]`` of the file."""

    id: str
    name: str


class CategoryFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """``config/categories.toml``."""

    category: tuple[CategoryRow, ...]


class KeywordRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A ``[[keyword]]`` of the file."""

    words: tuple[str, ...]
    agency: str
    campaign: str = ""


class KeywordFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """``config/keywords.toml``."""

    keyword: tuple[KeywordRow, ...] = ()


def load_directory(agencies_path: Path, *, categories_path: Path, keywords_path: Path) -> Directory:
    """Read the three files and check them against one another.

    Raises:
        DataFileInvalid: names file, key, value and remedy.
    """
    agencies = _agencies(agencies_path)
    return Directory(
        agencies=agencies,
        categories=_categories(categories_path),
        keywords=_keywords(keywords_path, agencies),
    )


def _agencies(path: Path) -> dict[str, Agency]:
    rows: dict[str, AgencyRow] = {}
    for index, row in enumerate(read_data_file(path, shape=AgencyFile).agency):
        _check_id(path, f"agency[{index}].id", row.id, rows)
        _check_timezone(path, f"agency[{index}].timezone", row.timezone)
        rows[row.id] = row
    _check_tree(path, rows)
    return {row.id: _agency(row, rows) for row in rows.values()}


def _agency(row: AgencyRow, rows: Mapping[str, AgencyRow]) -> Agency:
    return Agency(row.id, row.name, row.parent, timezone=_timezone(row, rows), region=_region(row, rows))


def _check_id(path: Path, key: str, value: str, taken: Mapping[str, object]) -> None:
    if not ID.fullmatch(value):
        raise DataFileInvalid(path, key=key, value=value, remedy="use small letters, digits and single dashes")
    if value in taken:
        raise DataFileInvalid(path, key=key, value=value, remedy="it is used twice; give each its own")


def _check_timezone(path: Path, key: str, value: str) -> None:
    try:
        ZoneInfo(value or DEFAULT_TIMEZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        remedy = "write Asia/Jakarta, Asia/Makassar or Asia/Jayapura (and have the system's tzdata installed)"
        raise DataFileInvalid(path, key=key, value=value, remedy=remedy) from error


def _check_tree(path: Path, rows: Mapping[str, AgencyRow]) -> None:
    roots = [row.id for row in rows.values() if not row.parent]
    if len(roots) != 1:
        remedy = "exactly one agency, the national one, has no parent"
        raise DataFileInvalid(path, key="agency.parent", value=roots, remedy=remedy)
    for index, row in enumerate(rows.values()):
        if row.parent and row.parent not in rows:
            remedy = "name the id of an agency in this file"
            raise DataFileInvalid(path, key=f"agency[{index}].parent", value=row.parent, remedy=remedy)
    for index, row in enumerate(rows.values()):
        if len(list(_upwards(row, rows))) > len(rows):
            remedy = "the agency stands above itself; correct the parents"
            raise DataFileInvalid(path, key=f"agency[{index}].parent", value=row.parent, remedy=remedy)


def _upwards(row: AgencyRow, rows: Mapping[str, AgencyRow]) -> Iterator[AgencyRow]:
    """The row and those above it; in a circle one more than there are rows."""
    for _ in range(len(rows) + 1):
        yield row
        if not row.parent:
            return
        row = rows[row.parent]


def _timezone(row: AgencyRow, rows: Mapping[str, AgencyRow]) -> str:
    return next((above.timezone for above in _upwards(row, rows) if above.timezone), DEFAULT_TIMEZONE)


def _region(row: AgencyRow, rows: Mapping[str, AgencyRow]) -> str:
    return next((above.region for above in _upwards(row, rows) if above.region), "")


def _categories(path: Path) -> tuple[Category, ...]:
    categories: dict[str, Category] = {}
    for index, row in enumerate(read_data_file(path, shape=CategoryFile).category):
        _check_id(path, f"category[{index}].id", row.id, categories)
        categories[row.id] = Category(row.id, row.name)
    return tuple(categories.values())


def _keywords(path: Path, agencies: Mapping[str, Agency]) -> dict[str, KeywordEntry]:
    entries: dict[str, KeywordEntry] = {}
    for index, row in enumerate(read_data_file(path, shape=KeywordFile).keyword):
        if row.agency not in agencies:
            remedy = "name the id of an agency in the file of agencies"
            raise DataFileInvalid(path, key=f"keyword[{index}].agency", value=row.agency, remedy=remedy)
        for place, written in enumerate(row.words):
            word = squeeze(written)
            if len(word) < 2 or word in entries:
                remedy = "give each keyword once, with two letters or more"
                raise DataFileInvalid(path, key=f"keyword[{index}].words[{place}]", value=written, remedy=remedy)
            entries[word] = KeywordEntry(written, row.agency, row.campaign)
    return entries
