"""What a message means: a piece of a longer one, a command, an answer, an addition, a repeat, or a new report."""

from dataclasses import replace
from datetime import datetime

from core import adding, addressing, citizen, continuing, editing, joining, language, passing, talking, threads
from core.arrival import as_unreadable, begin_report
from core.belonging import Belonging, Writer, find_belonging, find_named, is_doubtful, number_in_title
from core.changes import note
from core.commands import is_courtesy, is_thanks, read_choice, read_command
from core.guessing import may_guess, note_wrong_guess
from core.hearing import Heard
from core.model.message import Address, Command, Origin, Verb
from core.model.report import Event, Report
from core.model.talk import Owner, Talk
from core.model.work import Contact, Job, JobKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.repeating import report_or_repeat

MENTION = "mention"
UNREADABLE = "unreadable"
THANKS = "thanks"


class InOtherHands(Exception):
    """The message that this one depends on is being worked on just now; try again."""


def converse(tx: Tx, message_id: str, *, office: Office, now: datetime) -> None:
    """Settle one message. A message that is settled already is left alone, so the step may run again.

    Raises InOtherHands.
    """
    stored = tx.messages.get(message_id)
    if stored is None or stored.outcome is not Outcome.NONE:
        return
    inbound = stored.inbound
    if inbound.origin is not Origin.PERSON:
        outcome = Outcome.BOUNCE if inbound.origin is Origin.BOUNCE else Outcome.ROBOT
        tx.messages.settle([stored.id], outcome, note=inbound.remark)
        return
    if inbound.unreadable and not inbound.attachments:
        tx.messages.settle([stored.id], Outcome.PARKED, note=UNREADABLE)
        return
    heard = Heard(stored=stored, text=inbound.text or inbound.place, contact=_meet(tx, inbound.sender))
    if inbound.part is not None:
        _take_piece(tx, heard, inbound.part.group, office=office, now=now)
    elif inbound.unreadable:
        _take_unreadable(tx, as_unreadable(heard, office=office), office=office, now=now)
    else:
        understand(tx, heard, office=office, now=now)


def _meet(tx: Tx, sender: Address) -> Contact:
    """Locked: one message of a person at a time. An address that was gone is there again when its owner writes."""
    contact = tx.contacts.lock(sender.scheme, sender.value)
    if contact.gone_at is None:
        return contact
    tx.contacts.save(replace(contact, gone_at=None))
    return replace(contact, gone_at=None)


def _take_unreadable(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """The original is among the files: a person reads it there. Nothing is understood from it, nor compared."""
    belonging = find_belonging(tx, heard.stored.inbound)
    if belonging is not None:
        return threads.continue_report(tx, heard, belonging, None, office=office, now=now)
    return begin_report(tx, heard, office=office, now=now).id


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
    """Settle a whole message; the id of the report it ended in, or empty."""
    heard = _in_their_language(tx, heard, office=office)
    if heard.stored.inbound.replaces:
        return _take_version(tx, heard, office=office, now=now)
    return _read(tx, heard, office=office, now=now)


def _in_their_language(tx: Tx, heard: Heard, *, office: Office) -> Heard:
    """Who chose none is spoken to in that of the page they write on."""
    page, contact = heard.stored.inbound.language, heard.contact
    if contact.language or page == office.language or page not in office.languages:
        return heard
    return replace(heard, contact=language.speak(tx, contact, page))


def _take_version(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """A newer version of an earlier message, by the same author. Nothing is read twice: one that still waits, for its
    step or for a person, gives way to the newer one.
    """
    earlier = _earlier(tx, heard, now=now)
    if earlier and earlier.outcome is Outcome.DRAFT:
        return talking.edit(tx, heard, earlier, office=office, now=now)
    done = editing.revise(tx, heard, earlier, now=now) if earlier else None
    if done is not None:
        return done
    waiting = earlier if earlier and earlier.outcome in {Outcome.NONE, Outcome.PARKED} else None
    if editing.is_taken_back(heard):
        editing.withdraw(tx, heard, waiting)
        return ""
    report_id = _read(tx, heard, office=office, now=now)
    if waiting is not None:
        tx.messages.settle([waiting.id], Outcome.REPEAT, report_id=report_id, note=editing.EDITED)
    return report_id


def _earlier(tx: Tx, heard: Heard, *, now: datetime) -> StoredMessage | None:
    inbound = heard.stored.inbound
    earlier = tx.messages.find(inbound.channel, inbound.replaces)
    if earlier is None or earlier.inbound.sender != inbound.sender:
        return None
    if earlier.outcome is Outcome.NONE:
        _take_over(tx, earlier, now=now)
    return earlier


def _take_over(tx: Tx, stored: StoredMessage, *, now: datetime) -> None:
    """Its step is this transaction's now, as its job bears its id. Raises InOtherHands."""
    if not tx.jobs.take(now=now, limit=1, ids=[stored.id]):
        raise InOtherHands(f"message {stored.id} is not settled yet")


def _read(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """For the person in the talk, or for the core."""
    inbound = heard.stored.inbound
    talk = addressing.is_to_be_heard(tx, heard, office=office, now=now)
    public = office.capabilities[inbound.channel].public
    command = inbound.command or read_command(heard.text, public=public)
    if command is not None and not addressing.obeys(talk, command, heard, office=office):
        command = None
    if command is not None and command.verb is Verb.CONTINUE:
        return continuing.go_on(tx, heard, command.text, office=office, now=now)
    if command is None and talk is not None and talk.owner is not Owner.BOT:
        return talking.hear(tx, heard, office=office, now=now)
    return _read_for_us(tx, heard, talk, command, office=office, now=now)


def _read_for_us(
    tx: Tx, heard: Heard, talk: Talk | None, command: Command | None, *, office: Office, now: datetime
) -> str:
    inbound = heard.stored.inbound
    belonging = find_belonging(tx, inbound)
    if command is None and belonging is None and is_courtesy(heard.text) and not inbound.attachments:
        command = read_command(inbound.title, title=True)
    if command is None and inbound.supports:
        original = _original(tx, heard, office=office, now=now)
        passed = passing.pass_on(tx, heard, original, office=office, now=now)
        if passed is not None:
            return passed
    if belonging is None and not (command and command.tracking_id):
        belonging = _named(tx, heard, office=office, now=now)
    if belonging is not None and not _speaks_up(belonging, heard, office=office):
        return threads.continue_report(tx, heard, belonging, command, office=office, now=now)
    if command is not None:
        return citizen.obey(tx, heard, command, office=office, now=now)
    if talk is not None:
        return talking.hear(tx, heard, office=office, now=now)
    return _read_plain(tx, heard, office=office, now=now)


def _original(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Report | None:
    """The report that the message passed on went into. One that waits for its step is settled first."""
    inbound = heard.stored.inbound
    original = tx.messages.find(inbound.channel, inbound.supports)
    if original and original.outcome is Outcome.NONE:
        if original.inbound.supports or original.inbound.replaces:
            raise InOtherHands(f"message {original.id} is not settled yet")  # One step at a time, however long a chain.
        _take_over(tx, original, now=now)
        converse(tx, original.id, office=office, now=now)
        original = tx.messages.get(original.id)
    return tx.reports.get(original.report_id) if original and original.report_id else None


def _named(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Belonging | None:
    """The report whose number stands in the subject line. Strangers may try few numbers."""
    inbound = heard.stored.inbound
    number = number_in_title(inbound)
    found = find_named(tx, inbound, number) if number else None
    if not number or (found and found.is_own):
        return found
    source = heard.contact.digest.hex()
    if not may_guess(tx, source, office=office, now=now):
        return None
    note_wrong_guess(tx, source, now=now)
    return found


def _speaks_up(belonging: Belonging, heard: Heard, *, office: Office) -> bool:
    """In public everybody may write below anybody's words: who asks for a report there makes one of their own."""
    is_public = office.capabilities[heard.stored.inbound.channel].public
    return belonging.writer is Writer.STRANGER and is_public and not heard.stored.inbound.mention


def _read_plain(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Neither command nor thread. Who says nothing is told what to write; who only names us is left to a person."""
    if is_doubtful(heard.stored.inbound):
        return _read_doubtful(tx, heard, office=office, now=now)
    choice = read_choice(heard.text) if heard.contact.choice else None
    if choice is not None:
        return adding.choose(tx, heard, choice, office=office, now=now)
    if heard.contact.question:
        heard = citizen.without_lapsed(tx, heard, office=office, now=now)
    if heard.contact.question and not heard.is_silent and not addressing.calls_the_bot(heard, office=office):
        return citizen.answer_question(tx, heard, heard.contact.question, office=office, now=now)
    return _read_words(tx, heard, office=office, now=now)


def _read_words(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Nothing waits for them: for the bot where it is spoken to, else a report."""
    if heard.stored.inbound.mention:
        tx.messages.settle([heard.stored.id], Outcome.PARKED, note=MENTION)
        return ""
    is_asked = addressing.is_asked_for(heard, office=office)
    if heard.is_silent and not (is_asked and talking.says_nothing(heard.stored.inbound)):
        return citizen.obey(tx, heard, Command(verb=Verb.HELP), office=office, now=now)
    if is_asked:
        return talking.hear(tx, heard, office=office, now=now)
    if is_thanks(heard.text) and not heard.stored.inbound.attachments:
        tx.messages.settle([heard.stored.id], Outcome.TALK, note=THANKS)
        return ""
    return report_or_repeat(tx, heard, office=office, now=now)


def _read_doubtful(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Somebody may write in another's name: nothing of that other's is touched. What may answer a question goes to a
    person, all else is a report of its own, which shows the doubt.
    """
    if heard.is_silent:
        return citizen.obey(tx, heard, Command(verb=Verb.HELP), office=office, now=now)
    if heard.contact.question or heard.stored.inbound.mention:
        note = threads.STRANGER if heard.contact.question else MENTION
        tx.messages.settle([heard.stored.id], Outcome.PARKED, note=note)
        return ""
    return begin_report(tx, heard, office=office, now=now).id
