"""What a reporter sees of a report with number and PIN."""

from datetime import datetime

from core.filing import REPORTER
from core.guessing import Guessing, may_guess, note_wrong_guess
from core.model.lifecycle import LABELS
from core.model.message import Mark
from core.model.report import HistoryEntry, HistoryLine, Report, ReportView
from core.office import Office
from core.ports import Tx


def find(tx: Tx, tracking_id: str, pin: str, source: str, *, office: Office, now: datetime) -> ReportView | None:
    """The report, or None for a wrong number or PIN, told alike. Raises Guessing."""
    if not may_guess(tx, source, office=office, now=now):
        raise Guessing
    report = tx.reports.find(tracking_id)
    if report is None or not tx.reports.pin_agrees(report.id, pin):
        note_wrong_guess(tx, source, now=now)
        return None
    return view(tx, report, office=office)


def view(tx: Tx, report: Report, *, office: Office) -> ReportView:
    """A linked report shows the state of the first one: that is where it is worked on."""
    first = tx.reports.get(report.duplicate_of) if report.duplicate_of else None
    shown = first or report
    agency = office.directory.agency(shown.agency) if shown.agency else None
    lines = [entry for entry in tx.history.of(report.id) if entry.public]
    return ReportView(
        tracking_id=report.tracking_id,
        state=shown.state.value,
        state_label=LABELS[shown.state],
        agency=agency.name if agency else "",
        verify_by=shown.verify_by,
        follow_up_by=shown.follow_up_by,
        history=tuple(_line(entry, report) for entry in lines),
    )


def _line(entry: HistoryEntry, report: Report) -> HistoryLine:
    """Without what stood around the words, and without words that their author took back."""
    gone = Mark.DELETED in report.marks and entry.actor == REPORTER
    return HistoryLine(at=entry.at, event=entry.event.value, text="" if gone else entry.text)
