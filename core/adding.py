"""Further words to a report that is there: said of it, or found out to be about it."""

from dataclasses import replace
from datetime import datetime

from core.changes import Change, apply, note
from core.filing import REPORTER
from core.hearing import Desk, Heard, gathered
from core.model.lifecycle import Action, NotAllowed, Role
from core.model.message import Command, Mark, Verb
from core.model.report import Event, Report
from core.model.work import Link, LinkDecision, LinkKind, Outcome
from core.office import Office
from core.ports import Tx
from core.tracking import show


def choose(tx: Tx, heard: Heard, choice: int, *, office: Office, now: datetime) -> str:
    """``1``: the new report was an addition to the earlier one. ``2``: it stays a report of its own."""
    contact = heard.contact
    report_id = contact.choice
    tx.contacts.save(replace(contact, choice="", choice_of=""))
    if choice == 1:
        report_id = _merge(tx, heard, office=office, now=now)
    desk = Desk(tx, heard, Command(verb=Verb.STATUS), office, now)
    desk.say("addition" if choice == 1 else "status", tx.reports.get(report_id))
    tx.messages.settle([heard.stored.id], Outcome.ANSWER, report_id=report_id)
    return report_id


def _merge(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    newer, earlier = tx.reports.lock(heard.contact.choice), tx.reports.lock(heard.contact.choice_of)
    withdrawal = Change(
        action=Action.WITHDRAW,
        role=Role.REPORTER,
        actor=REPORTER,
        event=Event.WITHDRAWN,
        cause=heard.stored.id,
        text=f"Tambahan untuk {show(earlier.tracking_id)}",
        updates={"duplicate_of": earlier.id},
    )
    try:
        apply(tx, newer, withdrawal, office=office, now=now)
    except NotAllowed:
        return newer.id
    tx.links.add(
        Link(
            id=office.new_id(),
            kind=LinkKind.SAME_REPORTER,
            decision=LinkDecision.CONFIRMED,
            first_report=earlier.id,
            report_id=newer.id,
            score=1.0,
            at=now,
            by=REPORTER,
        )
    )
    add(tx, replace(heard, text=newer.original_text), earlier, event=Event.ADDED, office=office, now=now)
    return earlier.id


def add(tx: Tx, heard: Heard, earlier: Report, *, event: Event, office: Office, now: datetime) -> Report:
    """Attach further words of its reporter to a report. Where its state has a row for an answer, they count as one."""
    report, inbound = tx.reports.lock(earlier.id), heard.stored.inbound
    change = Change(
        action=Action.ANSWER,
        role=Role.REPORTER,
        actor=REPORTER,
        event=event,
        cause=heard.stored.id,
        text=heard.text,
        attachments=inbound.attachments,
        context=inbound.context,
        updates=gathered(report, heard),
    )
    try:
        return apply(tx, report, change, office=office, now=now)
    except NotAllowed:
        note_words(tx, heard, report, event=event, now=now)
        return report


def note_words(
    tx: Tx, heard: Heard, report: Report, *, event: Event, now: datetime, actor: str = REPORTER, public: bool = True
) -> None:
    """Words that change nothing of the report, in its history."""
    inbound = heard.stored.inbound
    files, context = inbound.attachments, inbound.context
    note(tx, report, event, actor=actor, text=heard.text, attachments=files, context=context, public=public, now=now)


def add_from_elsewhere(
    tx: Tx, heard: Heard, earlier: Report, *, now: datetime, actor: str = REPORTER, public: bool = True
) -> Report:
    """Attach words that came from another address than its reporter's: they are kept and shown as such, and are no
    answer. ``actor``: who attached them.
    """
    report = tx.reports.lock(earlier.id)
    inbound = heard.stored.inbound
    marked = replace(heard.stored, inbound=replace(inbound, marks=(*inbound.marks, Mark.OTHER_ADDRESS)))
    updates = gathered(report, replace(heard, stored=marked))
    changed = replace(report, **updates)  # type: ignore[arg-type]
    if updates:
        tx.reports.save(changed)
    note_words(tx, heard, changed, event=Event.ADDED_ELSEWHERE, actor=actor, public=public, now=now)
    return changed
