"""Messages that a person decides about: a mention without the sign, a stranger in a thread, what nobody could read.

Each is made a report, attached to one, or dismissed, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core import casework
from core.adding import add, add_from_elsewhere
from core.arrival import as_unreadable, begin_report
from core.belonging import find_belonging, find_named, is_by_reporter, number_in_title
from core.hearing import Heard
from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.report import Event, Report
from core.model.work import Outcome, StoredMessage
from core.office import Office
from core.permissions import Right, may, may_triage
from core.ports import Tx

MOST = 200
MOST_COUNTED = 1_000
NOTE_LENGTH = 64


class WaitsFor(StrEnum):
    """Why a message waits for a person; the notes of parked messages."""

    MENTION = "mention"
    STRANGER = "stranger"
    UNREADABLE = "unreadable"


class Dismissal(StrEnum):
    """Why nothing comes of a message."""

    SPAM = "spam"
    CHATTER = "chatter"
    DUPLICATE = "duplicate"
    NOT_FOR_US = "not_for_us"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits for a person. ``report``: the one it continues or names, where this person may see it."""

    stored: StoredMessage
    reason: WaitsFor
    report: Report | None = None


class UnknownMessage(Exception):
    """No such message waited for a person."""


class AlreadySettled(Exception):
    """Somebody else decided about the message in between."""


def waiting(
    tx: Tx, staff: Staff, *, office: Office, channel: str = "", limit: int = 50, after: str = ""
) -> Sequence[Waiting]:
    """The oldest first, at most ``MOST``; the next page is ``after`` the id of the last one. Raises NotAllowed."""
    _check(staff, office)
    found = tx.messages.parked(channel=channel, limit=max(1, min(limit, MOST)), after=after)
    return [_waiting(tx, stored, staff, office) for stored in found]


def count(tx: Tx, staff: Staff, *, office: Office) -> int:
    """How many wait; ``MOST_COUNTED`` + 1 stands for more, 0 for whoever does not decide about them."""
    return tx.messages.count_parked(most=MOST_COUNTED + 1) if may_triage(staff, directory=office.directory) else 0


def find(tx: Tx, message_id: str, staff: Staff, *, office: Office) -> Waiting:
    """One of them. Raises NotAllowed, UnknownMessage, AlreadySettled."""
    _check(staff, office)
    return _waiting(tx, _parked(tx, message_id), staff, office)


def make_report(tx: Tx, message_id: str, staff: Staff, *, office: Office, now: datetime) -> Report:
    """File it as if it had just come: with the time it was received, number and PIN, and the first reply to its sender.
    Who only names us, without words, means what stands around.

    Raises NotAllowed, UnknownMessage, AlreadySettled.
    """
    heard = _take(tx, message_id, staff, office=office)
    if heard.stored.inbound.unreadable:
        heard = as_unreadable(heard, office=office)
    elif heard.is_silent:
        heard = replace(heard, text=heard.stored.inbound.context)
    return begin_report(tx, heard, office=office, now=now, entered_by=staff.username)


def attach(
    tx: Tx, message_id: str, tracking_id: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Add it to a report that this person may see. Words from another address than the reporter's are marked as such,
    and shown to staff alone; nobody is told.

    Raises NotAllowed, UnknownMessage, AlreadySettled, casework.UnknownReport, and Changed where ``version`` is another.
    """
    heard = _take(tx, message_id, staff, office=office)
    report = casework.lock(tx, tracking_id, staff, office=office, version=version)
    if is_by_reporter(tx, report, heard.stored.inbound):
        report = add(tx, heard, report, event=Event.ADDED, office=office, now=now)
    else:
        report = add_from_elsewhere(tx, heard, report, actor=staff.username, public=False, now=now)
    tx.messages.settle([message_id], Outcome.ADDITION, report_id=report.id, note=staff.username)
    return report


def dismiss(tx: Tx, message_id: str, staff: Staff, reason: Dismissal, *, office: Office) -> None:
    """Nothing comes of it; it stays stored with the reason and who decided.

    Raises NotAllowed, UnknownMessage, AlreadySettled.
    """
    _take(tx, message_id, staff, office=office)
    tx.messages.settle([message_id], Outcome.DISMISSED, note=f"{reason.value} {staff.username}"[:NOTE_LENGTH])


def _check(staff: Staff, office: Office) -> None:
    if not may_triage(staff, directory=office.directory):
        raise NotAllowed(f"messages that are no report yet are the national agency's, not for {staff.role}")


def _parked(tx: Tx, message_id: str) -> StoredMessage:
    stored = tx.messages.get(message_id)
    if stored is None:
        raise UnknownMessage("no such message")
    if stored.outcome is not Outcome.PARKED:
        raise AlreadySettled(f"the message is settled: {stored.outcome.value or 'it is being worked on'}")
    return stored


def _take(tx: Tx, message_id: str, staff: Staff, *, office: Office) -> Heard:
    """Whoever comes second waits for the first at the sender's contact, and finds it settled."""
    _check(staff, office)
    sender = _parked(tx, message_id).inbound.sender
    contact = tx.contacts.lock(sender.scheme, sender.value)
    stored = _parked(tx, message_id)
    return Heard(stored=stored, text=stored.inbound.text, contact=contact)


def _waiting(tx: Tx, stored: StoredMessage, staff: Staff, office: Office) -> Waiting:
    inbound = stored.inbound
    found = find_belonging(tx, inbound)
    if found is None and (number := number_in_title(inbound)):
        found = find_named(tx, inbound, number)
    report = found.report if found and may(staff, Right.VIEW, found.report, directory=office.directory) else None
    return Waiting(stored, WaitsFor(stored.note), report)
