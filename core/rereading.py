"""Old raw messages read again by today's parser: a better parser can mend what an older one misread."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from core.changes import note
from core.editing import corrected
from core.model.lifecycle import State
from core.model.message import Attachment, Mark
from core.model.report import Event
from core.model.work import Job, JobKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.searching import search_keys


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What today's parser makes of a raw message. ``title`` and ``context`` are empty on networks without them."""

    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that reads otherwise today. ``files``: those of one that could not be read before, stored by now."""

    message_id: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    title: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    brings_files: bool = False
    files: tuple[Attachment, ...] = ()


def compare(stored: StoredMessage, again: ReadAgain) -> Difference | None:
    """None for a message that reads as before, or that still nobody can read."""
    inbound = stored.inbound
    is_read = bool(again.text or again.has_files)
    if again.text == inbound.text and not (inbound.unreadable and is_read):
        return None
    brings = inbound.unreadable and again.has_files
    return Difference(stored.id, inbound.text, again.text, again.title, again.context, brings_files=brings)


def apply(tx: Tx, difference: Difference, *, office: Office, now: datetime) -> None:
    """Write the new reading. What could not be read at all is worked on as if it had just come."""
    stored = tx.messages.get(difference.message_id)
    if stored is None:
        return
    was = stored.inbound
    readable = replace(
        was,
        text=difference.after,
        title=difference.title or was.title,
        context=difference.context or was.context,
        attachments=(*was.attachments, *difference.files),
        unreadable=False,
    )
    tx.messages.save(replace(stored, inbound=readable))
    if stored.outcome is Outcome.PARKED and was.unreadable:
        tx.messages.settle([stored.id], Outcome.NONE)
        tx.jobs.add([Job(id=office.new_id(), kind=JobKind.CONVERSE, subject=stored.id, not_before=now)], now=now)
    elif stored.outcome is Outcome.REPORT and was.part is None:
        _correct(tx, stored, difference, office=office, now=now)


def _correct(tx: Tx, stored: StoredMessage, difference: Difference, *, office: Office, now: datetime) -> None:
    """The original is what today's parser reads; an admin's corrected text stays. One that nobody could read is looked
    for among the others now that it has words.
    """
    report = tx.reports.lock(stored.report_id)
    was_unread = Mark.UNREADABLE in report.marks
    changed = replace(
        corrected(report, difference.after),
        title=report.title or difference.title,
        context=difference.context or report.context,
        marks=tuple(mark for mark in report.marks if mark is not Mark.UNREADABLE),
        attachments=(*report.attachments, *difference.files),
    )
    tx.reports.save(changed)
    tx.listing.index(changed.id, search_keys(changed))
    text, context, files = difference.after, difference.context, difference.files
    note(tx, changed, Event.ADDED, actor="system", text=text, context=context, attachments=files, public=False, now=now)
    if was_unread and report.state is State.UNVERIFIED:
        tx.jobs.add([Job(id=office.new_id(), kind=JobKind.MATCH, subject=report.id, not_before=now)], now=now)
