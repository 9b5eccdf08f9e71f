"""What a message means: a piece of a longer one, a command, an answer, an addition, a repeat, or a new report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core import citizen, joining
from core.changes import note
from core.citizen import Heard
from core.commands import read_choice, read_command
from core.filing import facts_of, new_report, received, reply_to
from core.model.message import Command, Lane, Origin, Verb
from core.model.report import Event, Report
from core.model.work import Job, JobKind, Link, LinkDecision, LinkKind, Outcome, StoredMessage
from core.numbering import add_reports
from core.office import Office
from core.ports import Tx
from core.posting import answer
from core.scoring import SURE, UNSURE, Judgement, identical, judge
from core.text import Comparable, comparable
from core.tracking import show

OWN_REPORTS = 20


def converse(tx: Tx, message_id: str, *, office: Office, now: datetime) -> None:
    """Settle one message. A message that is settled already is left alone, so the step may run again."""
    stored = tx.messages.get(message_id)
    if stored is None or stored.outcome is not Outcome.NONE:
        return
    if stored.inbound.origin is not Origin.PERSON:
        outcome = Outcome.BOUNCE if stored.inbound.origin is Origin.BOUNCE else Outcome.ROBOT
        tx.messages.settle([stored.id], outcome, note=stored.inbound.remark)
        return
    if stored.inbound.unreadable:
        tx.messages.settle([stored.id], Outcome.PARKED, note="unreadable")
        return
    contact = tx.contacts.lock(stored.inbound.sender.scheme, stored.inbound.sender.value)
    heard = Heard(stored=stored, text=stored.inbound.text, contact=contact)
    if stored.inbound.part is not None:
        _take_piece(tx, heard, stored.inbound.part.group, office=office, now=now)
    else:
        understand(tx, heard, office=office, now=now)


def complete(tx: Tx, group: str, *, office: Office, now: datetime) -> None:
    """The wait for missing pieces is over: what came becomes a report, marked, and the citizen is asked for
    the rest.
    """
    pieces = tx.messages.pieces(group)
    if not pieces:
        return
    sender = pieces[0].inbound.sender
    contact = tx.contacts.lock(sender.scheme, sender.value)
    pieces = tx.messages.pieces(group)
    # An earlier message with the same reference may have set this step: then the wait for these has not ended.
    if pieces and pieces[0].inbound.received_at + office.rules.parts_timeout <= now:
        puzzle = joining.lay_out(pieces)
        _put_together(tx, puzzle, Heard(puzzle.head, "", contact), office=office, now=now)
    _wait_for_more(tx, group, office=office, now=now)


def _take_piece(tx: Tx, heard: Heard, group: str, *, office: Office, now: datetime) -> None:
    pieces = tx.messages.pieces(group)
    if heard.stored.id not in {piece.id for piece in pieces}:
        return  # The step of another piece put them together while this one waited for the contact.
    late = tx.messages.report_of(group, since=now - office.rules.same_message_within)
    if late and _fill_gap(tx, heard, late, office=office, now=now):
        return
    puzzle = joining.lay_out(pieces)
    if not puzzle.missing:
        _put_together(tx, puzzle, replace(heard, stored=puzzle.head), office=office, now=now)
    _wait_for_more(tx, group, office=office, now=now)


def _wait_for_more(tx: Tx, group: str, *, office: Office, now: datetime) -> None:
    waiting = tx.messages.pieces(group)
    if waiting:
        patience = max(now, waiting[0].inbound.received_at + office.rules.parts_timeout)
        tx.jobs.add([Job(id=office.new_id(), kind=JobKind.JOIN, subject=group, not_before=patience)], now=now)


def _put_together(tx: Tx, puzzle: joining.Puzzle, heard: Heard, *, office: Office, now: datetime) -> None:
    text = office.readers[puzzle.head.inbound.channel](puzzle.raws)
    whole = replace(heard, stored=puzzle.head, text=text, missing=puzzle.missing)
    report_id = understand(tx, whole, office=office, now=now)
    others = [piece.id for piece in puzzle.pieces.values() if piece.id != puzzle.head.id]
    if others:
        tx.messages.settle(others, Outcome.PIECE, report_id=report_id)
    if puzzle.repeats:
        tx.messages.settle([piece.id for piece in puzzle.repeats], Outcome.REPEAT, report_id=report_id)


def _fill_gap(tx: Tx, heard: Heard, report_id: str, *, office: Office, now: datetime) -> bool:
    """A piece that comes after its report was made: the text is read again with it."""
    report = tx.reports.lock(report_id)
    part = heard.stored.inbound.part
    if part is None or part.number not in report.parts_missing:
        return False
    belonging = [s for s in tx.messages.of_report(report_id) if s.inbound.part and s.inbound.part.group == part.group]
    if all(stored.outcome is not Outcome.REPORT for stored in belonging):
        return False  # A long answer to that report is another message: its late piece is none of the report's text.
    puzzle = joining.lay_out([*belonging, heard.stored])
    text = office.readers[report.channel](puzzle.raws)
    corrected = text if report.text == report.original_text else report.text
    tx.reports.save(replace(report, text=corrected, original_text=text, parts_missing=puzzle.missing))
    note(tx, report, Event.ADDED, actor="reporter", text=text, now=now)
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=report_id)
    return True


def understand(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Settle a whole message; the id of the report it ended in, or empty. Who says nothing is told what to write."""
    public = office.capabilities[heard.stored.inbound.channel].public
    command = heard.stored.inbound.command or read_command(heard.text, public=public)
    if command is not None:
        return citizen.obey(tx, heard, command, office=office, now=now)
    if not heard.text.strip() and not heard.stored.inbound.attachments:
        return citizen.obey(tx, heard, Command(verb=Verb.HELP), office=office, now=now)
    choice = read_choice(heard.text) if heard.contact.choice else None
    if choice is not None:
        return citizen.choose(tx, heard, choice, office=office, now=now)
    if heard.contact.question:
        heard = citizen.without_lapsed(tx, heard, office=office, now=now)
    if heard.contact.question:
        return citizen.answer_question(tx, heard, office=office, now=now)
    return _report_or_repeat(tx, heard, office=office, now=now)


def _report_or_repeat(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Compared with the person's own reports first: cases 1 and 2 of ``domain.md`` §6."""
    said = comparable(heard.text)
    own = _own_reports(tx, heard, office=office, now=now)
    same = next((report for report in own if _is_same_message(said, report, office=office, now=now)), None)
    if same is not None:
        return _same_message(tx, heard, same, office=office, now=now)
    nearest = _nearest(said, own)
    if nearest is None or nearest[1].score < UNSURE:
        return _file_new(tx, heard, office=office, now=now).id
    earlier, judgement = nearest
    if judgement.score < SURE:
        return _file_and_ask(tx, heard, earlier, office=office, now=now)
    return _same_reporter(tx, heard, earlier, judgement, office=office, now=now)


def _own_reports(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> list[Report]:
    oldest = now - office.rules.repeat_within
    own = tx.reports.of_reporter(heard.contact.digest, limit=OWN_REPORTS)
    return [report for report in own if report.received_at > oldest and citizen.is_open(report)]


def _is_same_message(said: Comparable, earlier: Report, *, office: Office, now: datetime) -> bool:
    """The same words within a day, however few they are."""
    recent = earlier.received_at > now - office.rules.same_message_within
    return recent and identical(said, comparable(earlier.original_text))


def _nearest(said: Comparable, own: Sequence[Report]) -> tuple[Report, Judgement] | None:
    judged = [
        (report, judgement)
        for report in own
        if not (judgement := judge(said, comparable(report.original_text))).conflict
    ]
    return max(judged, key=lambda pair: pair[1].score, default=None)


def _same_message(tx: Tx, heard: Heard, earlier: Report, *, office: Office, now: datetime) -> str:
    """Case 1: one report, silently acknowledged."""
    certain = Judgement(score=1.0, conflict="", reasons=("kata-kata yang sama",))
    _link(tx, heard.stored, earlier, LinkKind.SAME_MESSAGE, certain, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.REPEAT, report_id=earlier.id)
    return earlier.id


def _same_reporter(
    tx: Tx, heard: Heard, earlier: Report, judgement: Judgement, *, office: Office, now: datetime
) -> str:
    """Case 2: attached to the first report; the reporter is told its number and state."""
    _link(tx, heard.stored, earlier, LinkKind.SAME_REPORTER, judgement, office=office, now=now)
    report = citizen.add(tx, heard, earlier, event=Event.REPEATED, office=office, now=now)
    reply = reply_to(
        heard.stored.inbound,
        "repeated",
        office=office,
        cause=heard.stored.id,
        now=now,
        facts=facts_of(report, office),
        report_id=report.id,
        secret=report.secret,
    )
    answer(tx, reply, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=earlier.id)
    return earlier.id


def _link(
    tx: Tx, stored: StoredMessage, first: Report, kind: LinkKind, judgement: Judgement, *, office: Office, now: datetime
) -> None:
    tx.links.add(
        Link(
            id=office.new_id(),
            kind=kind,
            decision=LinkDecision.LINKED,
            first_report=first.id,
            message_id=stored.id,
            score=judgement.score,
            reasons=judgement.reasons,
            at=now,
        )
    )


def _file_and_ask(tx: Tx, heard: Heard, earlier: Report, *, office: Office, now: datetime) -> str:
    """Unsure: the new report is stored all the same, and the citizen is asked. Nothing waits for the answer."""
    report = _file_new(tx, heard, office=office, now=now)
    tx.contacts.save(replace(heard.contact, choice=report.id, choice_of=earlier.id))
    facts = {"nomor": show(report.tracking_id), "nomor_lama": show(earlier.tracking_id)}
    question = reply_to(
        heard.stored.inbound, "choice", office=office, cause=heard.stored.id, now=now, facts=facts, report_id=report.id
    )
    answer(tx, question, office=office, now=now)
    return report.id


def _file_new(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Report:
    """A new report with its first reply, and the step that looks for others' reports of the same event."""
    inbound = heard.stored.inbound
    born = new_report(inbound, office=office, report_id=office.new_id(), text=heard.text, missing=heard.missing)
    report, pin = add_reports(tx, [born], office=office)[0]
    tx.history.begin([received(report, at=now)])
    event = "incomplete_parts" if heard.missing else "received"
    facts = facts_of(report, office) | {"pin": pin, "bagian": joining.show_numbers(heard.missing)}
    first = reply_to(
        inbound, event, office=office, cause=report.id, now=now, facts=facts, report_id=report.id, lane=Lane.FIRST
    )
    answer(tx, first, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.REPORT, report_id=report.id)
    tx.jobs.add([Job(id=office.new_id(), kind=JobKind.MATCH, subject=report.id, not_before=now)], now=now)
    return report
