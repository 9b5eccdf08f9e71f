"""When a clock starts, stands, goes on and ends, when it is due and what comes next. Pure: values in, values out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.calendar import (
    Calendar,
    add_working_days,
    is_working_day,
    opening_after,
    opening_before,
    working_days_between,
)
from core.model.clock import Clock, ClockKind, Mark, Span, Stage, Trace
from core.model.lifecycle import IN_PROCESS, NEW, PENDING, State
from core.model.report import Classification, Event, Report
from core.office import SUPERVISED, Office, Terms

STAGES = tuple(Stage)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: the life of one kind of clock.

    Attributes:
        lives: the states it exists in; in any other it ends.
        needed: the states in which one is started when none is alive.
        starts: what starts one (again).
        ends: what ends it though its state would keep it.
        restarts: what starts it again where one is alive.
        substantive: a substantive follow-up starts it (again).
        can_be_held: it stands while the report's clock is held, and while a request waits.
    """

    kind: ClockKind
    lives: frozenset[State]
    needed: frozenset[State] = frozenset()
    starts: frozenset[Event] = frozenset()
    ends: frozenset[Event] = frozenset()
    restarts: frozenset[Event] = frozenset()
    substantive: bool = False
    can_be_held: bool = False


ANSWERABLE = IN_PROCESS | {State.VERIFIED}
RULES: tuple[Rule, ...] = (
    Rule(ClockKind.VERIFY, lives=NEW | PENDING, needed=NEW | PENDING),
    Rule(
        ClockKind.FOLLOW_UP,
        lives=ANSWERABLE,
        needed=frozenset({State.VERIFIED, State.REPORTER_RESPONDED}),
        starts=frozenset({Event.VERIFIED, Event.DELEGATED, Event.FORWARDED, Event.REOPENED}),
        ends=frozenset({Event.FOLLOWED_UP}),
    ),
    Rule(
        ClockKind.CLOSE,
        lives=frozenset({State.FOLLOWED_UP}),
        ends=frozenset({Event.FORWARDED}),
        restarts=frozenset({Event.INTERVENED, Event.REQUEST_REJECTED}),
        substantive=True,
        can_be_held=True,
    ),
    Rule(ClockKind.FINISH, lives=PENDING | ANSWERABLE, needed=ANSWERABLE),
)
"""The table. Beside it: every clock stands while the reporter is asked, and while its report goes with another one."""


def stands(rule: Rule, report: Report) -> bool:
    """Whether the clock counts no days now."""
    waits = report.state is State.AWAITING_INFORMATION or bool(report.duplicate_of)
    return waits or (rule.can_be_held and (report.clock_held or report.request is not None))


def move(
    rule: Rule,
    clock: Clock | None,
    report: Report,
    event: Event | None,
    *,
    substantive: bool,
    office: Office,
    now: datetime,
) -> Iterator[Clock]:
    """What becomes of one kind's newest clock when ``event`` made the report what it is: each clock that changed."""
    alive = clock if clock is not None and clock.is_alive else None
    if _begins(rule, alive, report, event, substantive=substantive):
        if alive:
            yield _end(alive, now)
        first = rule.kind is ClockKind.VERIFY and clock is None
        number = clock.number + 1 if clock else 1
        yield begin(rule, report, number=number, office=office, at=report.received_at if first else now)
    elif alive and (report.state not in rule.lives or event in rule.ends):
        yield _end(alive, now)
    elif alive:
        changed = _go_or_stand(rule, alive, report, event, office=office, now=now)
        if changed != alive:
            yield changed


def _begins(rule: Rule, alive: Clock | None, report: Report, event: Event | None, *, substantive: bool) -> bool:
    if report.state not in rule.lives:
        return False
    if event in rule.starts or (rule.substantive and substantive):
        return True
    return event in rule.restarts if alive else report.state in rule.needed


def _go_or_stand(
    rule: Rule, clock: Clock, report: Report, event: Event | None, *, office: Office, now: datetime
) -> Clock:
    if rule.kind is ClockKind.FINISH and event is Event.VERIFIED:
        clock = _recount(clock, days=term(rule.kind, report, office.terms), office=office, now=now)
    if stands(rule, report):
        return _stop(clock, now) if clock.runs else clock
    return clock if clock.runs else _go_on(clock, office=office, now=now)


def term(kind: ClockKind, report: Report, terms: Terms) -> int:
    """Working days. A report that nobody classified is treated as a complaint."""
    if kind is ClockKind.FINISH:
        complaint = report.classification in ("", Classification.COMPLAINT)
        return terms.finish_days[SUPERVISED if complaint and report.supervised else report.classification or COMPLAINT]
    fixed = {
        ClockKind.VERIFY: terms.verify_days,
        ClockKind.FOLLOW_UP: terms.follow_up_days,
        ClockKind.CLOSE: terms.close_days,
    }
    return fixed[kind]


COMPLAINT = Classification.COMPLAINT.value


def begin(rule: Rule, report: Report, *, number: int, office: Office, at: datetime) -> Clock:
    """A new clock, running or standing."""
    timezone, region = office.place(report.agency)
    days = term(rule.kind, report, office.terms)
    runs: tuple[Span, ...] = ((at, None),)
    whole = Clock(report.id, rule.kind, number, days, timezone, region, spans=runs, due_at=at)
    due_at = due(whole, office.calendar)
    clock = replace(whole, due_at=due_at, trail=(Trace(at, Mark.STARTED, due_at),))
    if stands(rule, report):
        return _note(replace(clock, spans=()), Mark.STOPPED, at)
    return _schedule(clock, office=office, since=at)


def due(clock: Clock, calendar: Calendar) -> datetime:
    """The last second of the last working day of its term, from its spans alone.

    The local day on which a span begins is day 0, that on which it ends is counted. Where nothing was left, the day on
    which it goes on is the last one, or the next working day. A clock that never ran keeps what it has.
    """
    left, reached = clock.days, clock.due_at
    for start, end in clock.spans:
        reached = _reach(clock, start, left, calendar)
        if end is None or end > reached:
            return reached
        passed = working_days_between(start, end=end, timezone=clock.timezone, calendar=calendar, region=clock.region)
        left = max(0, left - max(0, passed))
    return reached


def _reach(clock: Clock, start: datetime, left: int, calendar: Calendar) -> datetime:
    if not left and not is_working_day(start, timezone=clock.timezone, calendar=calendar, region=clock.region):
        left = 1
    return add_working_days(start, days=left, timezone=clock.timezone, calendar=calendar, region=clock.region)


def steps(clock: Clock, *, calendar: Calendar, terms: Terms) -> Sequence[tuple[Stage, datetime]]:
    """Every step of a clock with this deadline and its moment, in order. What tells people waits for the opening."""
    if clock.kind is ClockKind.CLOSE:
        return [(Stage.DUE, _opening(clock, clock.due_at, calendar, terms))]
    first, second = (_past(clock, days, calendar, terms) for days in terms.escalate_days)
    late = [(Stage.DUE, clock.due_at + SECOND), (Stage.ESCALATED, first), (Stage.ESCALATED_TO_NATIONAL, second)]
    return [(Stage.REMINDED, _before(clock, calendar, terms)), *late] if terms.remind_days else late


def _before(clock: Clock, calendar: Calendar, terms: Terms) -> datetime:
    return opening_before(
        clock.due_at,
        days=terms.remind_days,
        hour=terms.opening_hour,
        timezone=clock.timezone,
        calendar=calendar,
        region=clock.region,
    )


def _past(clock: Clock, days: int, calendar: Calendar, terms: Terms) -> datetime:
    """The opening of the ``days``-th working day after the deadline, on which it is so many days overdue."""
    eve = add_working_days(clock.due_at, days=days - 1, timezone=clock.timezone, calendar=calendar, region=clock.region)
    return _opening(clock, eve, calendar, terms)


def _opening(clock: Clock, after: datetime, calendar: Calendar, terms: Terms) -> datetime:
    return opening_after(
        after, hour=terms.opening_hour, timezone=clock.timezone, calendar=calendar, region=clock.region
    )


def next_step(clock: Clock, *, since: datetime, calendar: Calendar, terms: Terms) -> tuple[Stage, datetime] | None:
    """The first step that is still to be done, for a deadline that was set at ``since``.

    A reminder that would have come before that is left out; an escalation waits for the opening after it.
    """
    for stage, at in steps(clock, calendar=calendar, terms=terms):
        if STAGES.index(stage) > STAGES.index(clock.stage) and (stage is not Stage.REMINDED or at > since):
            told = stage is not Stage.DUE or clock.kind is ClockKind.CLOSE
            return stage, _opening(clock, since, calendar, terms) if told and at < since else at
    return None


def step(clock: Clock, *, office: Office, now: datetime) -> Clock:
    """The clock with its next step done."""
    calendar, terms, since = office.calendar, office.terms, _dated_at(clock)
    following = next_step(clock, since=since, calendar=calendar, terms=terms)
    if following is None:
        return replace(clock, next_at=None)
    stage, _ = following
    return _schedule(_note(replace(clock, stage=stage), MARKS[stage], now), office=office, since=since)


MARKS = {
    Stage.REMINDED: Mark.REMINDED,
    Stage.DUE: Mark.DUE,
    Stage.ESCALATED: Mark.ESCALATED,
    Stage.ESCALATED_TO_NATIONAL: Mark.ESCALATED,
}


def recompute(clock: Clock, *, office: Office, now: datetime) -> Clock:
    """The clock by today's calendar; the same clock where its deadline did not move."""
    return _recount(clock, days=clock.days, office=office, now=now)


def _recount(clock: Clock, *, days: int, office: Office, now: datetime) -> Clock:
    counted = replace(clock, days=days)
    due_at = due(counted, office.calendar)
    if due_at == clock.due_at:
        return counted
    return _move_to(counted, due_at, Mark.RESCHEDULED, office=office, now=now)


def _move_to(clock: Clock, due_at: datetime, mark: Mark, *, office: Office, now: datetime) -> Clock:
    """Steps that lie ahead by the new deadline are to be done (again)."""
    moved = _note(replace(clock, due_at=due_at), mark, now)
    ahead = {stage for stage, at in steps(moved, calendar=office.calendar, terms=office.terms) if at > now}
    while moved.stage in ahead:
        moved = replace(moved, stage=STAGES[STAGES.index(moved.stage) - 1])
    return _schedule(moved, office=office, since=now) if moved.runs else moved


def _stop(clock: Clock, now: datetime) -> Clock:
    *earlier, (start, _) = clock.spans
    return _note(replace(clock, spans=(*earlier, (start, now)), next_at=None), Mark.STOPPED, now)


def _go_on(clock: Clock, *, office: Office, now: datetime) -> Clock:
    running = replace(clock, spans=(*clock.spans, (now, None)))
    return _move_to(running, due(running, office.calendar), Mark.WENT_ON, office=office, now=now)


def _end(clock: Clock, now: datetime) -> Clock:
    stood = _stop(clock, now) if clock.runs else clock
    return replace(stood, ended_at=now, next_at=None, trail=(*clock.trail, Trace(now, Mark.ENDED, clock.due_at)))


def _schedule(clock: Clock, *, office: Office, since: datetime) -> Clock:
    following = next_step(clock, since=since, calendar=office.calendar, terms=office.terms)
    return replace(clock, next_at=following[1] if following else None)


def _dated_at(clock: Clock) -> datetime:
    """When its deadline became what it is."""
    return next(trace.at for trace in reversed(clock.trail) if trace.mark in DATING)


DATING = frozenset({Mark.STARTED, Mark.WENT_ON, Mark.RESCHEDULED})


def _note(clock: Clock, mark: Mark, at: datetime) -> Clock:
    return replace(clock, trail=(*clock.trail, Trace(at, mark, clock.due_at)))
