"""What admins do with the queue: claim, verify and dispose, delegate, hold with a question, archive."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.casework import (
    AlreadyClaimed,
    Case,
    Decision,
    Incomplete,
    UnknownReport,
    agency_below,
    agency_within,
    check_claim,
    decide,
    find,
    lock,
    needed,
    take,
    with_copies,
)
from core.changes import note
from core.model.lifecycle import NEW, PENDING, Action, NotAllowed, RequestKind, State
from core.model.people import Staff
from core.model.report import ArchiveReason, Classification, Event, Report
from core.office import Office
from core.permissions import open_actions, sight
from core.ports import Tx

__all__ = [
    "QUEUE",
    "AlreadyClaimed",
    "Disposition",
    "Incomplete",
    "UnknownReport",
    "archive",
    "ask",
    "claim",
    "delegate",
    "find",
    "hold",
    "next_in_queue",
    "queue",
    "release",
    "verify",
]

QUEUE = NEW | PENDING
LOOKED_THROUGH = 500


@dataclass(frozen=True, slots=True)
class Disposition:
    """What an admin decides when verifying (003, *Verifikasi (Disposisi) Laporan*, ten steps). Empty fields
    keep what is. ``copies`` are agencies that may read the report.
    """

    agency: str
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    classification: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    place: str = field(default="", repr=False)
    occurred_at: datetime | None = None
    anonymous: bool | None = None
    secret: bool | None = None
    priority: bool | None = None
    priority_programme: str = ""
    supervised: bool | None = None
    copies: tuple[str, ...] = ()


def queue(
    tx: Tx, staff: Staff, *, office: Office, states: Collection[State] = QUEUE, limit: int = 50
) -> Sequence[Report]:
    """The reports in this person's care that are in one of ``states`` (none: in any), the most urgent first."""
    return tx.reports.queue(states=states, agencies=sight(staff, office.directory), limit=limit)


def claim(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, now: datetime, version: int = 0) -> Report:
    """Keep a report from other staff for a while; claiming again prolongs it.

    Raises:
        UnknownReport, AlreadyClaimed, Changed.
        NotAllowed: to who can do nothing to it.
    """
    report = lock(tx, tracking_id, staff, office=office, version=version)
    check_claim(report, staff, now=now)
    if not open_actions(staff, report, directory=office.directory):
        raise NotAllowed(f"there is nothing that {staff.role} can do to this report while it is '{report.state}'")
    claimed = replace(report, claimed_by=staff.username, claimed_until=now + office.rules.claim_lease)
    tx.reports.save(claimed)
    if report.claimed_by != staff.username:
        note(tx, claimed, Event.CLAIMED, actor=staff.username, public=False, now=now)
    return replace(claimed, version=report.version + 1)


def release(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, now: datetime, version: int = 0) -> Report:
    """Give a claimed report back; one that nobody has stays as it is. Raises as ``claim``."""
    report = lock(tx, tracking_id, staff, office=office, version=version)
    check_claim(report, staff, now=now)
    if report.claimed_by != staff.username:
        return report
    freed = replace(report, claimed_by="", claimed_until=None)
    tx.reports.save(freed)
    note(tx, freed, Event.UNCLAIMED, actor=staff.username, public=False, now=now)
    return replace(freed, version=report.version + 1)


def next_in_queue(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> Report | None:
    """Claim the most urgent report that waits for verification and that nobody else has; None when there is none."""
    for waiting in queue(tx, staff, office=office, limit=LOOKED_THROUGH):
        if waiting.claimed_by and waiting.claimed_until and waiting.claimed_until > now:
            continue
        if Action.VERIFY not in open_actions(staff, waiting, directory=office.directory):
            continue
        try:
            return claim(tx, waiting.tracking_id, staff, office=office, now=now)
        except (AlreadyClaimed, NotAllowed, UnknownReport):
            continue  # Somebody else was faster.
    return None


def verify(
    tx: Tx, tracking_id: str, given: Disposition, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Verify and dispose to an agency or unit; the reporter is told to whom and until when.

    Without an agency it goes to the one that a waiting *not mine* suggests, else to the one whose queue it is in.

    Raises:
        UnknownReport, AlreadyClaimed, Changed.
        NotAllowed: also for an agency that is not below the acting one.
        Incomplete: no agency, or one that does not exist; a classification or category that is none.
    """
    case = take(tx, tracking_id, Action.VERIFY, staff, office=office, now=now, version=version)
    agency = agency_within(case, given.agency or _suggested(case) or case.report.agency)
    updates = {
        **_filled(case, given),
        "agency": agency.id,
        "handed_by": case.home,
        "follow_up_by": office.deadline(now, office.terms.follow_up_days, agency.id),
    }
    return decide(case, Decision(Event.VERIFIED, reply="verified", text=agency.name, public=True, updates=updates))


def _suggested(case: Case) -> str:
    request = case.report.request
    return request.suggested if request and request.kind is RequestKind.NOT_MINE else ""


def _filled(case: Case, given: Disposition) -> dict[str, Any]:
    """What was filled in, checked; the rest stays."""
    if given.classification and given.classification not in set(Classification):
        raise Incomplete(f"'{given.classification}' is no classification; choose {', '.join(Classification)}")
    if given.category and case.office.directory.category(given.category) is None:
        raise Incomplete(f"'{given.category}' is no category; name one from the list of categories")
    fields: Mapping[str, Any] = {
        "title": given.title.strip(),
        "text": given.text.strip(),
        "classification": given.classification,
        "category": given.category,
        "tags": given.tags,
        "place": given.place.strip(),
        "occurred_at": given.occurred_at,
        "priority_programme": given.priority_programme.strip(),
        "copies": with_copies(case, given.copies),
    }
    named = ("anonymous", "secret", "priority", "supervised")
    flags = {name: getattr(given, name) for name in named}
    return {k: v for k, v in fields.items() if v} | {k: v for k, v in flags.items() if v is not None}


def delegate(
    tx: Tx, tracking_id: str, agency: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Move a report to a lower agency's queue; its state stays. Raises as ``verify``.

    Who was told already which agency answers is told which one it is now.
    """
    case = take(tx, tracking_id, Action.DELEGATE, staff, office=office, now=now, version=version)
    receiver = agency_below(case, agency)
    moved: dict[str, Any] = {"agency": receiver.id, "handed_by": case.home}
    if case.report.state is not State.VERIFIED:
        return decide(case, Decision(Event.DELEGATED, text=receiver.name, updates=moved))
    moved["follow_up_by"] = office.deadline(now, office.terms.follow_up_days, receiver.id)
    return decide(case, Decision(Event.DELEGATED, reply="forwarded", text=receiver.name, public=True, updates=moved))


def ask(
    tx: Tx, tracking_id: str, question: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Hold because information is missing, and ask the reporter for it: their next plain message is the answer.

    Raises:
        Incomplete: no question. And as ``verify``.
    """
    words = needed(question, "a hold for missing information needs the question that the reporter is to answer")
    case = take(tx, tracking_id, Action.HOLD_INCOMPLETE, staff, office=office, now=now, version=version)
    decision = Decision(Event.QUESTIONED, reply="question", text=words, public=True, updates=_taken_back(case))
    held = decide(case, decision)
    reporter = held.told_at
    tx.contacts.save(replace(tx.contacts.lock(reporter.scheme, reporter.value), question=held.id))
    return held


def hold(
    tx: Tx, tracking_id: str, reason: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Hold because the agency is not connected yet. Raises Incomplete without a reason, and as ``verify``."""
    words = needed(reason, "a hold needs its reason in words: the reporter reads it")
    case = take(tx, tracking_id, Action.HOLD_UNCONNECTED, staff, office=office, now=now, version=version)
    updates = _taken_back(case)
    return decide(case, Decision(Event.HELD, reply="held_unconnected", text=words, public=True, updates=updates))


def archive(
    tx: Tx,
    tracking_id: str,
    reason: ArchiveReason,
    words: str,
    staff: Staff,
    *,
    office: Office,
    now: datetime,
    version: int = 0,
) -> Report:
    """Archive with one of the nine reasons and words that the reporter can read and answer. Raises as ``hold``."""
    explained = needed(words, "an archive needs a note in words: the reporter reads it and may answer")
    case = take(tx, tracking_id, Action.ARCHIVE, staff, office=office, now=now, version=version)
    text = f"{office.replies.label(reason.value)}. {explained}"
    facts = {"sebab": reason.value, "alasan": explained}
    updates = _taken_back(case)
    return decide(case, Decision(Event.ARCHIVED, "archived", text, public=True, facts=facts, updates=updates))


def _taken_back(case: Case) -> dict[str, Any]:
    """Who grants that a report is not the receiver's and keeps it has it in their own queue again."""
    request = case.report.request
    if request is None or request.kind is not RequestKind.NOT_MINE:
        return {}
    return {"agency": case.home, "handed_by": ""}
