"""What the clocks ask for: reminding, telling the agencies above, closing; and reckoning anew when holidays change.

Due steps are found by query. A step and its mark on the clock are one commit, so that it is done once whatever dies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core import timing
from core.changes import Change, apply, note
from core.clocking import advance, dated
from core.filing import SYSTEM
from core.model.clock import Clock, ClockKind, Stage
from core.model.lifecycle import OPEN, Action, Role
from core.model.notice import NoticeKind
from core.model.people import Agency
from core.model.report import Event, Report
from core.noticing import News, answering, tell_staff
from core.office import Office
from core.ports import Tx
from core.replies import show_date

CALENDAR = "deadlines/calendar"
PROGRESS = "deadlines/recalculation"
TOLD = frozenset({ClockKind.VERIFY, ClockKind.FOLLOW_UP})
NEWS = {Stage.REMINDED: NoticeKind.DEADLINE_NEAR, Stage.DUE: NoticeKind.OVERDUE}


def due(tx: Tx, *, office: Office, now: datetime, limit: int) -> int:
    """Do the next step of up to ``limit`` clocks, one for each report; how many. Call again until there are none."""
    taken = tx.clocks.take_due(now=now, limit=limit)
    first = {clock.report_id: clock for clock in reversed(taken)}
    for clock in taken:
        if first[clock.report_id] is clock:
            _do(tx, clock, tx.reports.lock(clock.report_id), office=office, now=now)
    return len(first)


def due_alone(tx: Tx, clock: Clock, *, office: Office, now: datetime) -> None:
    """Do the step of one clock that was due, unless somebody did it meanwhile."""
    report = tx.reports.lock(clock.report_id)
    if clock in tx.clocks.of(clock.report_id):
        _do(tx, clock, report, office=office, now=now)


def _do(tx: Tx, clock: Clock, report: Report, *, office: Office, now: datetime) -> None:
    rule = next(rule for rule in timing.RULES if rule.kind is clock.kind)
    if report.state not in rule.lives or timing.stands(rule, report):
        _follow_state(tx, report, office=office, now=now)
        return
    stepped = timing.step(clock, office=office, now=now)
    tx.clocks.save([stepped])
    if clock.kind is ClockKind.CLOSE:
        _close(tx, clock, report, office=office, now=now)
    else:
        _tell(tx, stepped, report, office=office, now=now)


def _follow_state(tx: Tx, report: Report, *, office: Office, now: datetime) -> None:
    """Clocks whose report was changed past them."""
    aligned = advance(tx, report, report, None, substantive=False, office=office, now=now)
    if aligned != report:
        tx.reports.save(aligned)


def _tell(tx: Tx, clock: Clock, report: Report, *, office: Office, now: datetime) -> None:
    """What a step tells the staff. That a deadline passed stands in the countdown, not in the history."""
    above = _above(clock, report, office)
    kind = NEWS.get(clock.stage, NoticeKind.ESCALATED)
    agency = above.id if kind is NoticeKind.ESCALATED else report.agency
    tell_staff(tx, report, News(kind, agency, answering(report)), office=office, now=now)
    if clock.stage is Stage.DUE:
        return
    event = Event.REMINDED if clock.stage is Stage.REMINDED else Event.ESCALATED
    facts = {"tenggat": _name(clock, office), "tanggal": _day(clock.due_at, clock), "instansi": above.name}
    text = office.replies.note(f"clock_{event}", facts)
    note(tx, report, event, actor=SYSTEM, text=text, public=False, now=now)


def _above(clock: Clock, report: Report, office: Office) -> Agency:
    """Whom an escalation goes to: the agency above first, then the national one."""
    directory = office.directory
    above = directory.ancestors(report.agency) if clock.stage is Stage.ESCALATED else ()
    return above[0] if above else directory.agencies[directory.root]


def _close(tx: Tx, clock: Clock, report: Report, *, office: Office, now: datetime) -> None:
    change = Change(
        action=Action.AUTO_CLOSE,
        role=Role.SYSTEM,
        actor=SYSTEM,
        event=Event.CLOSED,
        cause=f"{report.id}:{report.version}",
        text=office.replies.note("clock_closed", {"hari": str(clock.days)}),
        reply="closed",
    )
    apply(tx, report, change, office=office, now=now)


def _name(clock: Clock, office: Office) -> str:
    return office.replies.label(f"clock_{clock.kind}")


def _day(moment: datetime, clock: Clock) -> str:
    return show_date(moment.astimezone(ZoneInfo(clock.timezone)))


@dataclass(frozen=True, slots=True)
class Recalculation:
    """What one batch came to: clocks looked at, clocks whose deadline moved, whether nothing is left."""

    looked: int
    moved: int
    finished: bool


def is_current(tx: Tx, *, office: Office) -> bool:
    """Whether all deadlines were reckoned by this calendar."""
    return tx.cursors.get(CALENDAR) == office.calendar.digest


def recalculate(tx: Tx, *, office: Office, now: datetime, limit: int) -> Recalculation:
    """Reckon the clocks of the next ``limit`` reports anew. What was done is kept with it: after a crash it goes on."""
    digest = office.calendar.digest
    begun, _, after = (tx.cursors.get(PROGRESS) or "").partition(" ")
    clocks = tx.clocks.alive(after=after if begun == digest else "", limit=limit)
    moved = sum(
        _reschedule(tx, report_id, office=office, now=now)
        for report_id in dict.fromkeys(clock.report_id for clock, _ in find_moved(clocks, office=office, now=now))
    )
    if clocks:
        tx.cursors.save(PROGRESS, f"{digest} {clocks[-1].report_id}")
        return Recalculation(len(clocks), moved, finished=False)
    if _adopt(tx, office=office, now=now, limit=limit):
        return Recalculation(0, 0, finished=False)
    tx.cursors.save(PROGRESS, "")
    tx.cursors.save(CALENDAR, digest)
    return Recalculation(0, 0, finished=True)


def find_moved(clocks: Sequence[Clock], *, office: Office, now: datetime) -> list[tuple[Clock, Clock]]:
    """Each clock whose deadline is another one by today's calendar, as it is and as it would be."""
    pairs = [(clock, timing.recompute(clock, office=office, now=now)) for clock in clocks if clock.is_alive]
    return [(old, new) for old, new in pairs if old.due_at != new.due_at]


def _reschedule(tx: Tx, report_id: str, *, office: Office, now: datetime) -> int:
    report = tx.reports.lock(report_id)
    clocks = tx.clocks.of(report_id)
    moved = find_moved(clocks, office=office, now=now)
    tx.clocks.save([new for _, new in moved])
    changed = dated(report, {clock.kind: clock for clock in (*clocks, *(new for _, new in moved))})
    if changed != report:
        tx.reports.save(changed)
    for old, new in moved:
        facts = {"tenggat": _name(new, office), "semula": _day(old.due_at, old), "tanggal": _day(new.due_at, new)}
        text = office.replies.note("clock_rescheduled", facts)
        note(tx, changed, Event.RESCHEDULED, actor=SYSTEM, text=text, public=new.kind in TOLD, now=now)
    return len(moved)


def _adopt(tx: Tx, *, office: Office, now: datetime, limit: int) -> int:
    """Open reports from before there were clocks get theirs."""
    found = tx.clocks.without(states=[state.value for state in OPEN], limit=limit)
    for report_id in found:
        _follow_state(tx, tx.reports.lock(report_id), office=office, now=now)
    return len(found)
