"""What an operator may know beside the talk: the visitor's reports, and how a report stands that they ask about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core import chatting
from core.belonging import is_own
from core.filing import facts_of
from core.manual import is_in_sight
from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.report import Report
from core.model.talk import Talk
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx

MOST = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A report that an operator looked up. ``answer``: what the visitor may be told of it; empty where it is nobody's
    business but its reporter's, and the visitor has not shown to be that.
    """

    report: Report
    is_visitors: bool
    answer: str = field(default="", repr=False)


def reports_of(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> Sequence[Report]:
    """The visitor's newest ones, among those that this person may see. Raises NotAllowed, and as ``chatting.hold``."""
    talk = _talk(tx, chat_id, staff, office=office, now=now)
    digest = tx.contacts.digest(talk.address.scheme, talk.address.value)
    found = tx.reports.of_reporter(digest, limit=MOST)
    return [report for report in found if is_in_sight(report, staff, office=office)]


def language_of(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> str:
    """The one that the visitor is spoken to in. Raises NotAllowed, and as ``chatting.hold``."""
    return _language(tx, _talk(tx, chat_id, staff, office=office, now=now)) or office.language


def look_up(tx: Tx, chat_id: str, tracking_id: str, staff: Staff, *, office: Office, now: datetime) -> Found | None:
    """None alike for a number that there is not and for one that this person may not see.

    Raises NotAllowed, and as ``chatting.hold``.
    """
    talk = _talk(tx, chat_id, staff, office=office, now=now)
    report = tx.reports.find(tracking_id)
    if report is None or not is_in_sight(report, staff, office=office):
        return None
    theirs = is_own(tx, report, talk.address)
    hidden = (report.secret or report.anonymous) and not theirs
    return Found(report, theirs, "" if hidden else _answer(tx, report, talk, office))


def _answer(tx: Tx, report: Report, talk: Talk, office: Office) -> str:
    spoken, capabilities = office.speaking(_language(tx, talk)), office.capabilities[talk.channel]
    facts = facts_of(report, spoken)
    return spoken.replies.compose("status", facts, channel=talk.channel, capabilities=capabilities)


def _language(tx: Tx, talk: Talk) -> str:
    return tx.contacts.language(talk.address.scheme, talk.address.value)


def _talk(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> Talk:
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        raise NotAllowed(f"chats are for operators, not for {staff.role}")
    return chatting.look_at(tx, chat_id, staff, now=now).talk
