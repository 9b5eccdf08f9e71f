"""What a report that staff took down brings with it: its reporter is told, and asked whether it is right."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.changes import tell
from core.filing import postbox_of
from core.model.message import Address
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx
from core.replies import UNKNOWN_PLACE

AGENDA_KEPT = timedelta(days=400)
"""An agenda begins anew each year; a number that comes again later is another letter's."""
KNOWN = 5
# What is read back fits two SMS.
LONGEST_TITLE = 60
LONGEST_PLACE = 40


def greet(tx: Tx, report_id: str, *, office: Office, now: datetime) -> None:
    """Tell the reporter number and PIN, and read back what was taken down, where a message of ours can reach them.

    Doing it again changes nothing. A reporter who cannot be reached is told by whoever took the report down.
    """
    report = tx.reports.lock(report_id)
    pin = tx.reports.pin_of(report.id)
    if postbox_of(report, office) is None or not pin or _is_greeted(tx, report):
        return
    tell(tx, report, "received", cause="", facts={"pin": pin}, office=office, now=now)
    if report.read_back and not report.secret:
        _read_back(tx, report, office=office, now=now)


def _is_greeted(tx: Tx, report: Report) -> bool:
    return any(reply.event == "received" for reply in tx.outbox.of_report(report.id))


def _read_back(tx: Tx, report: Report, *, office: Office, now: datetime) -> None:
    title, place = shorten(report.title or report.text, LONGEST_TITLE), shorten(report.place, LONGEST_PLACE)
    facts = {"judul": title, "tempat": place or office.speaking(report.language).replies.label(UNKNOWN_PLACE)}
    tell(tx, report, "read_back", cause="", facts=facts, office=office, now=now)
    contact = tx.contacts.lock(report.reporter.scheme, report.reporter.value)
    if not contact.question:
        tx.contacts.save(replace(contact, question=report.id))


def shorten(text: str, most: int) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]} ..."


def agenda_keys(report: Report) -> tuple[str, ...]:
    """By what a letter is found again."""
    return (f"agenda:{_written_alike(report.agenda_number)}",) if report.agenda_number else ()


def earlier_letters(tx: Tx, agenda_number: str, staff: Staff, *, office: Office, now: datetime) -> Sequence[Report]:
    """Letters already taken down under this agenda number, among those that this person may see, the oldest first."""
    wanted = _written_alike(agenda_number)
    if not wanted:
        return ()
    ids = tx.links.candidates([f"agenda:{wanted}"], since=now - AGENDA_KEPT, limit=20)
    return [
        report
        for report in tx.reports.some(ids)
        if _written_alike(report.agenda_number) == wanted and is_in_sight(report, staff, office=office)
    ]


def known_reports(tx: Tx, reporter: Address, staff: Staff, *, office: Office) -> Sequence[Report]:
    """The newest reports of somebody, among those of which this person may know whose they are."""
    digest = tx.contacts.digest(reporter.scheme, reporter.value)
    return [
        report
        for report in tx.reports.of_reporter(digest, limit=KNOWN)
        if not (report.anonymous or report.secret)
        and may(staff, Right.VIEW_CONTACT, report, directory=office.directory)
    ]


def is_in_sight(report: Report, staff: Staff, *, office: Office) -> bool:
    """Whether this person may see the report; one that they took down themselves is theirs to see."""
    if report.entered_by == staff.username:
        return True
    return may(staff, Right.VIEW, report, directory=office.directory)


def _written_alike(number: str) -> str:
    """``012 / UM / XI / 2026`` and ``12/um/xi/2026`` are one number."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", re.sub(r"\s+", "", number.casefold()))
