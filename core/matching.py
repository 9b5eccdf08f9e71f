"""Other people's reports of the same event: found when a report comes in, linked when sure, suggested when not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.casework import UnknownReport, find
from core.changes import note, tell
from core.clocking import advance
from core.linking import join, same_event
from core.manual import agenda_keys, is_in_sight
from core.model.lifecycle import ARCHIVED, CLOSED, Action, NotAllowed
from core.model.message import Mark
from core.model.people import Staff
from core.model.report import Event, Report
from core.model.work import Job, JobKind, Link, LinkDecision
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx
from core.scoring import SURE, UNSURE, Judgement, judge
from core.searching import search_keys
from core.text import Comparable, comparable, keys
from core.tracking import show

CANDIDATES = 12
LIKELY = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A report that may tell of the same event, and how sure that is."""

    first: Report
    judgement: Judgement


def match(tx: Tx, report_id: str, *, office: Office, now: datetime) -> None:
    """Compare one new report with those of others (case 3 of ``domain.md`` §6), index it, have it routed and, where
    staff took it down, its reporter told.
    """
    report = tx.reports.lock(report_id)
    unread = Mark.UNREADABLE in report.marks  # All such have the same words, which are not their reporters'.
    said = comparable("" if unread else report.original_text)
    tx.links.index(report.id, (*keys(said), *agenda_keys(report)))
    tx.listing.index(report.id, search_keys(report))
    found = None if report.duplicate_of else find_best(tx, report, said, office=office, now=now)
    if found is not None and found.judgement.score >= SURE and not (report.secret or found.first.secret):
        link_event(tx, report, found, office=office, now=now)
    elif found is not None and found.judgement.score >= UNSURE:
        _suggest(tx, report, found, office=office, now=now)
    next_steps = (JobKind.GREET, JobKind.ROUTE) if report.source else (JobKind.ROUTE,)
    tx.jobs.add((Job(office.new_id(), kind, report.id, now) for kind in next_steps), now=now)


def find_best(tx: Tx, report: Report, said: Comparable, *, office: Office, now: datetime) -> Match | None:
    """The one door to the search: candidates by shared keys, then judgement. Links lead to the first report of
    a chain.
    """
    ids = tx.links.candidates(keys(said), since=now - office.rules.event_within, limit=CANDIDATES)
    judged = [
        Match(other, judgement)
        for other in tx.reports.some([candidate for candidate in ids if candidate != report.id])
        if other.reporter != report.reporter
        and other.state not in CLOSED | ARCHIVED
        and other.duplicate_of != report.id
        and not (judgement := judge(said, comparable(other.original_text))).conflict
    ]
    best = max(judged, key=lambda found: found.judgement.score, default=None)
    if best is None or not best.first.duplicate_of:
        return best
    first = tx.reports.get(best.first.duplicate_of)
    return replace(best, first=first) if first is not None and first.id != report.id else None


def likely(tx: Tx, text: str, staff: Staff, *, office: Office, now: datetime, most: int = LIKELY) -> Sequence[Match]:
    """Reports that may tell of what somebody is writing down just now, the likeliest first; of those they may see."""
    said = comparable(text)
    ids = tx.links.candidates(keys(said), since=now - office.rules.event_within, limit=CANDIDATES)
    judged = [
        Match(other, judgement)
        for other in tx.reports.some(ids)
        if other.state not in CLOSED | ARCHIVED
        and is_in_sight(other, staff, office=office)
        and not (judgement := judge(said, comparable(other.original_text))).conflict
        and judgement.score >= UNSURE
    ]
    return sorted(judged, key=lambda found: -found.judgement.score)[:most]


def link_event(tx: Tx, report: Report, found: Match, *, office: Office, now: datetime) -> None:
    """The report becomes a supporter of the first one; its reporter keeps their number and hears of every change."""
    _record(tx, report, found, LinkDecision.LINKED, office=office, now=now)
    join(tx, report, found.first, by="system", office=office, now=now)


def _suggest(tx: Tx, report: Report, found: Match, *, office: Office, now: datetime) -> None:
    _record(tx, report, found, LinkDecision.SUGGESTED, office=office, now=now)
    note(tx, report, Event.SUGGESTED, actor="system", text=show(found.first.tracking_id), public=False, now=now)


def _record(tx: Tx, report: Report, found: Match, decision: LinkDecision, *, office: Office, now: datetime) -> None:
    judged = found.judgement
    link = same_event(
        found.first,
        decision,
        office=office,
        now=now,
        report_id=report.id,
        score=judged.score,
        reasons=judged.reasons,
    )
    tx.links.add(link)


def unlink(tx: Tx, link_id: str, *, by: str, office: Office, now: datetime) -> None:
    """Undo a link between two reports: the later one is on its own again, and its reporter is told. Raises KeyError."""
    link = tx.links.get(link_id)
    if link is None:
        raise KeyError(link_id)
    if link.decision is LinkDecision.UNDONE:
        return
    tx.links.save(replace(link, decision=LinkDecision.UNDONE, by=by))
    if not link.report_id or link.decision is LinkDecision.SUGGESTED:
        return
    report = tx.reports.lock(link.report_id)
    freed = replace(report, duplicate_of="")
    freed = advance(tx, report, freed, Event.UNLINKED, substantive=False, office=office, now=now)
    tx.reports.save(freed)
    note(tx, freed, Event.UNLINKED, actor=by, now=now)
    facts: Mapping[str, str] = {}
    tell(tx, freed, "unlinked", cause=link.id, facts=facts, office=office, now=now)


def decide_link(
    tx: Tx, tracking_id: str, link_id: str, staff: Staff, *, confirmed: bool, office: Office, now: datetime
) -> None:
    """What a verifier of either report says of a link: the same event, or not.

    Raises:
        UnknownReport: no such report within sight, or the link is not one of it.
        NotAllowed: this person does not verify it, or may not read the other one; or a secret report would be told to
            supporters.
    """
    report = find(tx, tracking_id, staff, office=office)
    link = tx.links.get(link_id)
    if link is None or report.id not in {link.first_report, link.report_id}:
        raise UnknownReport("the report has no such link")
    if not may(staff, Action.VERIFY, report, directory=office.directory):
        raise NotAllowed(f"links are decided by who verifies the report, not by {staff.role}")
    others = tx.reports.some({link.first_report, link.report_id} - {"", report.id})
    if not all(may(staff, Right.VIEW, other, directory=office.directory) for other in others):
        raise NotAllowed("links are decided by who may read both reports")
    if confirmed:
        _confirm(tx, link, by=staff.username, office=office, now=now)
    else:
        unlink(tx, link.id, by=staff.username, office=office, now=now)


def _confirm(tx: Tx, link: Link, *, by: str, office: Office, now: datetime) -> None:
    """A suggestion becomes a link; one that was decided already stays as it is."""
    if link.decision is not LinkDecision.SUGGESTED:
        return
    report, first = tx.reports.lock(link.report_id), tx.reports.lock(link.first_report)
    if report.secret or first.secret:
        raise NotAllowed("a secret report has no supporters: they would be told of it")
    tx.links.save(replace(link, decision=LinkDecision.CONFIRMED, by=by))
    join(tx, report, first, by=by, office=office, now=now)
