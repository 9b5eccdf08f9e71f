"""The tree of agencies in the database."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.model.people import Agency
from core.storage.people import CursorRows
from core.storage.rows import add_rows
from core.storage.tables import agencies, cursors

VERSION = "agencies"


class AgencyRows:
    """``rosters.Agencies``. The version stands with the cursors: it, too, says how far something was read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Agency]:
        """In the order of ``place``."""
        rows = self._connection.execute(select(agencies).order_by(agencies.c.place, agencies.c.id).limit(200_000))
        return [_agency(row) for row in rows]

    def add_all(self, given: Sequence[Agency]) -> Collection[str]:
        """Behind those that are there."""
        last = self._connection.execute(select(func.max(agencies.c.place))).scalar_one() or 0
        rows = [{"id": each.id, "place": last + number, **_values(each)} for number, each in enumerate(given, 1)]
        return add_rows(self._connection, agencies, rows)

    def save(self, agency: Agency) -> None:
        """All but its id and place."""
        self._connection.execute(update(agencies).where(agencies.c.id == agency.id).values(_values(agency)))

    def lock(self) -> None:
        """The row of the version is locked, and made where there is none yet."""
        add_rows(self._connection, cursors, [{"name": VERSION, "value": ""}])
        self._connection.execute(select(cursors.c.value).where(cursors.c.name == VERSION).with_for_update())

    def version(self) -> str:
        """As noted last."""
        return CursorRows(self._connection).get(VERSION) or ""

    def note_change(self, version: str) -> None:
        """For the other processes to see."""
        CursorRows(self._connection).save(VERSION, version)


def _values(agency: Agency) -> dict[str, Any]:
    return {
        "name": agency.name,
        "parent": agency.parent,
        "timezone": agency.timezone,
        "region": agency.region,
        "connected": agency.connected,
        "keywords": "\n".join(agency.keywords),
    }


def _agency(row: Row[Any]) -> Agency:
    return Agency(
        id=row.id,
        name=row.name,
        parent=row.parent,
        keywords=tuple(row.keywords.split("\n")) if row.keywords else (),
        timezone=row.timezone,
        region=row.region,
        connected=row.connected,
    )
