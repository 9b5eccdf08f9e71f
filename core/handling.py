"""What is done with a verified report: answered, forwarded, its clock held, closed, opened again; and reminders."""

from dataclasses import dataclass, field
from datetime import datetime

from core.casework import Decision, agency_below, agency_named, decide, needed, take, with_copies
from core.model.lifecycle import Action
from core.model.message import Attachment
from core.model.people import Staff
from core.model.report import Event, FollowUpKind, Report
from core.office import Office
from core.ports import Tx

__all__ = [
    "FollowUp",
    "FollowUpKind",
    "close",
    "follow_up",
    "forward",
    "hold_clock",
    "intervene",
    "release_clock",
    "reopen",
]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What an agency answers (003, *Tindak Lanjut Laporan*). ``attachments`` are stored already; a ``secret`` answer is
    read by the reporter alone.
    """

    kind: FollowUpKind
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    secret: bool = False


def follow_up(
    tx: Tx, tracking_id: str, given: FollowUp, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Answer; the reporter and, unless it is secret, the supporters are told.

    Raises:
        UnknownReport, AlreadyClaimed, Changed, NotAllowed.
        Incomplete: no text.
    """
    text = needed(given.text, "a follow-up needs its text: the reporter reads it")
    case = take(tx, tracking_id, Action.FOLLOW_UP, staff, office=office, now=now, version=version)
    decision = Decision(
        Event.FOLLOWED_UP,
        reply="follow_up",
        text=text,
        public=True,
        secret=given.secret,
        attachments=given.attachments,
        kind=given.kind,
    )
    return decide(case, decision)


def forward(
    tx: Tx,
    tracking_id: str,
    agency: str,
    words: str,
    staff: Staff,
    *,
    office: Office,
    now: datetime,
    copies: tuple[str, ...] = (),
    version: int = 0,
) -> Report:
    """The duty to answer moves to a lower agency, with the whole term; ``copies`` name agencies that may read.

    The reporter is told which agency has it, and reads ``words`` (they may be empty) in the history.

    Raises:
        UnknownReport, AlreadyClaimed, Changed.
        NotAllowed: also for an agency that is not below the acting one.
        Incomplete: no such agency.
    """
    case = take(tx, tracking_id, Action.FORWARD, staff, office=office, now=now, version=version)
    receiver = agency_below(case, agency)
    copied = ", ".join(agency_named(copy, office).name for copy in copies)
    said = [receiver.name, f"Salinan: {copied}" if copied else "", words.strip()]
    updates = {
        "agency": receiver.id,
        "handed_by": case.home,
        "copies": with_copies(case, copies),
        "follow_up_by": office.deadline(now, office.terms.follow_up_days, receiver.id),
    }
    text = ". ".join(part for part in said if part)
    return decide(case, Decision(Event.FORWARDED, reply="forwarded", text=text, public=True, updates=updates))


def hold_clock(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """From now on the report does not close by itself. Raises Incomplete without a reason, and as ``follow_up``."""
    reason = needed(words, "holding the clock needs its reason in words")
    case = take(tx, tracking_id, Action.HOLD_CLOCK, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.CLOCK_HELD, text=reason, updates={"clock_held": True}))


def release_clock(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """The report closes by itself again. Raises as ``hold_clock``."""
    reason = needed(words, "releasing the clock needs its reason in words")
    case = take(tx, tracking_id, Action.RELEASE_CLOCK, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.CLOCK_RELEASED, text=reason, updates={"clock_held": False}))


def close(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Close; the reporter is told why, and how to rate or to contradict. Raises as ``hold_clock``."""
    reason = needed(words, "closing needs its reason in words: the reporter reads it and may answer")
    case = take(tx, tracking_id, Action.CLOSE, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.CLOSED, reply="closed_by_admin", text=reason, public=True))


def reopen(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Open a closed report again; the reporter is told why. Raises as ``hold_clock``."""
    reason = needed(words, "reopening needs its reason in words: the reporter reads it")
    case = take(tx, tracking_id, Action.REOPEN, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.REOPENED, reply="reopened_by_admin", text=reason, public=True))


def intervene(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Remind the agency, in the history; the reporter is not told. Another's claim neither hinders it nor ends.

    Raises as ``hold_clock``, AlreadyClaimed aside.
    """
    reminder = needed(words, "a reminder needs its words: the agency reads it")
    case = take(tx, tracking_id, Action.INTERVENE, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.INTERVENED, text=reminder))
