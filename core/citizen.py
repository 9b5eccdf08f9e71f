"""What a citizen asks for or says about a report they have: commands, answers, choices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from core.asides import give_link, opened_by, send_again, waiting
from core.changes import Change, apply, note
from core.commands import is_yes
from core.filing import facts_of, reply_to
from core.guessing import may_guess, note_wrong_guess
from core.model.lifecycle import ARCHIVED, CLOSED, Action, NotAllowed, Role, State
from core.model.listing import RUNNING
from core.model.message import Command, Verb
from core.model.report import Event, Report
from core.model.work import Contact, Link, LinkDecision, LinkKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.posting import answer
from core.tracking import show

REPORTER = "reporter"
LISTED = 3
RATINGS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole message and the person who sent it. ``missing``: pieces of a long message that never came."""

    stored: StoredMessage
    text: str = field(repr=False)
    contact: Contact
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything one command needs."""

    tx: Tx
    heard: Heard
    command: Command
    office: Office
    now: datetime

    def say(self, event: str, report: Report | None = None, **facts: str) -> None:
        """Answer on the route the message came from."""
        shown = (facts_of(report, self.office) if report else {}) | facts
        inbound, cause = self.heard.stored.inbound, self.heard.stored.id
        report_id = report.id if report else ""
        secret = bool(report and report.secret)
        reply = reply_to(
            inbound,
            event,
            office=self.office,
            cause=cause,
            now=self.now,
            facts=shown,
            report_id=report_id,
            secret=secret,
        )
        answer(self.tx, reply, office=self.office, now=self.now)


def is_open(report: Report) -> bool:
    """Whether the report still goes on."""
    return report.state not in CLOSED | ARCHIVED


def obey(tx: Tx, heard: Heard, command: Command, *, office: Office, now: datetime) -> str:
    """Carry out a command and settle its message; the id of the report it was about, or empty."""
    desk = Desk(tx, heard, command, office, now)
    if command.verb in GENERAL:
        GENERAL[command.verb](desk)
        return _settle(desk, None)
    if command.verb is Verb.STATUS and not command.tracking_id:
        return _settle(desk, _own_status(desk))
    report = _find(desk)
    if report is None:
        desk.say("not_found", nomor=show(command.tracking_id) if command.tracking_id else "-")
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
    limited.
    """
    tracking_id, own = desk.command.tracking_id, desk.heard.contact.digest
    if not tracking_id:
        if desk.command.verb in ASIDES:
            return _meant_aside(desk)
        mine = [report for report in desk.tx.reports.of_reporter(own, limit=LISTED) if is_open(report)]
        return desk.tx.reports.lock(mine[0].id) if len(mine) == 1 else None
    report = desk.tx.reports.find(tracking_id)
    if report and (
        desk.tx.contacts.digest(report.reporter.scheme, report.reporter.value) == own
        or opened_by(desk.tx, desk.heard.stored.inbound.sender) == report.id
    ):
        return desk.tx.reports.lock(report.id)
    source = own.hex()
    if not may_guess(desk.tx, source, office=desk.office, now=desk.now):
        return None
    if report is None or not desk.tx.reports.pin_agrees(report.id, desk.command.pin):
        note_wrong_guess(desk.tx, source, now=desk.now)
        return None
    return desk.tx.reports.lock(report.id)


def _meant_aside(desk: Desk) -> Report | None:
    """The report with an open question, else the one with messages that wait, else the newest."""
    own = desk.tx.reports.of_reporter(desk.heard.contact.digest, limit=LISTED)
    channel, asked = desk.heard.stored.inbound.channel, desk.heard.contact.question
    meant = sorted(own, key=lambda report: (report.id != asked, not waiting(desk.tx, report, channel=channel)))
    return desk.tx.reports.lock(meant[0].id) if meant else None


def _own_status(desk: Desk) -> Report | None:
    own = desk.tx.reports.of_reporter(desk.heard.contact.digest, limit=LISTED)
    if not own:
        desk.say("help")
        return None
    if len(own) == 1:
        return _status(desk, own[0])
    seen = [_as_seen(desk, report) for report in own]
    lines = "\n".join(f"{show(report.tracking_id)}: {facts_of(report, desk.office)['status']}" for report in seen)
    desk.say("status_list", daftar=lines)
    return None


def _status(desk: Desk, report: Report) -> Report:
    shown = _as_seen(desk, report)
    desk.say("status" if shown.state in RUNNING else "status_done", shown)
    return report


def _as_seen(desk: Desk, report: Report) -> Report:
    """A report linked to another one goes where that one goes, under its own number."""
    first = desk.tx.reports.get(report.duplicate_of) if report.duplicate_of else None
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
        to_supporters=supporters,
        updates=updates | _added(desk, report),
    )
    changed = apply(desk.tx, report, change, office=desk.office, now=desk.now)
    _close_question(desk.tx, desk.heard.contact, report)
    desk.say(reply, changed)
    return changed


def _added(desk: Desk, report: Report) -> dict[str, object]:
    given = desk.heard.stored.inbound.attachments
    return {"attachments": (*report.attachments, *given)} if given else {}


def _close_question(tx: Tx, contact: Contact, report: Report) -> None:
    if contact.question == report.id:
        tx.contacts.save(replace(contact, question=""))


def _message(desk: Desk, report: Report) -> Report:
    inbound, cause = desk.heard.stored.inbound, desk.heard.stored.id
    send_again(desk.tx, report, inbound, cause=cause, office=desk.office, now=desk.now)
    return report


def _link(desk: Desk, report: Report) -> Report:
    inbound, cause = desk.heard.stored.inbound, desk.heard.stored.id
    give_link(desk.tx, report, inbound, cause=cause, office=desk.office, now=desk.now)
    return report


def _help(desk: Desk) -> None:
    desk.say("help")


def _stop(desk: Desk) -> None:
    desk.tx.contacts.save(replace(desk.heard.contact, opted_out=True))
    desk.say("stopped")


def _start(desk: Desk) -> None:
    desk.tx.contacts.save(replace(desk.heard.contact, opted_out=False))
    desk.say("started")


GENERAL: Mapping[Verb, Callable[[Desk], None]] = MappingProxyType(
    {Verb.HELP: _help, Verb.STOP: _stop, Verb.START: _start}
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


def answer_question(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """An open question makes the next plain message its answer; YA to what was read back only confirms it."""
    command = Command(verb=Verb.ANSWER, text=heard.text)
    desk = Desk(tx, heard, command, office, now)
    report = tx.reports.lock(heard.contact.question)
    if _is_read_back(report) and is_yes(heard.text):
        note(tx, report, Event.CONFIRMED, actor=REPORTER, text=heard.text, now=now)
        desk.say("answered", report)
    else:
        _attempt(desk, report)
    tx.contacts.save(replace(heard.contact, question=""))
    tx.messages.settle([heard.stored.id], Outcome.ANSWER, report_id=report.id)
    return report.id


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
    """Attach further words to a report. Where its state has a row for an answer, they count as one."""
    report = tx.reports.lock(earlier.id)
    change = Change(
        action=Action.ANSWER,
        role=Role.REPORTER,
        actor=REPORTER,
        event=event,
        cause=heard.stored.id,
        text=heard.text,
        attachments=heard.stored.inbound.attachments,
        updates={"attachments": (*report.attachments, *heard.stored.inbound.attachments)},
    )
    try:
        return apply(tx, report, change, office=office, now=now)
    except NotAllowed:
        note(tx, report, event, actor=REPORTER, text=heard.text, now=now)
        return report
