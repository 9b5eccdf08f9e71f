"""What admins do with the queue: claim, verify and dispose, delegate, hold with a question, archive."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.changes import Change, apply, note
from core.model.lifecycle import NEW, PENDING, Action, Role, State
from core.model.people import Staff
from core.model.report import ArchiveReason, Classification, Event, Report
from core.office import Office
from core.ports import Tx

QUEUE = NEW | PENDING


class UnknownReport(Exception):
    """No report with this number that this person may see."""


class AlreadyClaimed(Exception):
    """Another admin is working on the report; the message names until when."""


class Incomplete(Exception):
    """The decision lacks something; the message names it."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What an admin decides when verifying (003, *Verifikasi (Disposisi) Laporan*, ten steps). Empty fields
    keep what is.
    """

    agency: str
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    classification: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    place: str = field(default="", repr=False)
    anonymous: bool | None = None
    secret: bool | None = None
    priority: bool | None = None
    priority_programme: str = ""


def queue(
    tx: Tx, staff: Staff, *, office: Office, states: Collection[State] = QUEUE, limit: int = 50
) -> Sequence[Report]:
    """The reports in this person's care that are in one of ``states`` (none: in any), the most urgent first."""
    agencies = None if staff.role is Role.NATIONAL_ADMIN else office.directory.below(staff.agency)
    return tx.reports.queue(states=states, agencies=agencies, limit=limit)


def find(tx: Tx, tracking_id: str, staff: Staff, *, office: Office) -> Report:
    """The report, told alike whether it does not exist or belongs to another agency. Raises UnknownReport."""
    found = tx.reports.find(tracking_id)
    if found is None or not _may_see(staff, found, office):
        raise UnknownReport(f"no report {tracking_id} in your agency's care; check the number")
    return found


def claim(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Keep a report from other admins for a while; claiming again prolongs it. Raises UnknownReport, AlreadyClaimed."""
    report = _take(tx, tracking_id, staff, office=office, now=now)
    claimed = replace(report, claimed_by=staff.username, claimed_until=now + office.rules.claim_lease)
    tx.reports.save(claimed)
    if report.claimed_by != staff.username:
        note(tx, claimed, Event.CLAIMED, actor=staff.username, public=False, now=now)
    return claimed


def verify(tx: Tx, tracking_id: str, given: Disposition, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Verify and dispose to an agency or unit; the reporter is told to whom and until when.

    Raises:
        UnknownReport, AlreadyClaimed, NotAllowed.
        Incomplete: no agency, or one that does not exist; a classification that is none.
    """
    report = _take(tx, tracking_id, staff, office=office, now=now)
    agency = _agency(given.agency or report.agency, office)
    if given.classification and given.classification not in set(Classification):
        raise Incomplete(f"'{given.classification}' is no classification; choose {', '.join(Classification)}")
    updates = _filled(given) | {
        "agency": agency,
        "follow_up_by": office.deadline(now, office.terms.follow_up_days, agency),
    }
    decision = _Decision(Action.VERIFY, Event.VERIFIED, reply="verified", updates=updates)
    return _decide(tx, report, decision, staff, office=office, now=now)


def _filled(given: Disposition) -> dict[str, Any]:
    fields: Mapping[str, Any] = {
        "title": given.title,
        "text": given.text,
        "classification": given.classification,
        "category": given.category,
        "tags": given.tags,
        "place": given.place,
        "priority_programme": given.priority_programme,
    }
    flags = {"anonymous": given.anonymous, "secret": given.secret, "priority": given.priority}
    return {k: v for k, v in fields.items() if v} | {k: v for k, v in flags.items() if v is not None}


def delegate(tx: Tx, tracking_id: str, agency: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Move a report to another agency's queue; its state stays. Raises as ``verify``."""
    report = _take(tx, tracking_id, staff, office=office, now=now)
    decision = _Decision(Action.DELEGATE, Event.DELEGATED, updates={"agency": _agency(agency, office)})
    return _decide(tx, report, decision, staff, office=office, now=now)


def ask(tx: Tx, tracking_id: str, question: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Hold because information is missing, and ask the reporter for it: their next plain message is the answer.

    Raises:
        Incomplete: no question.
    """
    if not question.strip():
        raise Incomplete("a hold for missing information needs the question that the reporter is to answer")
    report = _take(tx, tracking_id, staff, office=office, now=now)
    decision = _Decision(Action.HOLD_INCOMPLETE, Event.QUESTIONED, reply="question", text=question)
    held = _decide(tx, report, decision, staff, office=office, now=now)
    contact = tx.contacts.lock(report.reporter.scheme, report.reporter.value)
    tx.contacts.save(replace(contact, question=report.id))
    return held


def hold(tx: Tx, tracking_id: str, reason: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Hold because the agency is not connected yet. Raises Incomplete without a reason, and as ``verify``."""
    if not reason.strip():
        raise Incomplete("a hold needs its reason in words: the reporter reads it")
    report = _take(tx, tracking_id, staff, office=office, now=now)
    decision = _Decision(Action.HOLD_UNCONNECTED, Event.HELD, reply="held_unconnected", text=reason)
    return _decide(tx, report, decision, staff, office=office, now=now)


def archive(
    tx: Tx, tracking_id: str, reason: ArchiveReason, words: str, staff: Staff, *, office: Office, now: datetime
) -> Report:
    """Archive with one of the nine reasons and words that the reporter can read and answer. Raises as ``hold``."""
    if not words.strip():
        raise Incomplete("an archive needs a note in words: the reporter reads it and may answer")
    report = _take(tx, tracking_id, staff, office=office, now=now)
    text = f"{office.replies.label(reason.value)}. {words}"
    decision = _Decision(Action.ARCHIVE, Event.ARCHIVED, reply="archived", text=text)
    return _decide(tx, report, decision, staff, office=office, now=now)


def _take(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """The report, locked, if nobody else has it."""
    report = tx.reports.lock(find(tx, tracking_id, staff, office=office).id)
    if report.claimed_by not in ("", staff.username) and report.claimed_until and report.claimed_until > now:
        raise AlreadyClaimed(f"{report.claimed_by} has it until {report.claimed_until:%H:%M} UTC")
    return report


def _may_see(staff: Staff, report: Report, office: Office) -> bool:
    """Staff see their agency and all below it; the national admin sees everything."""
    return staff.role is Role.NATIONAL_ADMIN or office.directory.is_within(report.agency, staff.agency)


def _agency(agency: str, office: Office) -> str:
    known = office.directory.agency(agency) or office.directory.find(agency)
    if known is None:
        raise Incomplete(f"'{agency}' is no agency; name one from the list of agencies")
    return known.id


@dataclass(frozen=True, slots=True)
class _Decision:
    """What an action comes to: its line of history, the reply it causes (empty for none) and the fields it sets."""

    action: Action
    event: Event
    reply: str = ""
    text: str = field(default="", repr=False)
    updates: Mapping[str, Any] = field(default_factory=dict, repr=False)


def _decide(tx: Tx, report: Report, decision: _Decision, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Every decision settles a waiting request and frees the claim."""
    settled = {"request": None, "claimed_by": "", "claimed_until": None}
    change = Change(
        action=decision.action,
        role=staff.role,
        actor=staff.username,
        event=decision.event,
        cause=f"{report.id}:{report.version}",
        text=decision.text,
        reply=decision.reply,
        facts={"alasan": decision.text, "teks": decision.text},
        public=bool(decision.reply),
        updates={**decision.updates, **settled},
    )
    return apply(tx, report, change, office=office, now=now)
