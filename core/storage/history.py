"""The append-only history, each line bound to the one before it by a keyed digest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.model.lifecycle import State
from core.model.message import Attachment
from core.model.report import Event, FollowUpKind, HistoryEntry, HistoryMark
from core.storage.rows import add_rows, encode
from core.storage.tables import history
from core.vault import Unsealable, Vault

START = b""


class Extras(msgspec.Struct, frozen=True, array_like=True):
    """What few lines have. A digest is over the form a line was written in: a new field gets a form of its own."""

    secret: bool
    attachments: tuple[Attachment, ...]
    kind: FollowUpKind | None


class ExtrasInContext(Extras, frozen=True, array_like=True):
    """With what stood around the words."""

    context: str = ""


class HistoryBegun(Exception):
    """A report that is taken for new has a history already."""


class HistoryRows:
    """``registers.History``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def begin(self, entries: Sequence[HistoryEntry]) -> None:
        """The first lines of new reports, one each. Raises HistoryBegun."""
        begun = add_rows(self._connection, history, [self.first_row(entry) for entry in entries])
        if len(begun) != len(entries):
            raise HistoryBegun

    def append(self, entries: Sequence[HistoryEntry]) -> None:
        """The report is locked by the caller, so numbers do not collide; if they do, the transaction fails."""
        for entry in entries:
            last = self._connection.execute(
                select(history.c.number, history.c.digest)
                .where(history.c.report_id == entry.report_id)
                .order_by(history.c.number.desc())
                .limit(1)
            ).one_or_none()
            number, previous = (last.number + 1, last.digest) if last else (1, START)
            self._connection.execute(history.insert().values(self._row(entry, number, previous)))

    def first_row(self, entry: HistoryEntry) -> dict[str, Any]:
        """Every column of ``history``, for the line a history begins with."""
        return self._row(entry, 1, START)

    def _row(self, entry: HistoryEntry, number: int, previous: bytes) -> dict[str, Any]:
        return {
            "report_id": entry.report_id,
            "number": number,
            "at": entry.at,
            "event": entry.event.value,
            "actor": entry.actor,
            "state": entry.state.value,
            "public": entry.public,
            "previous": previous,
            "digest": self._digest(entry, number, previous),
            "sealed": self._vault.seal(entry.text.encode()),
            "extras": self._vault.seal(encode(extras)) if (extras := _extras(entry)) else None,
        }

    def _digest(self, entry: HistoryEntry, number: int, previous: bytes) -> bytes:
        """Over every field that has a meaning; the time in whole microseconds, as both databases keep it.

        A line without extras has the digest it had before there were any.
        """
        said = (entry.report_id, number, entry.at.timestamp(), entry.event.value, entry.actor, entry.state.value)
        extras = [found] if (found := _extras(entry)) else []
        return self._vault.digest_bytes("history", previous + encode((*said, entry.public, entry.text, *extras)))

    def of(self, report_id: str) -> Sequence[HistoryEntry]:
        """Oldest first."""
        statement = select(history).where(history.c.report_id == report_id).order_by(history.c.number).limit(10_000)
        return [self._entry(row) for row in self._connection.execute(statement)]

    def last(self, report_id: str, event: Event) -> HistoryEntry | None:
        """The newest line of one event."""
        statement = (
            select(history)
            .where(history.c.report_id == report_id, history.c.event == event.value)
            .order_by(history.c.number.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._entry(row)

    def newest(self, *, since: datetime, limit: int) -> Sequence[HistoryMark]:
        """Every event is named, so that the index on event and time is used."""
        columns = (history.c.report_id, history.c.number, history.c.at, history.c.event)
        statement = (
            select(*columns)
            .where(history.c.event.in_([event.value for event in Event]), history.c.at >= since)
            .order_by(history.c.at.desc(), history.c.report_id, history.c.number)
            .limit(limit)
        )
        rows = self._connection.execute(statement)
        return [HistoryMark(row.report_id, row.number, row.at, Event(row.event)) for row in rows]

    def broken(self, report_id: str) -> Sequence[int]:
        """Walks the chain from its start. A line that cannot even be read is broken as well."""
        statement = select(history).where(history.c.report_id == report_id).order_by(history.c.number).limit(10_000)
        wrong, previous = [], START
        for expected, row in enumerate(self._connection.execute(statement), 1):
            if not self._holds(row, expected, previous):
                wrong.append(row.number)
            previous = row.digest
        return wrong

    def _holds(self, row: Row[Any], expected: int, previous: bytes) -> bool:
        try:
            entry = self._entry(row)
        except (Unsealable, ValueError):
            return False
        digest = self._digest(entry, expected, previous)
        return (entry.number, entry.previous, entry.digest) == (expected, previous, digest)

    def _entry(self, row: Row[Any]) -> HistoryEntry:
        extras = self._opened(row.extras)
        return HistoryEntry(
            report_id=row.report_id,
            number=row.number,
            at=row.at,
            event=Event(row.event),
            actor=row.actor,
            state=State(row.state),
            text=self._vault.open(row.sealed).decode(),
            public=row.public,
            secret=extras.secret,
            attachments=extras.attachments,
            kind=extras.kind,
            context=extras.context,
            previous=row.previous,
            digest=row.digest,
        )

    def _opened(self, extras: bytes | None) -> ExtrasInContext:
        return decode_extras(self._vault.open(extras)) if extras is not None else NO_EXTRAS


def _extras(entry: HistoryEntry) -> Extras | None:
    """None for the many lines without any."""
    given = entry.secret, entry.attachments, entry.kind
    if entry.context:
        return ExtrasInContext(*given, entry.context)
    return Extras(*given) if any(given) else None


decode_extras = msgspec.msgpack.Decoder(ExtrasInContext).decode
NO_EXTRAS = ExtrasInContext(secret=False, attachments=(), kind=None)
