"""The agencies (*instansi*), categories and SMS keywords that an operator keeps in ``config/``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class Directory:
    """All agencies as one tree, by id; categories in the order of the file; keywords by ``squeeze``."""

    agencies: Mapping[str, Agency]
    categories: tuple[Category, ...] = ()
    keywords: Mapping[str, KeywordEntry] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The id of the national agency, which is above all others."""
        return next(agency.id for agency in self.agencies.values() if not agency.parent)

    def agency(self, agency_id: str) -> Agency | None:
        """By id."""
        return self.agencies.get(agency_id)

    def find(self, words: str) -> Agency | None:
        """By id, name or keyword, in any case and punctuation."""
        wanted = squeeze(words)
        if entry := self.keywords.get(wanted):
            return self.agencies[entry.agency]
        return next((a for a in self.agencies.values() if wanted in {squeeze(a.id), squeeze(a.name)}), None)

    def category(self, category_id: str) -> Category | None:
        """By id."""
        return next((category for category in self.categories if category.id == category_id), None)

    def children(self, agency_id: str) -> tuple[Agency, ...]:
        """Directly below, in the order of the file."""
        return tuple(agency for agency in self.agencies.values() if agency.parent == agency_id)

    def ancestors(self, agency_id: str) -> tuple[Agency, ...]:
        """Above, the nearest first; empty for an unknown agency."""
        return tuple(self._above(agency_id))

    def is_within(self, agency_id: str, ancestor: str) -> bool:
        """Whether it is ``ancestor`` or below it. A report of no agency (empty id) is the national agency's."""
        agency_id = agency_id or self.root
        return agency_id == ancestor or any(agency.id == ancestor for agency in self._above(agency_id))

    def _above(self, agency_id: str) -> Iterator[Agency]:
        agency = self.agencies.get(agency_id)
        while agency and agency.parent:
            agency = self.agencies[agency.parent]
            yield agency

    def below(self, agency_id: str) -> frozenset[str]:
        """The agency and everything under it, by id."""
        return frozenset(known for known in self.agencies if self.is_within(known, agency_id))


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
    keywords = _keywords(keywords_path, agencies)
    for entry in keywords.values():
        agency = agencies[entry.agency]
        agencies[agency.id] = replace(agency, keywords=(*agency.keywords, entry.written))
    return Directory(agencies=agencies, categories=_categories(categories_path), keywords=keywords)


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
