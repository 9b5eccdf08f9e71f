"""A message becomes a report: its number and PIN, its first line of history, its first reply, its next step."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from core.filing import facts_of, new_report, received, reply_to
from core.hearing import Heard
from core.model.message import Lane, Mark
from core.model.report import Report
from core.model.work import Job, JobKind, Outcome
from core.numbering import add_reports
from core.office import Office
from core.ports import Tx
from core.posting import answer

NOTHING: Mapping[str, str] = MappingProxyType({})


def begin_report(
    tx: Tx, heard: Heard, *, office: Office, now: datetime, facts: Mapping[str, str] = NOTHING, entered_by: str = ""
) -> Report:
    """A new report with its first reply, and the step that looks for others' reports of the same event.

    ``entered_by``: the member of staff who made it of a message that was none by itself. Who wrote without an address
    is told nothing.
    """
    inbound, language = heard.stored.inbound, heard.contact.language
    born = new_report(inbound, office=office, report_id=office.new_id(), text=heard.text, missing=heard.missing)
    report, pin = add_reports(tx, [replace(born, entered_by=entered_by, language=language)], office=office)[0]
    tx.history.begin([received(report, at=now)])
    if inbound.sender.value:
        event = "incomplete_parts" if heard.missing else "received"
        spoken = office.speaking(language)
        told = facts_of(report, spoken) | {"pin": pin} | dict(facts)
        reply = reply_to(
            inbound, event, office=spoken, cause=report.id, now=now, facts=told, report_id=report.id, lane=Lane.FIRST
        )
        answer(tx, reply, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.REPORT, report_id=report.id, note=entered_by)
    tx.jobs.add([Job(id=office.new_id(), kind=JobKind.MATCH, subject=report.id, not_before=now)], now=now)
    return report


def as_unreadable(heard: Heard, *, office: Office) -> Heard:
    """A message whose words nobody could read, with a sentence in their place that says so."""
    inbound = heard.stored.inbound
    marks = tuple(dict.fromkeys((*inbound.marks, Mark.UNREADABLE)))
    stored = replace(heard.stored, inbound=replace(inbound, marks=marks))
    return replace(heard, stored=stored, text=office.replies.note("unreadable_original", {}))
