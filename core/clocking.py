"""The one door through which what happens to a report moves its clocks, in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core import timing
from core.model.clock import Clock, ClockKind, Mark, Trace
from core.model.lifecycle import NEW, PENDING
from core.model.report import Event, Report
from core.office import Office
from core.ports import Tx


def advance(
    tx: Tx,
    before: Report | None,
    after: Report,
    event: Event | None,
    *,
    substantive: bool,
    office: Office,
    now: datetime,
) -> Report:
    """Move the clocks of a locked report that ``event`` made ``after``; the report with the deadlines that follow.

    ``before`` None: it is new and has no clocks. ``event`` None: nothing happened, the clocks follow the state. The
    caller saves the report.
    """
    newest = {clock.kind: clock for clock in tx.clocks.of(after.id)} if before else {}
    moved = [
        clock
        for rule in timing.RULES
        for clock in timing.move(
            rule, newest.get(rule.kind), after, event, substantive=substantive, office=office, now=now
        )
    ]
    tx.clocks.save(moved)
    return dated(after, newest | {clock.kind: clock for clock in moved})


def dated(report: Report, newest: dict[ClockKind, Clock]) -> Report:
    """``report`` with the dates of its newest clocks. Back with the verifier, it has none to be followed up by."""
    verify, follow_up = newest.get(ClockKind.VERIFY), newest.get(ClockKind.FOLLOW_UP)
    follow_up_by = follow_up.due_at if follow_up else report.follow_up_by
    return replace(
        report,
        verify_by=verify.due_at if verify else report.verify_by,
        follow_up_by=None if report.state in NEW | PENDING else follow_up_by,
    )


def first_clocks(reports: Sequence[Report], *, office: Office) -> list[Clock]:
    """The clock that starts with each new report. Those of one minute and agency share the reckoning."""
    alike: dict[tuple[datetime, str], Clock] = {}
    return [_first(report, alike, office) for report in reports]


def _first(report: Report, alike: dict[tuple[datetime, str], Clock], office: Office) -> Clock:
    at = report.received_at
    key = at.replace(second=0, microsecond=0), report.agency
    known = alike.get(key)
    if known is None:
        rule = next(rule for rule in timing.RULES if rule.kind is ClockKind.VERIFY)
        known = alike[key] = timing.begin(rule, report, number=1, office=office, at=at)
    return replace(known, report_id=report.id, spans=((at, None),), trail=(Trace(at, Mark.STARTED, known.due_at),))
