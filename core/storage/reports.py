"""Reports in the database: the whole report sealed in one value, beside the columns that are searched."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from core.model.lifecycle import State
from core.model.listing import urgency
from core.model.people import Figures
from core.model.report import Report
from core.registers import Changed
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import report_copies, reports
from core.vault import Vault

decode = msgspec.msgpack.Decoder(Report).decode

# The busiest statements are built once: building them costs as much as running them.
BY_ID = select(reports.c.sealed).where(reports.c.id == bindparam("id"))
BY_NUMBER = select(reports.c.sealed).where(reports.c.tracking_id == bindparam("tracking_id"))
LOCKED = BY_ID.with_for_update()
OF_REPORTER = (
    select(reports.c.sealed)
    .where(reports.c.reporter_digest == bindparam("reporter_digest"))
    .order_by(reports.c.received_at.desc(), reports.c.id.desc())
    .limit(bindparam("most"))
)


class ReportRows:
    """``registers.Reports``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._copies: dict[str, tuple[str, ...]] = {}

    def add_all(self, given: Sequence[tuple[Report, str]]) -> Collection[str]:
        """One statement for all; the ids of those whose tracking number another report has."""
        rows = [self._columns(report) | self._pin(report.id, pin) for report, pin in given]
        added = add_rows(self._connection, reports, rows)
        self._copy([report for report, _ in given if report.id in added])
        return {report.id for report, _ in given} - added

    def _copy(self, given: Sequence[Report]) -> None:
        """Who may read them as a copy."""
        rows = [{"report_id": report.id, "agency": agency} for report in given for agency in set(report.copies)]
        add_rows(self._connection, report_copies, rows)

    def _pin(self, report_id: str, pin: str) -> dict[str, Any]:
        return {"pin_digest": self._vault.digest("pin", report_id + pin), "pin_sealed": self._vault.seal(pin.encode())}

    def _columns(self, report: Report) -> dict[str, Any]:
        return {
            "id": report.id,
            "tracking_id": report.tracking_id,
            "version": report.version,
            "state": report.state.value,
            "channel": report.channel,
            "reporter_digest": self._vault.digest(report.reporter.scheme, report.reporter.value),
            "received_at": report.received_at,
            "verify_by": report.verify_by,
            "follow_up_by": report.follow_up_by,
            "agency": report.agency,
            "category": report.category,
            "classification": report.classification,
            "anonymous": report.anonymous,
            "secret": report.secret,
            "priority": report.priority,
            "duplicate_of": report.duplicate_of,
            "claimed_by": report.claimed_by,
            "claimed_until": report.claimed_until,
            "request": report.request.kind.value if report.request else None,
            "decider": report.request.decider if report.request else None,
            "sealed": self._vault.seal(encode(report)),
            "urgency": urgency(report),
        }

    def get(self, report_id: str) -> Report | None:
        """By id."""
        return self._one(BY_ID, id=report_id)

    def some(self, report_ids: Collection[str]) -> Sequence[Report]:
        """Those of these ids that exist, in the order of their ids."""
        if not report_ids:
            return []
        mine = one_of(self._connection, reports.c.id, report_ids)
        return self._many(select(reports.c.sealed).where(mine).order_by(reports.c.id))

    def find(self, tracking_id: str) -> Report | None:
        """By tracking number."""
        return self._one(BY_NUMBER, tracking_id=tracking_id)

    def lock(self, report_id: str) -> Report:
        """For update."""
        report = self._one(LOCKED if locks_rows(self._connection) else BY_ID, id=report_id)
        if report is None:
            raise KeyError(report_id)
        self._copies[report.id] = report.copies
        return report

    def _one(self, statement: Select[Any], **given: str) -> Report | None:
        sealed = self._connection.execute(statement, given).scalar_one_or_none()
        return None if sealed is None else decode(self._vault.open(sealed))

    def save(self, report: Report) -> None:
        """``report.version`` is the one it was read with; it is counted up here."""
        columns = self._columns(replace(report, version=report.version + 1))
        statement = (
            update(reports).where(reports.c.id == report.id, reports.c.version == report.version).values(columns)
        )
        if self._connection.execute(statement).rowcount != 1:
            raise Changed(report.tracking_id)
        if self._copies.get(report.id) != report.copies:
            self._connection.execute(delete(report_copies).where(report_copies.c.report_id == report.id))
            self._copy([report])
            self._copies[report.id] = report.copies

    def pin_agrees(self, report_id: str, pin: str) -> bool:
        """Whether the PIN is right, compared in constant time."""
        digest = self._connection.execute(
            select(reports.c.pin_digest).where(reports.c.id == report_id)
        ).scalar_one_or_none()
        return digest is not None and self._vault.agrees("pin", report_id + pin, digest)

    def pin_of(self, report_id: str) -> str:
        """Empty once forgotten."""
        sealed = self._connection.execute(
            select(reports.c.pin_sealed).where(reports.c.id == report_id)
        ).scalar_one_or_none()
        return "" if sealed is None else self._vault.open(sealed).decode()

    def forget_pins(self, *, before: datetime) -> int:
        """Drop the readable PIN of reports made before a moment; its digest stays. Ids begin with their time: a letter
        was received long before it is taken down and given its PIN.
        """
        old = reports.c.pin_sealed.is_not(None), reports.c.id < f"{int(before.timestamp() * 1000):012x}"
        return self._connection.execute(update(reports).where(*old).values(pin_sealed=None)).rowcount

    def of_reporter(self, digest: bytes, *, limit: int) -> Sequence[Report]:
        """Newest first."""
        return self._many(OF_REPORTER, reporter_digest=digest, most=limit)

    def queue(
        self, *, states: Collection[State], limit: int, agencies: Collection[str] | None = None
    ) -> Sequence[Report]:
        """Priority first, then the deadline that comes first."""
        order = reports.c.priority.desc(), reports.c.verify_by, reports.c.id
        statement = select(reports.c.sealed).order_by(*order).limit(limit)
        if states:
            statement = statement.where(one_of(self._connection, reports.c.state, [s.value for s in states]))
        if agencies is not None:
            statement = statement.where(one_of(self._connection, reports.c.agency, agencies))
        return self._many(statement)

    def _many(self, statement: Select[Any], **given: Any) -> Sequence[Report]:
        return [decode(self._vault.open(sealed)) for sealed in self._connection.execute(statement, given).scalars()]

    def figures(self) -> Figures:
        """Counts by state and by channel."""
        by_state, by_channel = (self._counts(reports.c.state), self._counts(reports.c.channel))
        return Figures(reports=sum(count for _, count in by_state), by_state=by_state, by_channel=by_channel)

    def _counts(self, column: Any) -> tuple[tuple[str, int], ...]:
        counted = select(column, func.count()).group_by(column).order_by(column)
        return tuple((name, count) for name, count in self._connection.execute(counted))
