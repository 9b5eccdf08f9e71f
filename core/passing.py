"""Somebody passes another person's report on: bare, with words beside it, or as a report of their own."""

from datetime import datetime

from core.adding import note_words
from core.arrival import begin_report
from core.belonging import is_own
from core.hearing import Heard
from core.linking import join, same_event
from core.model.lifecycle import ARCHIVED, CLOSED
from core.model.report import Event, Report
from core.model.work import LinkDecision, Outcome
from core.office import Office
from core.ports import Tx

UNKNOWN = "unknown_original"


def pass_on(tx: Tx, heard: Heard, original: Report | None, *, office: Office, now: datetime) -> str | None:
    """Settle a message that passes ``original`` on; the id of the report it ended in, or empty.

    None, and nothing done, where it is to be read as any message: it has words of its own and passes nothing on that
    we know, or its sender's own report.
    """
    if heard.is_silent:
        return _count(tx, heard, original, office=office, now=now)
    if original is None or is_own(tx, original, heard.stored.inbound.sender):
        return None
    if heard.stored.inbound.mention:
        note_words(tx, heard, tx.reports.lock(original.id), event=Event.SUPPORTED, public=False, now=now)
        return _count(tx, heard, original, office=office, now=now)
    return _report_the_same(tx, heard, original, office=office, now=now)


def _count(tx: Tx, heard: Heard, original: Report | None, *, office: Office, now: datetime) -> str:
    """Each supporter counts once, and nobody supports their own report."""
    if original is None:
        tx.messages.settle([heard.stored.id], Outcome.DISMISSED, note=UNKNOWN)
        return ""
    sender = heard.stored.inbound.sender
    first = tx.reports.lock(_first_of(tx, original).id)  # Two messages of one sender at once count one after the other.
    if not is_own(tx, first, sender) and not tx.links.is_supporter(first.id, sender):
        tx.links.add(same_event(first, LinkDecision.LINKED, message_id=heard.stored.id, office=office, now=now))
    tx.messages.settle([heard.stored.id], Outcome.SUPPORT, report_id=first.id)
    return first.id


def _first_of(tx: Tx, report: Report) -> Report:
    """A linked report leads to the one it goes with."""
    return (tx.reports.get(report.duplicate_of) if report.duplicate_of else None) or report


def _report_the_same(tx: Tx, heard: Heard, original: Report, *, office: Office, now: datetime) -> str:
    """A report that hides nobody and still goes on has supporters; beside another one it stands alone."""
    report = begin_report(tx, heard, office=office, now=now)
    first = _first_of(tx, original)
    if first.secret or is_own(tx, first, report.reporter) or first.state in CLOSED | ARCHIVED:
        return report.id
    tx.links.add(same_event(first, LinkDecision.LINKED, report_id=report.id, office=office, now=now))
    join(tx, report, first, by="system", office=office, now=now)
    return report.id
