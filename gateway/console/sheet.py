"""Everything that is shown of one report, read in one transaction."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from core.commands import without_pin
from core.disclosure import Identity, contact_of, sees_sender
from core.filing import REPORTER
from core.lines import Row, Surroundings, make_row
from core.model.clock import Clock
from core.model.lifecycle import Action
from core.model.message import Attachment, Mark
from core.model.people import Staff
from core.model.report import Event, HistoryEntry, Report
from core.model.work import Link, LinkDecision, OutboxState, Reply, StoredMessage
from core.office import Office
from core.permissions import Right, may, open_actions
from core.ports import Tx
from core.publicity import LINK
from core.tracking import show
from core.verification import UnknownReport, find
from gateway.console.originals import Original, files_that_are_originals, originals_of

PICTURES: Mapping[Event, tuple[str, str]] = MappingProxyType(
    {
        Event.RECEIVED: ("inbox", "theirs"),
        Event.ADDED: ("inbox", "theirs"),
        Event.ANSWERED: ("inbox", "theirs"),
        Event.UNSATISFIED: ("inbox", "theirs"),
        Event.SATISFIED: ("check", "theirs"),
        Event.RATED: ("check", "theirs"),
        Event.WITHDRAWN: ("close", "theirs"),
        Event.VERIFIED: ("check", "ours"),
        Event.FOLLOWED_UP: ("pen", "ours"),
        Event.QUESTIONED: ("question", "ours"),
        Event.CLOSED: ("check", "ours"),
        Event.ARCHIVED: ("close", "ours"),
        Event.REMINDED: ("clock", "warned"),
        Event.ESCALATED: ("warning", "warned"),
        Event.REPLY_FAILED: ("warning", "bad"),
        Event.IDENTITY_SEEN: ("eye", "warned"),
        Event.LINKED: ("link", ""),
        Event.SUGGESTED: ("link", ""),
    }
)
ONE_TIME = re.compile(r"(/jawab/)\S+")
"""Whoever has the rest of it can answer in the reporter's place."""
REPEATS = frozenset({Event.LINKED, Event.SUGGESTED})
TONES: Mapping[OutboxState, str] = MappingProxyType(
    {
        OutboxState.DELIVERED: "good",
        OutboxState.SENT: "good",
        OutboxState.AVAILABLE: "good",
        OutboxState.FAILED: "bad",
        OutboxState.UNKNOWN: "warned",
        OutboxState.UNWANTED: "warned",
    }
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline: a line of history, a message that came, or a reply and where it is now.

    ``private``: what went beside a reply that everyone reads.
    ``is_gone``: its author took the words back.
    """

    at: datetime
    text: str = field(default="", repr=False)
    actor: str = ""
    tone: str = ""
    picture: str = "dot"
    event: Event | None = None
    public: bool = True
    secret: bool = False
    files: tuple[Attachment, ...] = ()
    message: StoredMessage | None = None
    reply: Reply | None = None
    number: int = 0
    private: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class LinkedReport:
    """A repeat, as it is shown from the report that is open; ``other`` is None where that one may not be seen."""

    link: Link
    other: Report | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One report and what belongs to it, for one person.

    ``identity`` is None where nothing of it may be shown; then neither are contexts and ``originals``. The files in
    ``whole`` are originals too.
    """

    report: Report
    row: Row
    actions: tuple[Action, ...]
    moments: tuple[Moment, ...]
    links: tuple[LinkedReport, ...]
    clocks: tuple[Clock, ...]
    identity: Identity | None
    originals: tuple[Original, ...]
    whole: frozenset[str]
    may_reveal: bool
    seen: int


def read_sheet(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, now: datetime) -> Sheet:
    """Raises UnknownReport."""
    report = find(tx, tracking_id, staff, office=office)
    history, messages = tx.history.of(report.id), tx.messages.of_report(report.id)
    links = _links(tx, report, staff, office)
    is_open = sees_sender(report, staff, office.directory)
    return Sheet(
        report=report,
        row=_row(tx, report, staff, office=office, now=now),
        actions=open_actions(staff, report, directory=office.directory),
        moments=_moments(tx, report, [_within_sight(entry, links) for entry in history], messages),
        links=links,
        clocks=tuple(clock for clock in tx.clocks.of(report.id) if clock.is_alive),
        identity=contact_of(report, staff, office.directory) if is_open else None,
        originals=originals_of(messages) if is_open else (),
        whole=files_that_are_originals(messages),
        may_reveal=may(staff, Right.REVEAL_IDENTITY, report, directory=office.directory),
        seen=history[-1].number if history else 0,
    )


def _row(tx: Tx, report: Report, staff: Staff, *, office: Office, now: datetime) -> Row:
    around = Surroundings(
        staff=staff,
        office=office,
        now=now,
        supporters=tx.listing.supporters([report.id]),
        suggested=tx.listing.suggested([report.id]),
        firsts={},
    )
    return make_row(report, around)


def _moments(
    tx: Tx, report: Report, history: Sequence[HistoryEntry], messages: Sequence[StoredMessage]
) -> tuple[Moment, ...]:
    """Oldest first; a message whose words stand in the history already is shown without them."""
    said = {words.strip() for entry in history for words in (entry.text, entry.context)}
    said |= {report.original_text.strip(), report.context.strip()}
    moments = [_moment_of(entry, report) for entry in history]
    moments += [_moment_of_message(message, said) for message in messages]
    moments += [_moment_of_reply(reply, report) for reply in tx.outbox.of_report(report.id)]
    pin = tx.reports.pin_of(report.id)
    shown = (
        replace(moment, text=without_pin(moment.text, pin), private=without_pin(moment.private, pin))
        for moment in moments
    )
    return tuple(sorted(shown, key=lambda moment: moment.at))


def _within_sight(entry: HistoryEntry, links: Sequence[LinkedReport]) -> HistoryEntry:
    """Such a line names the other report, which this person may have no business with."""
    named = {show(linked.other.tracking_id) for linked in links if linked.other}
    return replace(entry, text="") if entry.event in REPEATS and entry.text not in named else entry


def _moment_of(entry: HistoryEntry, report: Report) -> Moment:
    """What the report says stands above already."""
    begins = entry.event is Event.RECEIVED
    text = "" if begins and entry.text == report.original_text else entry.text
    context = "" if begins and entry.context == report.context else entry.context
    picture, tone = PICTURES.get(entry.event, ("dot", ""))
    return Moment(
        entry.at,
        text,
        entry.actor,
        tone=tone,
        picture=picture,
        event=entry.event,
        public=entry.public,
        secret=entry.secret,
        files=entry.attachments,
        number=entry.number,
        context=context,
        is_gone=Mark.DELETED in report.marks and entry.actor == REPORTER,
    )


def _moment_of_message(message: StoredMessage, said: set[str]) -> Moment:
    inbound = message.inbound
    return Moment(
        inbound.received_at,
        "" if inbound.text.strip() in said else inbound.text,
        tone="theirs",
        picture="inbox",
        files=inbound.attachments,
        message=message,
        context="" if inbound.context.strip() in said else inbound.context,
        is_gone=Mark.DELETED in inbound.marks,
    )


def _moment_of_reply(reply: Reply, report: Report) -> Moment:
    at = reply.created_at or reply.not_before or report.received_at
    text = ONE_TIME.sub(r"\1…", reply.outbound.text) if reply.event == LINK else reply.outbound.text
    tone, private = TONES.get(reply.state, ""), reply.outbound.private
    return Moment(at, text, tone=tone, picture="send", reply=reply, private=private)


def _links(tx: Tx, report: Report, staff: Staff, office: Office) -> tuple[LinkedReport, ...]:
    """Those that stand come before those that were undone."""
    links = sorted(tx.links.of_report(report.id), key=lambda link: link.decision is LinkDecision.UNDONE)
    return tuple(LinkedReport(link, _other(tx, link, report, staff, office)) for link in links)


def _other(tx: Tx, link: Link, report: Report, staff: Staff, office: Office) -> Report | None:
    other_id = link.report_id if link.first_report == report.id else link.first_report
    other = tx.reports.get(other_id) if other_id else None
    if other is None or not may(staff, Right.VIEW, other, directory=office.directory):
        return None
    return other


def attachment_of(tx: Tx, tracking_id: str, blob_id: str, staff: Staff, *, office: Office) -> Attachment:
    """A file of this report or of a line of its history. Raises UnknownReport."""
    report = find(tx, tracking_id, staff, office=office)
    stored = tx.messages.of_report(report.id)
    closed = frozenset() if sees_sender(report, staff, office.directory) else files_that_are_originals(stored)
    history = (file for entry in tx.history.of(report.id) for file in entry.attachments)
    messages = (file for message in stored for file in message.inbound.attachments)
    for file in (*report.attachments, *history, *messages):
        if file.id == blob_id and file.id not in closed:
            return file
    raise UnknownReport("the report has no such file")


def original_of(tx: Tx, tracking_id: str, message_id: str, staff: Staff, *, office: Office) -> Original:
    """The message of this report as it came. Raises UnknownReport, also where this person may not see who sent it."""
    report = find(tx, tracking_id, staff, office=office)
    found = originals_of(tx.messages.of_report(report.id)) if sees_sender(report, staff, office.directory) else ()
    for original in found:
        if original.message_id == message_id:
            return original
    raise UnknownReport("the report has no such original")
