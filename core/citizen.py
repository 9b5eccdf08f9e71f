"""What a citizen asks for or says about a report they have: commands, answers, choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from core.asides import PASS, give_link, opened_by, send_again, waiting
from core.belonging import Belonging, Writer, is_by_reporter, is_doubtful, is_own, remember
from core.changes import Change, apply, note
from core.commands import is_yes
from core.filing import REPORTER, facts_of
from core.guessing import may_guess, may_guess_at, note_wrong_guess, note_wrong_pin
from core.hearing import Desk, Heard, gathered
from core.model.lifecycle import ARCHIVED, CLOSED, Action, NotAllowed, Role, State
from core.model.listing import RUNNING
from core.model.message import Command, Verb
from core.model.report import Event, Report
from core.model.work import Outcome
from core.office import Office
from core.ports import Tx
from core.tracking import show

LISTED = 3
MOST_KNOWN = 20
WORDS: Mapping[Verb, str] = MappingProxyType(
    {Verb.ANSWER: "BALAS", Verb.SATISFIED: "PUAS", Verb.UNSATISFIED: "BELUM", Verb.WITHDRAW: "BATAL"}
)
"""As they are announced; understood in every language."""
RATINGS = range(1, 6)


def is_open(report: Report) -> bool:
    """Whether the report still goes on."""
    return report.state not in CLOSED | ARCHIVED


def obey(
    tx: Tx, heard: Heard, command: Command, *, office: Office, now: datetime, belonging: Belonging | None = None
) -> str:
    """Carry out a command and settle its message; the id of the report it was about, or empty.

    ``belonging``: the message continues this report, so a command without a number means it; whoever may not speak for
    that report is told to give number and PIN.
    """
    desk = Desk(tx, heard, command, office, now, belonging)
    if command.verb in GENERAL:
        GENERAL[command.verb](desk)
        return _settle(desk, None)
    if command.verb is Verb.STATUS and not command.tracking_id and belonging is None:
        return _settle(desk, _own_status(desk))
    report = _find(desk)
    if report is None:
        _say_not_found(desk)
        return _settle(desk, None, note="rejected")
    allowed = _attempt(desk, report)
    return _settle(desk, report, note="" if allowed else "rejected")


def _settle(desk: Desk, report: Report | None, *, note: str = "") -> str:
    report_id = report.id if report else ""
    speaks = report is not None and desk.command.verb in SPEAKING and not note
    outcome = Outcome.ANSWER if speaks else Outcome.COMMAND
    desk.tx.messages.settle([desk.heard.stored.id], outcome, report_id=report_id, note=note)
    return report_id


def _attempt(desk: Desk, report: Report) -> bool:
    """What the table does not allow is told to the citizen with the state, and changes nothing."""
    try:
        ABOUT_A_REPORT[desk.command.verb](desk, report)
    except NotAllowed:
        desk.say("withdraw_too_late" if desk.command.verb is Verb.WITHDRAW else "rejected", report)
        return False
    return True


def _find(desk: Desk) -> Report | None:
    """The report a command names, for its own reporter or whoever knows its PIN. Wrong guesses are counted and
    limited. Whoever knew the PIN can be reached at this address.
    """
    tracking_id, inbound = desk.command.tracking_id, desk.heard.stored.inbound
    if not tracking_id:
        return _meant(desk)
    report = desk.tx.reports.find(tracking_id)
    if report and (is_by_reporter(desk.tx, report, inbound) or opened_by(desk.tx, inbound.sender) == report.id):
        return desk.tx.reports.lock(report.id)
    source = desk.heard.contact.digest.hex()
    if not may_guess(desk.tx, source, office=desk.office, now=desk.now):
        return None
    if report is None or not _pin_agrees(desk, report):
        note_wrong_guess(desk.tx, source, now=desk.now)
        return None
    remember(desk.tx, report, inbound, office=desk.office, now=desk.now)
    return desk.tx.reports.lock(report.id)


def _pin_agrees(desk: Desk, report: Report) -> bool:
    """False also where too many wrong ones were given for this report within the hour."""
    if not may_guess_at(desk.tx, report.id, office=desk.office, now=desk.now):
        return False
    agrees = desk.tx.reports.pin_agrees(report.id, desk.command.pin)
    if not agrees:
        note_wrong_pin(desk.tx, report.id, now=desk.now)
    return agrees


def _meant(desk: Desk) -> Report | None:
    """The report of a command without a number: the one it belongs to, else the only one of theirs that goes on. None
    for a doubtful sender, who has to give number and PIN.
    """
    if is_doubtful(desk.heard.stored.inbound):
        return None
    if desk.belonging is not None:
        return desk.tx.reports.lock(desk.belonging.report.id) if desk.belonging.is_own else None
    if desk.command.verb in ASIDES:
        return _meant_aside(desk)
    own = _theirs(desk)
    mine = [report for report in own if is_open(report)]
    return desk.tx.reports.lock(mine[0].id) if len(mine) == 1 else None


def _theirs(desk: Desk) -> list[Report]:
    """The newest of this address, and of those that its owner went on with here. To know a PIN makes none theirs."""
    digest, sender = desk.heard.contact.digest, desk.heard.stored.inbound.sender
    known = desk.tx.reports.some(desk.tx.reachable.reports_of(digest, limit=MOST_KNOWN))
    moved = [report for report in known if report.way is not None and report.told_at == sender]
    own = {report.id: report for report in (*desk.tx.reports.of_reporter(digest, limit=LISTED), *moved)}
    return [own[each] for each in sorted(own, reverse=True)][:LISTED]


def _meant_aside(desk: Desk) -> Report | None:
    """The report with an open question, else the one with messages that wait, else the newest."""
    own = _theirs(desk)
    channel, asked = desk.heard.stored.inbound.channel, desk.heard.contact.question
    meant = sorted(own, key=lambda report: (report.id != asked, not waiting(desk.tx, report, channel=channel)))
    return desk.tx.reports.lock(meant[0].id) if meant else None


def _say_not_found(desk: Desk) -> None:
    """Where no number was given and several of their reports may be meant, which these are."""
    if desk.command.tracking_id or desk.belonging is not None or is_doubtful(desk.heard.stored.inbound):
        desk.say("not_found", nomor=show(desk.command.tracking_id) if desk.command.tracking_id else "-")
        return
    own = _theirs(desk)
    if own:
        desk.say("which", daftar=_listed(desk, own), perintah=WORDS.get(desk.command.verb, "STATUS"))
    else:
        desk.say("help")


def _own_status(desk: Desk) -> Report | None:
    own = _theirs(desk)
    if not own:
        desk.say("help")
        return None
    if len(own) == 1:
        return _status(desk, own[0])
    desk.say("status_list", daftar=_listed(desk, own))
    return None


def _listed(desk: Desk, own: Sequence[Report]) -> str:
    seen = [as_seen(desk.tx, report) for report in own]
    return "\n".join(f"{show(report.tracking_id)}: {facts_of(report, desk.spoken)['status']}" for report in seen)


def _status(desk: Desk, report: Report) -> Report:
    shown = as_seen(desk.tx, report)
    asked = shown.state is State.AWAITING_INFORMATION and not report.duplicate_of
    desk.say("status_asked" if asked else "status" if shown.state in RUNNING else "status_done", shown)
    return report


def as_seen(tx: Tx, report: Report) -> Report:
    """A report linked to another one goes where that one goes, under its own number."""
    first = tx.reports.get(report.duplicate_of) if report.duplicate_of else None
    return replace(first, tracking_id=report.tracking_id, id=report.id) if first else report


def _answer(desk: Desk, report: Report) -> Report:
    return _speak(desk, report, Action.ANSWER, Event.ANSWERED, "answered")


def _unsatisfied(desk: Desk, report: Report) -> Report:
    news = "resumed" if report.state in CLOSED else ""
    try:
        return _speak(desk, report, Action.UNSATISFIED, Event.UNSATISFIED, "reopened", supporters=news)
    except NotAllowed:
        return _answer(desk, report)


def _satisfied(desk: Desk, report: Report) -> Report:
    given = desk.command.rating
    if given is not None and given not in RATINGS:
        raise NotAllowed(f"a rating is {RATINGS[0]} to {RATINGS[-1]}")
    rating = report.rating if given is None else given
    if report.state in CLOSED:
        return _speak(desk, report, Action.RATE, Event.RATED, "satisfied", rating=rating)
    return _speak(desk, report, Action.SATISFIED, Event.SATISFIED, "satisfied", supporters="closed", rating=rating)


def _withdraw(desk: Desk, report: Report) -> Report:
    return _speak(desk, report, Action.WITHDRAW, Event.WITHDRAWN, "withdrawn")


def _speak(
    desk: Desk, report: Report, action: Action, event: Event, reply: str, *, supporters: str = "", **updates: object
) -> Report:
    """One reporter's action, answered on its own route. ``supporters`` is the reply that tells them of it."""
    rating = updates.get("rating")
    text = desk.command.text or (f"Nilai {rating}" if rating else "")
    change = Change(
        action=action,
        role=Role.REPORTER,
        actor=REPORTER,
        event=event,
        cause=desk.heard.stored.id,
        text=text,
        attachments=desk.heard.stored.inbound.attachments,
        context=desk.heard.stored.inbound.context,
        secret=desk.heard.stored.inbound.sender.scheme == PASS,
        to_supporters=supporters,
        updates=updates | gathered(report, desk.heard),
    )
    changed = apply(desk.tx, report, change, office=desk.office, now=desk.now)
    _close_question(desk.tx, desk.heard, report)
    desk.say(reply, changed)
    return changed


def _close_question(tx: Tx, heard: Heard, report: Report) -> None:
    """Also one that was put to another address of the reporter."""
    reporter = report.told_at
    is_asked = reporter == heard.stored.inbound.sender
    contact = heard.contact if is_asked else tx.contacts.lock(reporter.scheme, reporter.value)
    if contact.question == report.id:
        tx.contacts.save(replace(contact, question=""))


def _message(desk: Desk, report: Report) -> Report:
    inbound, cause = desk.heard.stored.inbound, desk.heard.stored.id
    send_again(desk.tx, report, inbound, cause=cause, office=desk.spoken, now=desk.now)
    return report


def _link(desk: Desk, report: Report) -> Report:
    inbound, cause = desk.heard.stored.inbound, desk.heard.stored.id
    give_link(desk.tx, report, inbound, cause=cause, office=desk.spoken, now=desk.now)
    return report


def _help(desk: Desk) -> None:
    desk.say("help")


def _stop(desk: Desk) -> None:
    """Not in a doubtful sender's name, unless whoever writes holds what we sent to that sender."""
    inbound, belonging = desk.heard.stored.inbound, desk.belonging
    holds = belonging is not None and belonging.writer is Writer.HOLDER
    if is_doubtful(inbound) and not (belonging and holds and is_own(desk.tx, belonging.report, inbound.sender)):
        desk.say("help")
        return
    desk.tx.contacts.save(replace(desk.heard.contact, opted_out=True))
    desk.say("stopped")


def _start(desk: Desk) -> None:
    desk.tx.contacts.save(replace(desk.heard.contact, opted_out=False))
    desk.say("started")


# Where talks can go on, ``core.conversation`` obeys CONTINUE itself.
GENERAL: Mapping[Verb, Callable[[Desk], None]] = MappingProxyType(
    {Verb.HELP: _help, Verb.STOP: _stop, Verb.START: _start, Verb.CONTINUE: _help}
)
ABOUT_A_REPORT: Mapping[Verb, Callable[[Desk, Report], Report]] = MappingProxyType(
    {
        Verb.STATUS: _status,
        Verb.ANSWER: _answer,
        Verb.SATISFIED: _satisfied,
        Verb.UNSATISFIED: _unsatisfied,
        Verb.WITHDRAW: _withdraw,
        Verb.MESSAGE: _message,
        Verb.LINK: _link,
    }
)
ASIDES = frozenset({Verb.MESSAGE, Verb.LINK})
SPEAKING = frozenset({Verb.ANSWER, Verb.SATISFIED, Verb.UNSATISFIED})


def without_lapsed(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Heard:
    """Whoever said nothing to what was read back to them within a few days speaks of something else now."""
    report = tx.reports.get(heard.contact.question)
    taken_down = tx.history.last(heard.contact.question, Event.RECEIVED)
    if report is None or not _is_read_back(report) or taken_down is None:
        return heard
    if taken_down.at + office.rules.read_back_within > now:
        return heard
    contact = replace(heard.contact, question="")
    tx.contacts.save(contact)
    return replace(heard, contact=contact)


def _is_read_back(report: Report) -> bool:
    """Otherwise the open question is one that an admin asked."""
    return report.read_back and report.state is not State.AWAITING_INFORMATION


def answer_question(tx: Tx, heard: Heard, about: str, *, office: Office, now: datetime) -> str:
    """An open question makes the next plain message its answer; YA to what was read back only confirms it, and proves
    that the reporter can be reached there.
    """
    command = Command(verb=Verb.ANSWER, text=heard.text)
    desk = Desk(tx, heard, command, office, now)
    report = tx.reports.lock(about)
    if _is_read_back(report) and is_yes(heard.text):
        inbound = heard.stored.inbound
        note(tx, report, Event.CONFIRMED, actor=REPORTER, text=heard.text, context=inbound.context, now=now)
        remember(tx, report, inbound, office=office, now=now)
        desk.say("answered", report)
    else:
        _attempt(desk, report)
    if heard.contact.question == report.id:
        tx.contacts.save(replace(heard.contact, question=""))
    tx.messages.settle([heard.stored.id], Outcome.ANSWER, report_id=report.id)
    return report.id
