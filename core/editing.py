"""An author changes or takes back what they wrote: both versions are kept."""

from dataclasses import replace
from datetime import datetime

from core.changes import note
from core.filing import REPORTER
from core.hearing import Heard, gathered
from core.model.message import Mark
from core.model.report import Event, Report
from core.model.work import Outcome, StoredMessage
from core.ports import Tx
from core.searching import search_keys

EDITED = "edited"
EDITED_WORDS = "edited_words"
DELETED = "deleted"
OF_A_REPORT = frozenset(
    {Outcome.REPORT, Outcome.PIECE, Outcome.ADDITION, Outcome.ANSWER, Outcome.SUPPORT, Outcome.REPEAT}
)
ITS_TEXT = frozenset({Outcome.REPORT, Outcome.PIECE})


def corrected(report: Report, text: str) -> Report:
    """The original is ``text``; what an admin corrected stays."""
    return replace(report, original_text=text, text=text if report.text == report.original_text else report.text)


def is_taken_back(heard: Heard) -> bool:
    """The message says only that its author deleted the earlier one."""
    return Mark.DELETED in heard.stored.inbound.marks


def revise(tx: Tx, heard: Heard, earlier: StoredMessage, *, now: datetime) -> str | None:
    """Settle a newer version of a settled message; the id of its report. None, and nothing done, where the earlier one
    went into no report: then the newer one is read as any message.
    """
    if earlier.outcome not in OF_A_REPORT or not earlier.report_id:
        return None
    report = tx.reports.lock(earlier.report_id)
    is_its_text = earlier.outcome in ITS_TEXT or earlier.note == EDITED
    several = is_its_text and _is_of_several(tx, report)
    if is_taken_back(heard):
        _mark_deleted(tx, report, whole=is_its_text and not several, now=now)
        _settle(tx, heard, report, note=DELETED)
        return report.id
    if is_its_text:
        _correct(tx, heard, report, _with_newer(tx, heard, report, earlier) if several else heard.text)
    before = report.original_text if is_its_text and not several else earlier.inbound.text
    files = tuple(file for file in heard.stored.inbound.attachments if file not in report.attachments)
    note(tx, report, Event.EDITED, actor=REPORTER, text=heard.text, context=before, attachments=files, now=now)
    _settle(tx, heard, report, note=EDITED if is_its_text else EDITED_WORDS)
    return report.id


def _settle(tx: Tx, heard: Heard, report: Report, *, note: str) -> None:
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=report.id, note=note)


def _is_of_several(tx: Tx, report: Report) -> bool:
    """Whether the report was put together from several messages of a talk."""
    return any(
        stored.outcome is Outcome.PIECE and stored.inbound.part is None for stored in tx.messages.of_report(report.id)
    )


def _with_newer(tx: Tx, heard: Heard, report: Report, earlier: StoredMessage) -> str:
    """The report's text with the newer words in the place of the older ones; behind it where those are not found."""
    before = earlier.inbound.text
    for stored in tx.messages.of_report(report.id):
        if stored.inbound.replaces == earlier.inbound.external_id and stored.note == EDITED:
            before = stored.inbound.text
    before, words = before.strip(), heard.text.strip()
    if before and before in report.original_text:
        return report.original_text.replace(before, words, 1)
    return f"{report.original_text}\n{words}"


def _correct(tx: Tx, heard: Heard, report: Report, text: str) -> None:
    changed = replace(corrected(report, text), **gathered(report, heard))  # type: ignore[arg-type]
    tx.reports.save(changed)
    tx.listing.index(changed.id, search_keys(changed))


def _mark_deleted(tx: Tx, report: Report, *, whole: bool, now: datetime) -> None:
    """Staff know, and the report stays: it was told to us. ``whole``: it is the report itself that was taken back."""
    if Mark.DELETED in report.marks:
        return
    if whole:
        tx.reports.save(replace(report, marks=(*report.marks, Mark.DELETED)))
    note(tx, report, Event.AUTHOR_DELETED, actor=REPORTER, public=False, now=now)


def withdraw(tx: Tx, heard: Heard, earlier: StoredMessage | None) -> None:
    """What was deleted before anything came of it, or is unknown, comes to nothing."""
    both = [heard.stored.id, *([earlier.id] if earlier else [])]
    tx.messages.settle(both, Outcome.DISMISSED, note=DELETED)
