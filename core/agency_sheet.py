"""Agencies from a spreadsheet saved as CSV: read whole, checked whole, every mistake told with line and column."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.directory import DEFAULT_TIMEZONE, ID, KeywordEntry, squeeze
from core.model.people import Agency

COLUMNS = ("id", "name", "parent", "timezone", "keywords", "connected")
NEEDED = ("id", "name", "parent")
ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
YES = frozenset({"ya", "yes", "y", "1", "true", "benar", "terhubung"})
NO = frozenset({"tidak", "no", "n", "0", "false", "salah", "belum"})
LONGEST_ID, LONGEST_NAME = 64, 200
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in one cell, and what to write instead. ``column`` empty: the whole line."""

    line: int
    column: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.column}' if self.column else ''}: '{self.value[:60]}': {self.remedy}"


class SheetInvalid(Exception):
    """The sheet cannot be used; nothing of it was."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the sheet; a column that the sheet does not have is not in ``cells``."""

    line: int
    cells: Mapping[str, str]

    def mistake(self, column: str, remedy: str) -> Mistake:
        """In one of this line's cells."""
        return Mistake(self.line, column, self.cells.get(column, ""), remedy)


def read_sheet(content: bytes, *, known: Sequence[Agency], written: Mapping[str, KeywordEntry]) -> tuple[Agency, ...]:
    """The agencies of a sheet. Where it lacks a column, or ``timezone`` or ``connected`` is empty, ``known`` ones stay
    as they are.

    Commas, semicolons or tabs; UTF-8 with or without its mark, or UTF-16 with it; ``sep=;`` in the first line and
    ``="…"`` in a cell are Excel's. ``written``: keywords that are given away in the file of keywords.

    Raises:
        SheetInvalid: with every mistake there is.
    """
    rows = _rows(content)
    before = {agency.id: agency for agency in known}
    mistakes = [mistake for row in rows for mistake in _wrong_cells(row)]
    mistakes += _given_twice(rows)
    if not mistakes:
        after = before | {row.cells["id"]: _agency(row, before) for row in rows}
        lines = {row.cells["id"]: row for row in rows}
        mistakes += _wrong_tree(lines, after, rows)
        mistakes += _taken_keywords(lines, after, written)
        if not mistakes:
            return tuple(_with_zone(after[row.cells["id"]], after) for row in rows)
    raise SheetInvalid(sorted(mistakes, key=lambda mistake: mistake.line))


def check_agency(agency: Agency) -> str:
    """The field of an agency that cannot be as it is, or empty."""
    cells = {"id": agency.id, "name": agency.name, "timezone": agency.timezone, "keywords": "|".join(agency.keywords)}
    return next((mistake.column for mistake in _wrong_cells(_Row(0, cells))), "")


def check_tree(agencies: Iterable[Agency]) -> Iterator[tuple[str, str]]:
    """(id, what is wrong) for each agency that does not stand in one tree below one national agency."""
    by_id = {agency.id: agency for agency in agencies}
    roots = [agency.id for agency in by_id.values() if not agency.parent]
    rooted = set(roots)
    for agency in by_id.values():
        if agency.parent and agency.parent not in by_id:
            yield agency.id, "there is no agency with this id; add it, or correct the parent"
        elif len(roots) > 1 and agency.id in roots[1:]:
            yield agency.id, f"only the national agency '{roots[0]}' has no parent; name one"
        elif not _reaches_root(agency, by_id, rooted):
            yield agency.id, "the agency stands above itself; correct the parents"


def _reaches_root(agency: Agency, by_id: Mapping[str, Agency], rooted: set[str]) -> bool:
    """``rooted`` collects those known to hang on the tree, so that each is walked once."""
    path: dict[str, None] = {}
    current: Agency | None = agency
    while current is not None and current.id not in rooted:
        if current.id in path:
            return False
        path[current.id] = None
        current = by_id.get(current.parent)
    rooted.update(path)
    return True


def _rows(content: bytes) -> list[_Row]:
    text = _text(content)
    first, _, rest = text.partition("\n")
    mark = re.fullmatch(r"sep=(.)\s*", first.strip("\r"), re.IGNORECASE)
    body, skipped = (rest, 1) if mark else (text, 0)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=mark[1] if mark else _delimiter(body), strict=True)
    try:
        lines = [(reader.line_num + skipped, [_clean(cell) for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise SheetInvalid([Mistake(reader.line_num + skipped, "", str(error), "correct the quotes")]) from error
    filled = [(line, cells) for line, cells in lines if any(cells)]
    if not filled:
        raise SheetInvalid([Mistake(1, "", "", f"the first line names the columns: {', '.join(COLUMNS)}")])
    names = _header(*filled[0])
    return [_row(line, cells, names) for line, cells in filled[1:]]


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise SheetInvalid([Mistake(1, "", f"{len(content)} bytes", f"at most {MOST_BYTES} bytes")])
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\0", "")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        shown = content[error.start : error.start + 1].hex()
        raise SheetInvalid([Mistake(line, "", f"byte {shown}", "save it as 'CSV UTF-8'")]) from error


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=head.count)


def _clean(cell: str) -> str:
    """Excel keeps a number as text by ``="0012"`` or by an apostrophe."""
    text = cell.replace("\u00a0", " ").strip()
    quoted = re.fullmatch(r'="(.*)"', text)
    return (quoted[1] if quoted else text.removeprefix("'")).strip()


def _header(line: int, cells: Sequence[str]) -> list[str]:
    names = [cell.casefold() for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = f"the columns are {', '.join(COLUMNS)}"
    wrong = [Mistake(line, name, name, known) for name in names if name not in COLUMNS]
    wrong += [Mistake(line, name, name, "give each column once") for name in COLUMNS if names.count(name) > 1]
    wrong += [Mistake(line, name, "", "this column is needed") for name in NEEDED if name not in names]
    if wrong:
        raise SheetInvalid(wrong)
    return names


def _row(line: int, cells: Sequence[str], names: Sequence[str]) -> _Row:
    padded = [*cells, *[""] * len(names)]
    extra = " ".join(cells[len(names) :]).strip()
    found = dict(zip(names, padded, strict=False))
    return _Row(line, {**found, "extra": extra} if extra else found)


def _wrong_cells(row: _Row) -> Iterator[Mistake]:
    cells = row.cells
    if not ID.fullmatch(cells["id"]) or len(cells["id"]) > LONGEST_ID:
        yield row.mistake("id", "small letters, digits and single dashes, such as kab-nganjuk-dinas-sosial")
    if not 0 < len(cells["name"]) <= LONGEST_NAME or not cells["name"].isprintable():
        yield row.mistake("name", f"1 to {LONGEST_NAME} characters on one line")
    if cells.get("timezone") and not _zone(cells["timezone"]):
        yield row.mistake("timezone", "WIB, WITA or WIT, or empty for that of the agency above")
    if cells.get("connected") and cells["connected"].casefold() not in YES | NO:
        yield row.mistake("connected", "ya or tidak")
    if any(len(squeeze(word)) < 2 or len(word) > LONGEST_ID for word in _words(cells.get("keywords", ""))):
        yield row.mistake("keywords", "two letters or more each, parted by |")
    if "extra" in cells:
        yield Mistake(row.line, "", cells["extra"], "more cells than columns; quote a text that holds the separator")


def _zone(written: str) -> str:
    """The zone's name, or empty where there is none."""
    name = ZONES.get(written.casefold(), written)
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for part in re.split(r"[|,;\n]", cell) if (word := " ".join(part.split())))


def _given_twice(rows: Sequence[_Row]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for row in rows:
        line = first.setdefault(row.cells["id"], row.line)
        if line != row.line and row.cells["id"]:
            yield row.mistake("id", f"line {line} has it too; give each agency once")


def _agency(row: _Row, known: Mapping[str, Agency]) -> Agency:
    """``timezone`` stays empty where nothing says it."""
    cells = row.cells
    before = known.get(cells["id"]) or Agency(cells["id"], cells["name"], timezone="")
    connected = cells.get("connected", "").casefold()
    return replace(
        before,
        name=cells["name"],
        parent=cells["parent"],
        timezone=_zone(cells["timezone"]) if cells.get("timezone") else before.timezone,
        keywords=_words(cells["keywords"]) if "keywords" in cells else before.keywords,
        connected=connected in YES if connected else before.connected,
    )


def _with_zone(agency: Agency, after: Mapping[str, Agency]) -> Agency:
    above: Agency | None = agency
    while above is not None and not above.timezone:
        above = after.get(above.parent)
    return replace(agency, timezone=above.timezone if above else DEFAULT_TIMEZONE)


def _wrong_tree(lines: Mapping[str, _Row], after: Mapping[str, Agency], rows: Sequence[_Row]) -> Iterator[Mistake]:
    """What is wrong with an agency that the sheet does not name comes from one that it does: its first line is told."""
    for agency_id, remedy in check_tree(after.values()):
        row = lines.get(agency_id) or rows[0]
        yield row.mistake("parent", remedy if agency_id in lines else f"'{agency_id}': {remedy}")


def _taken_keywords(
    lines: Mapping[str, _Row], after: Mapping[str, Agency], written: Mapping[str, KeywordEntry]
) -> Iterator[Mistake]:
    owners = {word: entry.agency for word, entry in written.items()}
    in_order = sorted(after.values(), key=lambda agency: agency.id in lines)
    for agency in in_order:
        for word in agency.keywords:
            owner = owners.setdefault(squeeze(word), agency.id)
            if owner != agency.id and agency.id in lines:
                yield lines[agency.id].mistake("keywords", f"'{word}' means '{owner}' already")
