"""Which agency's queue a report waits in: the keyword it begins with, else the place it names, else the
national one.
"""

from dataclasses import replace
from datetime import datetime

from core.changes import note
from core.keywords import read_keyword
from core.model.report import Event, Report
from core.noticing import announce
from core.office import Office
from core.ports import Tx

KEYWORD_CHANNELS = frozenset({"sms"})


def route(tx: Tx, report_id: str, *, office: Office, now: datetime) -> None:
    """Suggest a queue for a new report. What a person decided already stays."""
    report = tx.reports.lock(report_id)
    if report.agency:
        return
    agency, why = _by_keyword(report, office)
    if agency:
        routed = replace(report, agency=agency)
        tx.reports.save(routed)
        note(tx, report, Event.ROUTED, actor="system", text=f"{agency}: {why}", public=False, now=now)
        announce(tx, report, routed, Event.ROUTED, actor="system", office=office, now=now)


def _by_keyword(report: Report, office: Office) -> tuple[str, str]:
    """On SMS a first word may name an agency (``TANGKAB``); the text stays whole all the same."""
    found = read_keyword(report.original_text, office.directory) if report.channel in KEYWORD_CHANNELS else None
    return (found.agency, f"kata kunci {found.matched}") if found else ("", "")
