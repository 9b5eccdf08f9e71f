"""What a member of staff does with their notices: read them, choose what to be told, name the browsers to push to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.model.notice import Choices, Notice, Subscription
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx


@dataclass(frozen=True, slots=True)
class Line:
    """A notice with the report it is about, or None where this person may read that one no more."""

    notice: Notice
    report: Report | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some notices, newest first; ``next`` is what to ask for older ones with, empty where there are none."""

    lines: Sequence[Line]
    next: str


def page(tx: Tx, staff: Staff, *, office: Office, limit: int, before: str = "") -> Page:
    """The newest notices of this person, or those from before the notice ``before`` on."""
    found = tx.notices.of(staff.id, limit=limit + 1, before=before)
    shown = found[:limit]
    reports = tx.reports.some({notice.report_id for notice in shown}) if shown else ()
    theirs = {report.id: report for report in reports if may(staff, Right.VIEW, report, directory=office.directory)}
    lines = [Line(notice, theirs.get(notice.report_id)) for notice in shown]
    return Page(lines, shown[-1].id if len(found) > limit else "")


def see_report(tx: Tx, tracking_id: str, staff: Staff, *, now: datetime) -> int:
    """This person looks at the report; how many notices about others they did not look at yet."""
    report = tx.reports.find(tracking_id)
    if report is not None:
        tx.notices.see(staff.id, at=now, report_id=report.id)
    return tx.notices.unseen(staff.id)


def see_all(tx: Tx, staff: Staff, *, now: datetime, until: str) -> None:
    """This person read the list whose newest notice is ``until``; what came meanwhile stays unseen."""
    tx.notices.see(staff.id, at=now, until=until)


def choose(tx: Tx, staff: Staff, choices: Choices) -> None:
    """From the next notice on."""
    tx.notices.save_choices(staff.id, choices)


def subscribe(
    tx: Tx, staff: Staff, endpoint: str, *, p256dh: str, auth: str, office: Office, now: datetime
) -> Subscription:
    """Push to this browser from now on, and no more to whoever used it before."""
    browser = Subscription(office.new_id(), staff.id, now, endpoint, p256dh, auth)
    tx.notices.subscribe(browser)
    return browser


def browsers_of(tx: Tx, staff: Staff) -> Sequence[Subscription]:
    """Where this person is pushed to, newest first."""
    return tx.notices.subscriptions([staff.id])


def stop(tx: Tx, staff: Staff, browser_id: str) -> None:
    """Push to this browser no more; another person's is left alone."""
    if any(browser.id == browser_id for browser in browsers_of(tx, staff)):
        tx.notices.unsubscribe(browser_id)
