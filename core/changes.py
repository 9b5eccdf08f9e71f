"""One change to a report: the state by the table, a line of history and the replies it causes, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.clocking import advance
from core.filing import reply_about
from core.model.lifecycle import Action, Role, next_state
from core.model.report import Event, HistoryEntry, Report
from core.model.work import LinkDecision, LinkKind, OutboxState, Reply
from core.office import Office
from core.ports import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody does to a report.

    Attributes:
        reply: the reply event that tells the reporter, and everyone whose report is linked to this one; empty for none.
        cause: names the change; the same cause never answers twice.
        updates: fields of the report that change beside its state.
        substantive: it is a follow-up that tells of a solution, not only a first response.
    """

    action: Action
    role: Role
    actor: str
    event: Event
    cause: str
    text: str = field(default="", repr=False)
    public: bool = True
    reply: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    updates: Mapping[str, Any] = field(default_factory=dict, repr=False)
    substantive: bool = False


def apply(tx: Tx, report: Report, change: Change, *, office: Office, now: datetime) -> Report:
    """Carry ``change`` out on a locked report and return the report as it is then. Raises NotAllowed."""
    state = next_state(
        report.state, change.action, change.role, request=report.request.kind if report.request else None
    )
    changed = replace(report, state=state, **change.updates)
    changed = advance(tx, report, changed, change.event, substantive=change.substantive, office=office, now=now)
    tx.reports.save(changed)
    note(tx, changed, change.event, actor=change.actor, text=change.text, public=change.public, now=now)
    if change.reply:
        tell(tx, changed, change.reply, cause=change.cause, facts=change.facts, office=office, now=now)
    return replace(changed, version=report.version + 1)


def note(
    tx: Tx, report: Report, event: Event, *, actor: str, now: datetime, text: str = "", public: bool = True
) -> None:
    """Add a line to the history."""
    entry = HistoryEntry(
        report_id=report.id, number=0, at=now, event=event, actor=actor, state=report.state, text=text, public=public
    )
    tx.history.append([entry])


def tell(
    tx: Tx, report: Report, event: str, *, cause: str, facts: Mapping[str, str], office: Office, now: datetime
) -> None:
    """Tell the reporter, and each supporter under their own number. Who asked for no messages is noted, not
    written to.
    """
    about = [report, *supporting(tx, report)] if event in TOLD_TO_SUPPORTERS else [report]
    replies = [_facing(each, report, event, cause=cause, facts=facts, office=office, now=now) for each in about]
    tx.outbox.add([_respecting_silence(tx, reply) for reply in replies])


TOLD_TO_SUPPORTERS = frozenset({"verified", "follow_up", "closed", "reopened", "archived", "held_unconnected"})


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


def _respecting_silence(tx: Tx, reply: Reply) -> Reply:
    to = reply.outbound.to
    if reply.state is OutboxState.PENDING and tx.contacts.is_opted_out(to.scheme, to.value):
        return replace(reply, state=OutboxState.UNWANTED, reason="the recipient asked for no messages")
    return reply
