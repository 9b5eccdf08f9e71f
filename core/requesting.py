"""What an agency asks of the one that handed it the report, and how that is refused (003, *Terima atau Tolak
Permintaan*). Granting is doing what was asked.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from core.casework import Case, Decision, Incomplete, agency_named, decide, needed, take
from core.changes import note
from core.model.lifecycle import Action, RequestKind
from core.model.people import Staff
from core.model.report import Event, HistoryEntry, Report, Request
from core.office import Office
from core.pending import ASKS, CALLS_COORDINATOR, decider_of
from core.ports import Tx
from core.replies import show_date

TRAIL = (Event.DELEGATED, Event.VERIFIED, Event.FORWARDED, Event.NOT_MINE_REQUESTED, Event.REQUEST_REJECTED)


def not_mine(
    tx: Tx,
    tracking_id: str,
    suggested_agency: str,
    words: str,
    staff: Staff,
    *,
    office: Office,
    now: datetime,
    version: int = 0,
) -> Report:
    """Say that the report is not this agency's, and whose it is where that is known (``suggested_agency`` may be
    empty).

    The third time it is the coordinator who decides, with the whole trail in the history.

    Raises:
        UnknownReport, AlreadyClaimed, Changed.
        NotAllowed: also while another request waits.
        Incomplete: no words; a suggestion that is no agency, or the one that has the report.
    """
    reason = needed(words, "a report that is not yours needs the reason in words: who decides reads it")
    case = take(tx, tracking_id, Action.NOT_MINE, staff, office=office, now=now, version=version)
    suggested = agency_named(suggested_agency, office) if suggested_agency.strip() else None
    if suggested and suggested.id == case.report.agency:
        raise Incomplete(f"'{suggested.id}' has the report; suggest another agency, or none")
    refused = case.report.not_mine_count + 1
    request = _request(case, reason, suggested=suggested.id if suggested else "", refused=refused)
    said = [_name(case.report.agency, office), reason, f"Saran: {suggested.name}" if suggested else ""]
    text = ". ".join(part.rstrip(".") for part in said if part)
    updates = {"request": request, "not_mine_count": refused}
    changed = decide(case, Decision(Event.NOT_MINE_REQUESTED, text=text, updates=updates))
    if refused >= CALLS_COORDINATOR:
        note(tx, changed, Event.ESCALATED, actor="system", text=_trail(case), public=False, now=now)
    return changed


def _request(case: Case, words: str, *, suggested: str = "", refused: int = 0) -> Request:
    return Request(
        kind=ASKS[case.action],
        by=case.staff.username,
        agency=case.report.agency,
        decider=decider_of(case.report, case.office.directory, refused=refused),
        at=case.now,
        words=words,
        suggested=suggested,
    )


def _name(agency_id: str, office: Office) -> str:
    known = office.directory.agency(agency_id or office.directory.root)
    return known.name if known else agency_id


def _trail(case: Case) -> str:
    """Each hand-over and refusal: date, what, agency and words."""
    zone = ZoneInfo(case.office.terms.timezone)
    lines = [entry for entry in case.tx.history.of(case.report.id) if entry.event in TRAIL]
    return "\n".join(_line(entry, case.office, zone) for entry in lines)


def _line(entry: HistoryEntry, office: Office, zone: ZoneInfo) -> str:
    return f"{show_date(entry.at.astimezone(zone))}: {office.replies.event_label(entry.event)}: {entry.text}"


def request_hold(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Ask that the report does not close by itself. Raises as ``not_mine``."""
    return _ask(tx, tracking_id, Action.REQUEST_HOLD, words, staff, office=office, now=now, version=version)


def request_release(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Ask that it may close by itself again. Raises as ``not_mine``."""
    return _ask(tx, tracking_id, Action.REQUEST_RELEASE, words, staff, office=office, now=now, version=version)


def request_close(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Ask that the report is closed now. Raises as ``not_mine``."""
    return _ask(tx, tracking_id, Action.REQUEST_CLOSE, words, staff, office=office, now=now, version=version)


def request_reopen(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Ask that a closed report is opened again. Raises as ``not_mine``."""
    return _ask(tx, tracking_id, Action.REQUEST_REOPEN, words, staff, office=office, now=now, version=version)


def _ask(
    tx: Tx, tracking_id: str, action: Action, words: str, staff: Staff, *, office: Office, now: datetime, version: int
) -> Report:
    reason = needed(words, "a request needs its reason in words: who decides reads it")
    case = take(tx, tracking_id, action, staff, office=office, now=now, version=version)
    return decide(case, Decision(_asked(action), text=reason, updates={"request": _request(case, reason)}))


def _asked(action: Action) -> Event:
    return {
        RequestKind.HOLD_CLOCK: Event.HOLD_REQUESTED,
        RequestKind.RELEASE_CLOCK: Event.RELEASE_REQUESTED,
        RequestKind.CLOSE: Event.CLOSE_REQUESTED,
        RequestKind.REOPEN: Event.REOPEN_REQUESTED,
    }[ASKS[action]]


def reject_request(
    tx: Tx, tracking_id: str, words: str, staff: Staff, *, office: Office, now: datetime, version: int = 0
) -> Report:
    """Refuse what waits; who asked reads why. Raises as ``not_mine``."""
    reason = needed(words, "a refusal needs its reason in words: who asked reads it")
    case = take(tx, tracking_id, Action.REJECT_REQUEST, staff, office=office, now=now, version=version)
    return decide(case, Decision(Event.REQUEST_REJECTED, text=f"{_name(case.home, office)}. {reason}"))
