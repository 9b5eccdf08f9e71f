"""Taking messages in: many at once, each acknowledged only after the commit that holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.channel import Refused
from core.filing import filed, new_report, received
from core.model.message import Accepted, Inbound
from core.model.report import Report
from core.model.work import Job, JobKind, Outcome, StoredMessage
from core.numbering import add_reports
from core.office import Office
from core.ports import Tx


@dataclass(frozen=True, slots=True)
class Offer:
    """A message as a channel offers it, with the cursor that goes with it. ``connection`` is ``kind/name``."""

    message: Inbound
    connection: str
    cursor: str | None = None


Answer = Accepted | Refused


def is_plain(offers: Sequence[Offer]) -> bool:
    """Whether ``accept_all`` needs a single statement for these: no forms, no cursors."""
    return all(offer.message.form is None and offer.cursor is None for offer in offers)


def accept_all(tx: Tx, offers: Sequence[Offer], *, office: Office, now: datetime, told: bool = False) -> list[Answer]:
    """Store what is new, recognise what is known, file what is a form; one answer for each offer, in order.

    A known ``external_id`` with another fingerprint is refused. Everything that is new gets its job in this
    transaction; ``told``: a broker is being told of these jobs.
    """
    arriving = [_arriving(tx, offer.message, office) for offer in offers]
    known = tx.messages.take(arriving, now=now, told=told)
    forms = [stored for stored in arriving if stored.report_id and stored.id not in known]
    reports = _file(tx, forms, office=office, now=now) if forms else {}
    _move_cursors(tx, offers)
    return [_answer(tx, stored, known.get(stored.id), reports) for stored in arriving]


def _arriving(tx: Tx, message: Inbound, office: Office) -> StoredMessage:
    """A form is a report by declaration: its report's id is known before the report is. Groups get keyed names."""
    if message.form is not None:
        return StoredMessage(office.new_id(), message, outcome=Outcome.REPORT, report_id=office.new_id())
    if message.part is not None:
        group = tx.contacts.digest("group", message.part.group).hex()
        message = replace(message, part=replace(message.part, group=group))
    return StoredMessage(office.new_id(), message)


def _answer(
    tx: Tx, stored: StoredMessage, known: tuple[str, bytes] | None, reports: dict[str, tuple[Report, str]]
) -> Answer:
    if known is None:
        report = reports.get(stored.id)
        return Accepted(stored.id, report=filed(report[0], pin=report[1]) if report else None)
    first_id, fingerprint = known
    if fingerprint != stored.inbound.fingerprint:
        return Refused("this id was used for another message", field="external_id")
    return _same_answer(tx, first_id)


def _same_answer(tx: Tx, message_id: str) -> Accepted:
    """What was told the first time; the PIN while it is kept."""
    stored = tx.messages.get(message_id)
    report = tx.reports.get(stored.report_id) if stored and stored.inbound.form and stored.report_id else None
    again = filed(report, pin=tx.reports.pin_of(report.id)) if report else None
    return Accepted(message_id, repeated=True, report=again)


def _file(tx: Tx, forms: Sequence[StoredMessage], *, office: Office, now: datetime) -> dict[str, tuple[Report, str]]:
    born = [new_report(form.inbound, office=office, report_id=form.report_id) for form in forms]
    numbered = add_reports(tx, born, office=office)
    filed_now = {form.id: pair for form, pair in zip(forms, numbered, strict=True)}
    tx.history.begin([received(report, at=now) for report, _ in filed_now.values()])
    tx.jobs.add((Job(office.new_id(), JobKind.MATCH, form.report_id, now) for form in forms), now=now)
    return filed_now


def _move_cursors(tx: Tx, offers: Iterable[Offer]) -> None:
    moved = {offer.connection: offer.cursor for offer in offers if offer.cursor is not None}
    for connection, cursor in moved.items():
        tx.cursors.save(connection, cursor)
