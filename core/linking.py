"""A report is joined to the first one of the same event, whether the gateway found that or its author said so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.changes import note, tell
from core.clocking import advance
from core.model.report import Event, Report
from core.model.work import Link, LinkDecision, LinkKind
from core.office import Office
from core.ports import Tx
from core.tracking import show

SAID_SO = ("diteruskan oleh penulisnya",)


def same_event(
    first: Report,
    decision: LinkDecision,
    *,
    office: Office,
    now: datetime,
    report_id: str = "",
    message_id: str = "",
    score: float = 1.0,
    reasons: Sequence[str] = SAID_SO,
) -> Link:
    """A report, or a message that only passes the first one on, tells of the same event."""
    return Link(
        id=office.new_id(),
        kind=LinkKind.SAME_EVENT,
        decision=decision,
        first_report=first.id,
        report_id=report_id,
        message_id=message_id,
        score=score,
        reasons=tuple(reasons),
        at=now,
    )


def join(tx: Tx, report: Report, first: Report, *, by: str, office: Office, now: datetime) -> None:
    """The report becomes a supporter of the first one; its reporter keeps their number and hears of every change."""
    linked = replace(report, duplicate_of=first.id)
    linked = advance(tx, report, linked, Event.LINKED, substantive=False, office=office, now=now)
    tx.reports.save(linked)
    note(tx, linked, Event.LINKED, actor=by, text="", now=now)
    shown = show(report.tracking_id)
    note(tx, tx.reports.lock(first.id), Event.LINKED, actor=by, text=shown, public=False, now=now)
    supporters = str(tx.links.supporters(first.id))
    tell(tx, linked, "linked", cause=first.id, facts={"jumlah": supporters}, office=office, now=now)
