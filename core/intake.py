"""Taking messages in: many at once, each acknowledged only after the commit that holds it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.channel import Refused
from core.clocking import first_clocks
from core.commands import read_command
from core.filing import filed, new_report, received
from core.model.message import Accepted, FiledReport, Inbound, Origin, Verb
from core.model.talk import Owner, Spot
from core.model.work import Filing, Job, JobKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.tracking import new_pin, new_tracking_id


@dataclass(frozen=True, slots=True)
class Offer:
    """A message as a channel offers it, with the cursor that goes with it. ``connection`` is ``kind/name``."""

    message: Inbound
    connection: str
    cursor: str | None = None


Answer = Accepted | Refused
First = tuple[str, bytes]
"""Id and fingerprint of the message that was there before."""


def stands_alone(offers: Sequence[Offer], *, office: Office) -> bool:
    """Whether each statement of ``accept_all`` may be its own transaction: nothing else moves with these messages."""
    return not any(
        offer.cursor is not None or offer.message.wanted or _is_said_in_a_talk(offer.message, office)
        for offer in offers
    )


def is_chat(office: Office, channel: str) -> bool:
    """Whether what is said there becomes a line when it is accepted."""
    manner = office.manner(channel)
    return manner is not None and manner.is_chat


def _is_said_in_a_talk(message: Inbound, office: Office) -> bool:
    """By a person, in words that could be read: nobody is known behind others, and nobody hears an answer."""
    is_said = message.form is None and message.origin is Origin.PERSON and not message.unreadable
    return is_said and is_chat(office, message.channel)


def accept_all(tx: Tx, offers: Sequence[Offer], *, office: Office, now: datetime, told: bool = False) -> list[Answer]:
    """Store what is new, recognise what is known, file what is a form; one answer for each offer, in order.

    A known ``external_id`` with another fingerprint is refused. Everything that is new gets its job in this
    transaction, but for what is said to a person; ``told``: a broker is being told of these jobs.
    """
    # Ascending ids: steps follow them, so what one person says quickly is worked on in the order it was said.
    ids = sorted(office.new_id() for _ in offers)
    arriving = [_arriving(tx, each, offer.message, office) for each, offer in zip(ids, offers, strict=True)]
    spots = _enter(tx, arriving, office=office, now=now)
    arriving = [_for_whoever_answers(stored, spots.get(stored.id)) for stored in arriving]
    words = [stored for stored in arriving if stored.inbound.form is None]
    known: dict[str, First] = dict(tx.messages.take(words, now=now, told=told)) if words else {}
    tx.wanted.add([stored for stored in words if stored.inbound.wanted and stored.id not in known], now=now)
    forms = [stored for stored in arriving if stored.inbound.form is not None]
    reports = _file(tx, forms, known, office=office, now=now)
    _move_cursors(tx, offers)
    answers = [_answer(tx, stored, known.get(stored.id), reports.get(stored.id)) for stored in arriving]
    return [_placed(answer, stored, spots.get(stored.id)) for answer, stored in zip(answers, arriving, strict=True)]


def _enter(tx: Tx, arriving: Sequence[StoredMessage], *, office: Office, now: datetime) -> Mapping[str, Spot]:
    said = [stored for stored in arriving if _is_said_in_a_talk(stored.inbound, office)]
    return tx.talks.enter(said, new_id=office.new_id, now=now) if said else {}


def _for_whoever_answers(stored: StoredMessage, spot: Spot | None) -> StoredMessage:
    """Nothing but a line comes of what is said to a person, unless it tells the gateway to do something."""
    if spot is None or spot.owner is not Owner.PERSON or _is_an_order(stored.inbound):
        return stored
    return replace(stored, outcome=Outcome.TALK)


def _is_an_order(message: Inbound) -> bool:
    """A command about a numbered report or against further messages; newer words of what a draft may hold."""
    command = message.command or read_command(message.text)
    ordered = command is not None and (bool(command.tracking_id) or command.verb is Verb.STOP)
    return ordered or bool(message.replaces)


def _placed(answer: Answer, stored: StoredMessage, spot: Spot | None) -> Answer:
    if spot is None or isinstance(answer, Refused):
        return answer
    return replace(answer, talk=spot.talk, seq=spot.seq, settled=stored.outcome is Outcome.TALK)


def _arriving(tx: Tx, message_id: str, message: Inbound, office: Office) -> StoredMessage:
    """A form is a report by declaration: its report's id is known before the report is. Groups get keyed names."""
    if message.form is not None:
        return StoredMessage(message_id, message, outcome=Outcome.REPORT, report_id=office.new_id())
    if message.part is not None:
        group = tx.contacts.digest("group", message.part.group).hex()
        message = replace(message, part=replace(message.part, group=group))
    return StoredMessage(message_id, message)


def _answer(tx: Tx, stored: StoredMessage, known: First | None, report: FiledReport | None) -> Answer:
    if known is None:
        return Accepted(stored.id, report=report)
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


def _file(
    tx: Tx, forms: Sequence[StoredMessage], known: dict[str, First], *, office: Office, now: datetime
) -> dict[str, FiledReport]:
    """What was filed, by the message's id; ``known`` gets what was not new. A number that is taken is drawn anew."""
    reports: dict[str, FiledReport] = {}
    while forms:
        filings = _filings(forms, office=office, now=now)
        left = tx.filings.add(filings, now=now)
        reports |= {f.message.id: filed(f.report, pin=f.pin) for f in filings if f.message.id not in left}
        known |= {message_id: first for message_id, first in left.items() if first is not None}
        forms = [form for form in forms if form.id not in reports and form.id not in known]
    return reports


def _filings(forms: Sequence[StoredMessage], *, office: Office, now: datetime) -> list[Filing]:
    """Each with a number and a PIN of its own. The job has the report's id."""
    drawn = [(new_tracking_id(office.random_below), new_pin(office.random_below)) for _ in forms]
    reports = [
        new_report(form.inbound, office=office, report_id=form.report_id, tracking_id=number)
        for form, (number, _) in zip(forms, drawn, strict=True)
    ]
    parts = zip(forms, reports, drawn, first_clocks(reports, office=office), strict=True)
    return [
        Filing(form, report, pin, received(report, at=now), clock, Job(report.id, JobKind.MATCH, report.id, now))
        for form, report, (_, pin), clock in parts
    ]


def _move_cursors(tx: Tx, offers: Iterable[Offer]) -> None:
    moved = {offer.connection: offer.cursor for offer in offers if offer.cursor is not None}
    for connection, cursor in moved.items():
        tx.cursors.save(connection, cursor)
