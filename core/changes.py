"""One change to a report: the state by the table, a line of history and the replies it causes, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core import posting
from core.clocking import advance
from core.filing import SYSTEM, reply_about
from core.model.lifecycle import ARCHIVED, CLOSED, Action, Role, next_state
from core.model.message import Attachment
from core.model.report import Event, FollowUpKind, HistoryEntry, Report
from core.model.work import LinkDecision, LinkKind, Reply
from core.noticing import announce
from core.office import Office
from core.pending import answers, still_fits
from core.ports import Tx
from core.searching import search_keys


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody does to a report.

    Attributes:
        reply: the reply event that tells the reporter, and everyone whose report is linked to this one; empty for none.
        to_supporters: the one for the latter alone, where the reporter is answered otherwise.
        cause: names the change; the same cause never answers twice.
        updates: fields of the report that change beside its state.
        secret: the reporter is told, those whose reports are linked are not.
        context: what stood around ``text``, shown folded.
        kind: of a follow-up.
    """

    action: Action
    role: Role
    actor: str
    event: Event
    cause: str
    text: str = field(default="", repr=False)
    public: bool = True
    secret: bool = False
    attachments: tuple[Attachment, ...] = ()
    context: str = field(default="", repr=False)
    kind: FollowUpKind | None = None
    reply: str = ""
    to_supporters: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    updates: Mapping[str, Any] = field(default_factory=dict, repr=False)


def apply(tx: Tx, report: Report, change: Change, *, office: Office, now: datetime) -> Report:
    """Carry ``change`` out on a locked report and return the report as it is then. Raises NotAllowed.

    In this order: the state by the table, the fields, a request that no longer fits lapses, saved; then the line of
    history and the replies. What sets fields as well (deadlines) belongs before the saving, what tells others besides
    (notices to staff) after the replies.
    """
    state = next_state(
        report.state, change.action, change.role, request=report.request.kind if report.request else None
    )
    changed = _outdone(replace(report, state=state, **change.updates), report, change.action)
    substantive = change.kind is FollowUpKind.SUBSTANTIVE
    changed = advance(tx, report, changed, change.event, substantive=substantive, office=office, now=now)
    tx.reports.save(changed)
    if _said(changed) != _said(report):
        tx.listing.index(changed.id, search_keys(changed))
    tx.history.append(_lines(changed, report, change, now=now))
    announce(tx, report, changed, change.event, actor=change.actor, office=office, now=now)
    _tell_all(tx, changed, change, office=office, now=now)
    return replace(changed, version=report.version + 1)


def _outdone(changed: Report, before: Report, action: Action) -> Report:
    """A waiting request ends with its answer, and lapses where it no longer fits; a report that ended has no clock."""
    if changed.state in CLOSED | ARCHIVED:
        changed = replace(changed, clock_held=False)
    waiting = before.request
    if waiting is None or changed.request is not waiting:
        return changed
    over = answers(action, waiting) or not still_fits(waiting, changed)
    return replace(changed, request=None) if over else changed


def _lines(changed: Report, before: Report, change: Change, *, now: datetime) -> list[HistoryEntry]:
    """The line of the change, and one for a request that lapsed by it."""
    line = HistoryEntry(
        report_id=changed.id,
        number=0,
        at=now,
        event=change.event,
        actor=change.actor,
        state=changed.state,
        text=change.text,
        public=change.public,
        secret=change.secret,
        attachments=change.attachments,
        kind=change.kind,
        context=change.context,
    )
    waiting = before.request
    if waiting is None or changed.request is not None or answers(change.action, waiting):
        return [line]
    lapsed = replace(
        line,
        event=Event.REQUEST_LAPSED,
        actor=SYSTEM,
        text=waiting.kind.value,
        public=False,
        secret=False,
        attachments=(),
        kind=None,
        context="",
    )
    return [line, lapsed]


def _said(report: Report) -> tuple[object, ...]:
    """What a search finds a report by."""
    return report.title, report.text, report.place, report.tags, report.reporter_phone, report.reporter_email


def note(
    tx: Tx,
    report: Report,
    event: Event,
    *,
    actor: str,
    now: datetime,
    text: str = "",
    public: bool = True,
    attachments: tuple[Attachment, ...] = (),
    context: str = "",
) -> None:
    """Add a line to the history."""
    entry = HistoryEntry(
        report_id=report.id,
        number=0,
        at=now,
        event=event,
        actor=actor,
        state=report.state,
        text=text,
        public=public,
        attachments=attachments,
        context=context,
    )
    tx.history.append([entry])


def _tell_all(tx: Tx, changed: Report, change: Change, *, office: Office, now: datetime) -> None:
    about: list[tuple[Report, str]] = []
    if change.reply:
        about.append((changed, change.reply))
    news = change.to_supporters or (change.reply if change.reply in TOLD_TO_SUPPORTERS else "")
    if news and not change.secret:
        about += [(each, news) for each in supporting(tx, changed)]
    _tell(tx, changed, about, cause=change.cause, facts=change.facts, office=office, now=now)


def tell(
    tx: Tx, report: Report, event: str, *, cause: str, facts: Mapping[str, str], office: Office, now: datetime
) -> None:
    """Tell the reporter, and each supporter under their own number. Who asked for no messages is noted, not
    written to.
    """
    about = [report, *supporting(tx, report)] if event in TOLD_TO_SUPPORTERS else [report]
    _tell(tx, report, [(each, event) for each in about], cause=cause, facts=facts, office=office, now=now)


def _tell(
    tx: Tx,
    report: Report,
    about: Sequence[tuple[Report, str]],
    *,
    cause: str,
    facts: Mapping[str, str],
    office: Office,
    now: datetime,
) -> None:
    replies = [_facing(each, report, event, cause=cause, facts=facts, office=office, now=now) for each, event in about]
    posting.tell(tx, replies, office=office, now=now)


TOLD_TO_SUPPORTERS = frozenset(
    {
        "verified",
        "forwarded",
        "follow_up",
        "closed",
        "closed_by_admin",
        "reopened_by_admin",
        "archived",
        "held_unconnected",
    }
)


def supporting(tx: Tx, report: Report) -> list[Report]:
    """The reports of other people that are linked to this one."""
    linked = (LinkDecision.LINKED, LinkDecision.CONFIRMED)
    links = [
        link
        for link in tx.links.of_report(report.id)
        if link.first_report == report.id
        and link.report_id
        and link.decision in linked
        and link.kind is LinkKind.SAME_EVENT
    ]
    return [found for link in links if (found := tx.reports.get(link.report_id)) is not None]


def _facing(
    each: Report, report: Report, event: str, *, cause: str, facts: Mapping[str, str], office: Office, now: datetime
) -> Reply:
    """A supporter reads the first report's progress under the supporter's own number."""
    shown = replace(report, tracking_id=each.tracking_id) if each is not report else report
    target = replace(
        each, state=shown.state, agency=shown.agency, follow_up_by=shown.follow_up_by, verify_by=shown.verify_by
    )
    return reply_about(target, event, office=office, cause=cause, facts=facts, now=now)
