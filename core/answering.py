"""A one-time link: what whoever opens it may read of a report, which is next to nothing."""

from dataclasses import dataclass, field
from datetime import datetime

from core.commands import without_pin
from core.guessing import Guessing, may_guess, note_wrong_guess
from core.model.lifecycle import State
from core.model.report import Event, Report
from core.office import Office
from core.ports import Tx
from core.privacy import find_traces, mask


@dataclass(frozen=True, slots=True)
class Opened:
    """``digest`` is that of the link's token. ``question``: what an admin asked and waits for, without what would show
    who somebody is; empty where nothing is asked.
    """

    tracking_id: str
    digest: bytes
    question: str = field(default="", repr=False)


def open_pass(tx: Tx, token: str, *, source: str, office: Office, now: datetime) -> Opened | None:
    """Use a link up; None for one that is wrong, used or too old, told alike and counted as a wrong guess.

    The link stood where everyone reads, so that not only its reporter may come by it: no word of the report, no PIN
    and no history is shown. Raises Guessing.
    """
    if not may_guess(tx, source, office=office, now=now):
        raise Guessing
    report_id = tx.passes.use(token, now=now)
    report = tx.reports.get(report_id) if report_id else None
    if report is None:
        note_wrong_guess(tx, source, now=now)
        return None
    return Opened(report.tracking_id, tx.passes.digest(token), _question(tx, report))


def _question(tx: Tx, report: Report) -> str:
    asked = tx.history.last(report.id, Event.QUESTIONED) if report.state is State.AWAITING_INFORMATION else None
    words = without_pin(asked.text) if asked else ""
    return mask(words, find_traces(words, name=report.reporter_name))
