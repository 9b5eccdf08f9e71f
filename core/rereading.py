"""Old raw messages read again by today's parser: a better parser can mend what an older one misread."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.changes import note
from core.editing import corrected
from core.model.report import Event
from core.model.work import Job, JobKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that reads otherwise today."""

    message_id: str
    before: str = field(repr=False)
    after: str = field(repr=False)


def compare(tx: Tx, *, channel: str, after: str, limit: int, office: Office) -> tuple[str, Sequence[Difference]]:
    """Read up to ``limit`` messages behind ``after``; the id of the last one (empty at the end) and what differs."""
    found = tx.messages.latest(channel=channel, limit=limit, after=after)
    differences = [
        Difference(stored.id, stored.inbound.text, text)
        for stored in found
        if stored.inbound.raw and (text := office.readers[channel]([stored.inbound.raw])) != stored.inbound.text
    ]
    return (found[-1].id if found else ""), differences


def apply(tx: Tx, difference: Difference, *, office: Office, now: datetime) -> None:
    """Write the new reading. What could not be read at all is worked on as if it had just come."""
    stored = tx.messages.get(difference.message_id)
    if stored is None:
        return
    readable = replace(stored.inbound, text=difference.after, unreadable=False)
    tx.messages.save(replace(stored, inbound=readable))
    if stored.outcome is Outcome.PARKED:
        tx.messages.settle([stored.id], Outcome.NONE)
        tx.jobs.add([Job(id=office.new_id(), kind=JobKind.CONVERSE, subject=stored.id, not_before=now)], now=now)
    elif stored.outcome is Outcome.REPORT and stored.inbound.part is None:
        _correct(tx, stored, difference, now=now)


def _correct(tx: Tx, stored: StoredMessage, difference: Difference, *, now: datetime) -> None:
    """The original is what today's parser reads; an admin's corrected text stays."""
    report = tx.reports.lock(stored.report_id)
    tx.reports.save(corrected(report, difference.after))
    note(tx, report, Event.ADDED, actor="system", text=difference.after, public=False, now=now)
