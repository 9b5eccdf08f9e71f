"""Who a reporter is: contact details by permission, a hidden identity only with a reason, which is kept."""

from dataclasses import dataclass, field
from datetime import datetime

from core.casework import Incomplete, lock
from core.changes import note
from core.directory import Directory
from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.report import Event, Report
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx

HIDDEN = "disembunyikan"
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """A reporter as this person may see them; ``address`` is where they wrote from, ``link`` where in public:
    the URL of a tweet names its author.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    link: str = field(default="", repr=False)


def contact_of(report: Report, staff: Staff, directory: Directory) -> Identity:
    """What may be shown of the reporter: everything, or "disembunyikan" in the place of each."""
    if sees_sender(report, staff, directory):
        return _identity(report)
    return Identity(HIDDEN, HIDDEN, HIDDEN, HIDDEN)


def sees_sender(report: Report, staff: Staff, directory: Directory) -> bool:
    """Whether this person may see who sent it, and so what names them: the original, and what stood around the words.

    Nobody sees who sent an anonymous or secret report; ``reveal`` tells it for a reason.
    """
    open_to_all = not (report.anonymous or report.secret)
    return open_to_all and may(staff, Right.VIEW_CONTACT, report, directory=directory)


def _identity(report: Report) -> Identity:
    return Identity(
        name=report.reporter_name,
        address=report.reporter.value,
        phone=report.reporter_phone,
        email=report.reporter_email,
        link=report.source_url,
    )


def reveal(tx: Tx, tracking_id: str, reason: str, staff: Staff, *, office: Office, now: datetime) -> Identity:
    """The identity behind a report; who looked and why is in the history, which the reporter does not read.

    Raises:
        UnknownReport, NotAllowed.
        Incomplete: a reason of fewer than ten characters.
    """
    report = lock(tx, tracking_id, staff, office=office)
    if not may(staff, Right.REVEAL_IDENTITY, report, directory=office.directory):
        raise NotAllowed(f"the identity behind a report is not shown to {staff.role}")
    why = reason.strip()
    if len(why) < SHORTEST_REASON:
        raise Incomplete(f"say why the identity is needed, in {SHORTEST_REASON} characters or more: it is kept")
    note(tx, report, Event.IDENTITY_SEEN, actor=staff.username, text=why, public=False, now=now)
    return _identity(report)
