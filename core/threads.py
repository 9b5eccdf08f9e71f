"""A message that continues a report: the thread decides where it goes, and who may speak for the report."""

from datetime import datetime

from core import citizen
from core.adding import add, add_from_elsewhere, choose, note_words
from core.belonging import Belonging, Writer
from core.commands import is_thanks, read_choice, read_in_thread, says_yes
from core.hearing import Desk, Heard
from core.model.lifecycle import CLOSED, IN_PROCESS, State
from core.model.message import Command, Verb
from core.model.report import Event, Report
from core.model.work import Outcome
from core.office import Office
from core.ports import Tx

STRANGER = "stranger"


def continue_report(
    tx: Tx, heard: Heard, belonging: Belonging, command: Command | None, *, office: Office, now: datetime
) -> str:
    """Settle a message that belongs to a report; the id of the report it ended in, or empty.

    Its reporter's command without a number means that report, an open question about it is answered, all else is
    added, however much it resembles another one. Whoever only holds what we sent may add to a report that hides
    nobody, and is told nothing of it. For anyone else a person decides.
    """
    if command is None and belonging.is_own:
        command = read_in_thread(heard.text)
    if command is not None:
        return citizen.obey(tx, heard, command, office=office, now=now, belonging=belonging)
    report = belonging.report
    if belonging.is_own:
        return _continue_own(tx, heard, report, office=office, now=now)
    if belonging.writer is Writer.STRANGER or report.secret or report.anonymous:
        tx.messages.settle([heard.stored.id], Outcome.PARKED, note=STRANGER)
        return ""
    return _add_from_holder(tx, heard, report, office=office, now=now)


def _continue_own(tx: Tx, heard: Heard, report: Report, *, office: Office, now: datetime) -> str:
    if heard.is_silent and not heard.stored.inbound.context:
        return citizen.obey(tx, heard, Command(verb=Verb.HELP), office=office, now=now)
    contact = heard.contact
    choice = read_choice(heard.text) if report.id in {contact.choice, contact.choice_of} else None
    if choice is not None:
        return choose(tx, heard, choice, office=office, now=now)
    if contact.question == report.id:
        heard = citizen.without_lapsed(tx, heard, office=office, now=now)
    is_asked = report.state is State.AWAITING_INFORMATION or heard.contact.question == report.id
    if _only_thanks(heard) and not (is_asked and says_yes(heard.text)):
        return _take_thanks(tx, heard, report, now=now)
    if is_asked:
        return citizen.answer_question(tx, heard, report.id, office=office, now=now)
    return add_words(tx, heard, report, office=office, now=now)


def _only_thanks(heard: Heard) -> bool:
    return is_thanks(heard.text) and not heard.stored.inbound.attachments


def _take_thanks(tx: Tx, heard: Heard, report: Report, *, now: datetime) -> str:
    """Kept, and no answer to anything: not even to a question."""
    note_words(tx, heard, tx.reports.lock(report.id), event=Event.ADDED, now=now)
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=report.id)
    return report.id


def add_words(tx: Tx, heard: Heard, report: Report, *, office: Office, now: datetime, quiet: bool = False) -> str:
    """Add further words of its reporter, and say so unless ``quiet``; the report's id. While the agency works on it,
    the words are a response to what it wrote.
    """
    event = Event.ANSWERED if report.state in IN_PROCESS else Event.ADDED
    added = citizen.as_seen(tx, add(tx, heard, report, event=event, office=office, now=now))
    if not quiet:
        desk = Desk(tx, heard, Command(verb=Verb.ANSWER), office, now)
        desk.say("addition_done" if added.state in CLOSED else "addition", added)
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=report.id)
    return report.id


def _add_from_holder(tx: Tx, heard: Heard, report: Report, *, office: Office, now: datetime) -> str:
    add_from_elsewhere(tx, heard, report, now=now)
    if not _only_thanks(heard):
        Desk(tx, heard, Command(verb=Verb.ANSWER), office, now).say("noted")
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=report.id)
    return report.id
