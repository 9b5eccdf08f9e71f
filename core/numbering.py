"""Tracking numbers that no other report has, and the clock that starts with them."""

from collections.abc import Sequence
from dataclasses import replace

from core.clocking import first_clocks
from core.model.report import Report
from core.office import Office
from core.ports import Tx
from core.tracking import new_pin, new_tracking_id


def add_reports(tx: Tx, reports: Sequence[Report], *, office: Office) -> list[tuple[Report, str]]:
    """Insert reports, each with a random number and PIN; a number that is taken is drawn anew. In the given order."""
    waiting = [(_numbered(report, office), new_pin(office.random_below)) for report in reports]
    added: dict[str, tuple[Report, str]] = {}
    while waiting:
        taken = tx.reports.add_all(waiting)
        added |= {report.id: (report, pin) for report, pin in waiting if report.id not in taken}
        waiting = [(_numbered(report, office), pin) for report, pin in waiting if report.id in taken]
    tx.clocks.add(first_clocks(reports, office=office))
    return [added[report.id] for report in reports]


def _numbered(report: Report, office: Office) -> Report:
    return replace(report, tracking_id=new_tracking_id(office.random_below))
