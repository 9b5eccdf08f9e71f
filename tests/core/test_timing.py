"""When clocks start, stand, go on and end; when they are due, against a count of days by hand."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import timing
from core.calendar import Calendar, load_calendar
from core.clocking import first_clocks
from core.directory import Directory
from core.model.clock import Clock, ClockKind, Mark, Span, Stage
from core.model.lifecycle import Action, NotAllowed, RequestKind, Role, State, next_state
from core.model.people import Agency
from core.model.report import Classification, Event, Report, Request
from core.office import Office, Terms
from core.phrasebook import load_replies
from core.testing.builders import a_report
from tests.core.by_hand import DAY, ZONES, at_local, last_second, steps_of, walked

CONFIG = Path(__file__).parents[2] / "config"
TERMS = (3, 5, 10, 14, 60)


def an_office(calendar: Calendar | None = None, terms: Terms | None = None) -> Office:
    agencies = (
        Agency("nasional", "Admin Nasional"),
        Agency("kab-nganjuk", "Kabupaten Nganjuk", "nasional", region="kab-nganjuk"),
        Agency("kota-jayapura", "Kota Jayapura", "nasional", timezone="Asia/Jayapura"),
    )
    return Office(
        calendar=calendar or load_calendar(CONFIG / "holidays.toml"),
        directory=Directory(agencies={agency.id: agency for agency in agencies}),
        replies=load_replies(CONFIG / "replies"),
        capabilities={},
        readers={},
        new_id=lambda: "",
        random_below=lambda _: 0,
        terms=terms or Terms(),
    )


OFFICE = an_office()


def a_clock(spans: Sequence[Span], days: int, zone: str, kind: ClockKind = ClockKind.VERIFY) -> Clock:
    return Clock("r", kind, 1, days, zone, "", tuple(spans), due_at=spans[0][0])


def every_day() -> Iterator[date]:
    return (date(2025, 1, 1) + n * DAY for n in range(730))


def some_spans(start: datetime, chance: random.Random) -> list[Span]:
    """Stopped up to three times, for hours or weeks."""
    moments = [start]
    for _ in range(2 * chance.randrange(1, 4)):
        moments.append(moments[-1] + timedelta(minutes=chance.choice((1, 90, 1440, 5000, 20_000)) * chance.random()))
    pairs = zip(moments[::2], moments[1::2], strict=False)
    return [*pairs, (moments[-1], None)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", TERMS)
def test_every_day_of_two_years_is_due_as_counted_by_hand(zone: str, days: int) -> None:
    chance = random.Random(f"{zone}{days}")
    for day in every_day():
        start = at_local(day, zone, chance.randrange(24), chance.randrange(60))

        for spans in ([(start, None)], some_spans(start, chance)):
            found = timing.due(a_clock(spans, days, zone), OFFICE.calendar)

            assert found == walked(spans, days, zone), (spans, days, zone)


moments = st.integers(0, 600 * 86_400).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
gaps = st.lists(st.integers(1, 20 * 86_400), min_size=0, max_size=8)


@given(moments, gaps, st.integers(1, 60), st.sampled_from(sorted(ZONES)))
def test_whatever_the_stops_it_is_due_as_counted_by_hand(
    start: datetime, seconds: list[int], days: int, zone: str
) -> None:
    ends = [start]
    for gap in seconds:
        ends.append(ends[-1] + timedelta(seconds=gap))
    spans: list[Span] = list(zip(ends[::2], [*ends[1::2], None], strict=False))

    found = timing.due(a_clock(spans, days, zone), OFFICE.calendar)

    by_hand = walked(spans, days, zone)
    assert by_hand is None or found == by_hand


@pytest.mark.parametrize("zone", ZONES)
def test_every_step_of_two_years_comes_on_its_day_and_never_at_night(zone: str) -> None:
    for day in every_day():
        start = at_local(day, zone, 10)
        clock = replace(a_clock([(start, None)], 5, zone), due_at=walked([(start, None)], 5, zone) or start)

        found = dict(timing.steps(clock, calendar=OFFICE.calendar, terms=OFFICE.terms))

        assert found == steps_of(clock.due_at, zone)


# The table.

JAKARTA = "Asia/Jakarta"
START = at_local(date(2026, 3, 2), JAKARTA, 9)


class Life:
    """A report and its clocks, moved by the lifecycle's own table."""

    def __init__(self, office: Office = OFFICE, **given: object) -> None:
        self.office, self.now = office, START
        self.report: Report = replace(a_report(at=START), **given)  # type: ignore[arg-type]
        self.clocks: dict[tuple[ClockKind, int], Clock] = {}
        self._advance(Event.RECEIVED)

    def newest(self, kind: ClockKind) -> Clock | None:
        return max((c for c in self.clocks.values() if c.kind is kind), key=lambda c: c.number, default=None)

    def clock(self, kind: ClockKind) -> Clock:
        found = self.newest(kind)
        assert found is not None
        return found

    def alive(self) -> set[ClockKind]:
        return {c.kind for c in self.clocks.values() if c.is_alive}

    def _advance(self, event: Event, *, substantive: bool = False) -> None:
        for rule in timing.RULES:
            for clock in timing.move(
                rule,
                self.newest(rule.kind),
                self.report,
                event,
                substantive=substantive,
                office=self.office,
                now=self.now,
            ):
                self.clocks[clock.kind, clock.number] = clock

    def do(
        self,
        event: Event,
        state: State | None = None,
        *,
        substantive: bool = False,
        on: datetime | None = None,
        **given: object,
    ) -> "Life":
        self.now = on or self.now + timedelta(hours=1)
        self.report = replace(self.report, state=state or self.report.state, **given)  # type: ignore[arg-type]
        self._advance(event, substantive=substantive)
        return self


def verified() -> Life:
    return Life().do(Event.VERIFIED, State.VERIFIED)


def followed_up(*, substantive: bool = True) -> Life:
    return verified().do(Event.FOLLOWED_UP, State.FOLLOWED_UP, substantive=substantive)


def march(day: int, hour: int = 9) -> datetime:
    return at_local(date(2026, 3, day), JAKARTA, hour)


def asked(kind: RequestKind = RequestKind.CLOSE) -> Request:
    return Request(kind, "budi", "kab-nganjuk", "nasional", START)


K, S, E = ClockKind, State, Event


@pytest.mark.parametrize(
    ("life", "alive", "running"),
    [
        (Life, {K.VERIFY}, {K.VERIFY}),
        (lambda: Life().do(E.HELD, S.AGENCY_UNCONNECTED), {K.VERIFY}, {K.VERIFY}),
        (lambda: Life().do(E.QUESTIONED, S.AWAITING_INFORMATION), {K.VERIFY}, set()),
        (lambda: Life().do(E.ARCHIVED, S.ARCHIVED_BY_ADMIN), set(), set()),
        (lambda: Life().do(E.LINKED, duplicate_of="other"), {K.VERIFY}, set()),
        (lambda: Life().do(E.LINKED, duplicate_of="other").do(E.UNLINKED, duplicate_of=""), {K.VERIFY}, {K.VERIFY}),
        (verified, {K.FOLLOW_UP, K.FINISH}, {K.FOLLOW_UP, K.FINISH}),
        (lambda: verified().do(E.QUESTIONED, S.AWAITING_INFORMATION), {K.VERIFY, K.FINISH}, set()),
        (lambda: followed_up(substantive=False), {K.FINISH}, {K.FINISH}),
        (followed_up, {K.CLOSE, K.FINISH}, {K.CLOSE, K.FINISH}),
        (lambda: followed_up().do(E.CLOCK_HELD, clock_held=True), {K.CLOSE, K.FINISH}, {K.FINISH}),
        (lambda: followed_up().do(E.CLOSE_REQUESTED, request=asked()), {K.CLOSE, K.FINISH}, {K.FINISH}),
        (lambda: followed_up().do(E.ANSWERED, S.REPORTER_RESPONDED), {K.FOLLOW_UP, K.FINISH}, {K.FOLLOW_UP, K.FINISH}),
        (
            lambda: followed_up().do(E.ANSWERED, S.REPORTER_RESPONDED).do(E.FOLLOWED_UP, S.FOLLOWED_UP),
            {K.FINISH},
            {K.FINISH},
        ),
        (lambda: followed_up().do(E.FORWARDED), {K.FOLLOW_UP, K.FINISH}, {K.FOLLOW_UP, K.FINISH}),
        (lambda: followed_up().do(E.CLOSED, S.CLOSED_BY_SYSTEM), set(), set()),
        (
            lambda: followed_up().do(E.CLOSED, S.CLOSED_BY_ADMIN).do(E.REOPENED, S.FOLLOWED_UP),
            {K.FOLLOW_UP, K.FINISH},
            {K.FOLLOW_UP, K.FINISH},
        ),
        (
            lambda: followed_up().do(E.CLOSED, S.CLOSED_BY_ADMIN).do(E.UNSATISFIED, S.REPORTER_RESPONDED),
            {K.FOLLOW_UP, K.FINISH},
            {K.FOLLOW_UP, K.FINISH},
        ),
    ],
)
def test_what_runs_follows_from_what_happened(life: object, alive: set[ClockKind], running: set[ClockKind]) -> None:
    assert callable(life)
    found = life()

    assert found.alive() == alive
    assert {clock.kind for clock in found.clocks.values() if clock.runs} == running


def test_the_first_clock_runs_from_receipt() -> None:
    clock = Life().clock(K.VERIFY)

    assert (clock.spans, clock.days, clock.due_at) == (((START, None),), 3, last_second(date(2026, 3, 5), JAKARTA))
    assert clock.next_at == march(4, 8)
    assert [trace.mark for trace in clock.trail] == [Mark.STARTED]


def test_a_question_stops_the_clock_and_its_answer_lets_it_go_on_with_the_days_left() -> None:
    life = Life().do(E.QUESTIONED, S.AWAITING_INFORMATION, on=march(3))
    standing = life.clock(K.VERIFY)

    life.do(E.ANSWERED, S.INFORMATION_RECEIVED, on=march(9))

    assert (standing.due_at, standing.next_at) == (last_second(date(2026, 3, 5), JAKARTA), None)
    assert life.clock(K.VERIFY).due_at == last_second(date(2026, 3, 11), JAKARTA)
    assert [trace.mark for trace in life.clock(K.VERIFY).trail] == [Mark.STARTED, Mark.STOPPED, Mark.WENT_ON]


@pytest.mark.parametrize(("answered", "due"), [(6, 6), (7, 9)])
def test_where_no_day_was_left_the_day_of_the_answer_or_the_next_working_day_is_the_last(
    answered: int, due: int
) -> None:
    life = Life().do(E.QUESTIONED, S.AWAITING_INFORMATION, on=march(5))

    life.do(E.ANSWERED, S.INFORMATION_RECEIVED, on=march(answered))

    assert life.clock(K.VERIFY).due_at == last_second(date(2026, 3, due), JAKARTA)


def test_an_overdue_clock_stays_overdue_through_a_question() -> None:
    life = Life().do(E.QUESTIONED, S.AWAITING_INFORMATION, on=march(6)).do(E.ANSWERED, S.INFORMATION_RECEIVED)

    assert life.clock(K.VERIFY).due_at == last_second(date(2026, 3, 5), JAKARTA)


def test_a_substantive_follow_up_counts_ten_days_from_the_last_one() -> None:
    life = followed_up().do(E.FOLLOWED_UP, S.FOLLOWED_UP, substantive=True, on=march(4))

    clock = life.clock(K.CLOSE)

    assert (clock.number, clock.due_at) == (2, last_second(date(2026, 3, 25), JAKARTA))
    assert clock.next_at == march(26, 8)
    assert [c.kind for c in life.clocks.values() if c.kind is K.CLOSE and c.is_alive] == [K.CLOSE]


@pytest.mark.parametrize("event", [E.INTERVENED, E.REQUEST_REJECTED])
def test_words_of_an_admin_let_the_ten_days_start_again(event: Event) -> None:
    life = followed_up().do(event, on=march(4))

    assert (life.clock(K.CLOSE).number, life.clock(K.CLOSE).due_at) == (2, last_second(date(2026, 3, 25), JAKARTA))


def test_a_first_response_neither_starts_nor_moves_the_ten_days() -> None:
    never = followed_up(substantive=False).newest(K.CLOSE)
    life = followed_up()
    before = life.clock(K.CLOSE)

    life.do(E.FOLLOWED_UP, S.FOLLOWED_UP, on=march(4))

    assert never is None
    assert life.clock(K.CLOSE) == before


def test_a_held_clock_goes_on_with_the_days_left() -> None:
    life = (
        followed_up().do(E.CLOCK_HELD, clock_held=True, on=march(6)).do(E.CLOCK_RELEASED, clock_held=False, on=march(9))
    )

    assert life.clock(K.CLOSE).due_at == last_second(date(2026, 3, 17), JAKARTA)


@pytest.mark.parametrize(
    ("classification", "supervised", "days"),
    [
        (Classification.INFORMATION_REQUEST, False, 5),
        (Classification.ASPIRATION, True, 5),
        (Classification.COMPLAINT, False, 14),
        (Classification.COMPLAINT, True, 60),
        ("", False, 14),
        ("", True, 60),
    ],
)
def test_a_report_is_to_be_finished_by_its_kind(classification: str, supervised: bool, days: int) -> None:
    life = Life().do(E.VERIFIED, S.VERIFIED, classification=classification, supervised=supervised)

    assert life.clock(K.FINISH).days == days


def test_another_kind_at_a_second_verification_moves_the_end_but_not_its_start() -> None:
    life = verified()
    start = life.clock(K.FINISH).spans

    life.do(E.VERIFIED, S.VERIFIED, classification="information_request", on=march(4))

    clock = life.clock(K.FINISH)
    assert (clock.number, clock.spans, clock.days) == (1, start, 5)
    assert clock.due_at == last_second(date(2026, 3, 9), JAKARTA)
    assert clock.trail[-1].mark is Mark.RESCHEDULED


def test_an_agency_s_clock_counts_by_its_zone_and_region() -> None:
    nganjuk = load_calendar(CONFIG / "holidays.toml")
    regional = {"kab-nganjuk": {date(2026, 3, 5): next(iter(nganjuk.holidays.values()))}}
    office = an_office(replace(nganjuk, regional=regional))

    dues = [Life(office, agency=agency).clock(K.VERIFY).due_at for agency in ("", "kab-nganjuk", "kota-jayapura")]

    assert dues == [
        last_second(date(2026, 3, 5), JAKARTA),
        last_second(date(2026, 3, 6), JAKARTA),
        last_second(date(2026, 3, 5), "Asia/Jayapura"),
    ]


# Steps and reckoning anew.


def stepped(clock: Clock, office: Office = OFFICE) -> list[tuple[Stage, datetime]]:
    done = []
    while clock.next_at:
        at = clock.next_at
        clock = timing.step(clock, office=office, now=at)
        done.append((clock.stage, at))
    return done


def test_the_steps_of_a_clock_come_one_after_another() -> None:
    assert stepped(Life().clock(K.VERIFY)) == [
        (Stage.REMINDED, march(4, 8)),
        (Stage.DUE, march(6, 0)),
        (Stage.ESCALATED, march(6, 8)),
        (Stage.ESCALATED_TO_NATIONAL, march(10, 8)),
    ]
    assert stepped(followed_up().clock(K.CLOSE)) == [(Stage.DUE, march(17, 8))]


def test_no_reminder_comes_where_none_is_wanted_or_its_morning_was_over() -> None:
    never = Life(an_office(terms=Terms(remind_days=0)))
    short = Life(an_office(terms=Terms(verify_days=1)))

    assert next(stage for stage, _ in stepped(never.clock(K.VERIFY), never.office)) is Stage.DUE
    assert next(stage for stage, _ in stepped(short.clock(K.VERIFY), short.office)) is Stage.DUE


def with_holiday(day: date) -> Office:
    calendar = load_calendar(CONFIG / "holidays.toml")
    return an_office(replace(calendar, holidays={**calendar.holidays, day: next(iter(calendar.holidays.values()))}))


def test_the_same_calendar_moves_nothing() -> None:
    clock = Life().clock(K.VERIFY)

    assert timing.recompute(clock, office=OFFICE, now=march(20)) == clock


def test_a_new_holiday_moves_a_deadline_and_what_lies_ahead_comes_again() -> None:
    reminded = timing.step(Life().clock(K.VERIFY), office=OFFICE, now=march(4, 8))

    moved = timing.recompute(reminded, office=with_holiday(date(2026, 3, 5)), now=march(4, 10))

    assert moved.due_at == last_second(date(2026, 3, 6), JAKARTA)
    assert moved.trail[-1].mark is Mark.RESCHEDULED
    assert stepped(moved, with_holiday(date(2026, 3, 5)))[0] == (Stage.DUE, march(7, 0))


def test_a_clock_that_was_late_is_no_more_when_its_last_day_turns_out_a_holiday() -> None:
    clock = Life().clock(K.VERIFY)
    for at in (march(4, 8), march(6, 0), march(6, 8)):
        clock = timing.step(clock, office=OFFICE, now=at)
    office = with_holiday(date(2026, 3, 5))

    moved = timing.recompute(clock, office=office, now=march(6, 10))

    assert (clock.stage, moved.stage) == (Stage.ESCALATED, Stage.REMINDED)
    assert stepped(moved, office)[:2] == [(Stage.DUE, march(7, 0)), (Stage.ESCALATED, march(9, 8))]


def test_a_deadline_that_comes_nearer_never_wakes_anybody_at_night() -> None:
    office = with_holiday(date(2026, 3, 5))
    clock = Life(office).clock(K.VERIFY)

    moved = timing.recompute(clock, office=OFFICE, now=march(20, 2))

    assert stepped(moved)[:2] == [(Stage.DUE, march(6, 0)), (Stage.ESCALATED, march(25, 8))]


def test_a_calendar_is_known_by_the_days_it_counts() -> None:
    same, other = load_calendar(CONFIG / "holidays.toml"), with_holiday(date(2026, 3, 5)).calendar

    assert OFFICE.calendar.digest == same.digest == replace(same, provisional_years=frozenset()).digest
    assert len({same.digest, other.digest, replace(same, rest_days=frozenset({4, 5})).digest}) == 3


EVENTS = {
    Action.VERIFY: Event.VERIFIED,
    Action.DELEGATE: Event.DELEGATED,
    Action.HOLD_INCOMPLETE: Event.QUESTIONED,
    Action.HOLD_UNCONNECTED: Event.HELD,
    Action.ARCHIVE: Event.ARCHIVED,
    Action.FOLLOW_UP: Event.FOLLOWED_UP,
    Action.FORWARD: Event.FORWARDED,
    Action.INTERVENE: Event.INTERVENED,
    Action.HOLD_CLOCK: Event.CLOCK_HELD,
    Action.RELEASE_CLOCK: Event.CLOCK_RELEASED,
    Action.CLOSE: Event.CLOSED,
    Action.REOPEN: Event.REOPENED,
    Action.AUTO_CLOSE: Event.CLOSED,
    Action.ANSWER: Event.ANSWERED,
    Action.SATISFIED: Event.SATISFIED,
    Action.UNSATISFIED: Event.UNSATISFIED,
    Action.WITHDRAW: Event.WITHDRAWN,
}


@given(st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), st.booleans(), st.integers(1, 400)), max_size=25))
def test_whatever_happens_the_clocks_hold_together(deeds: list[tuple[Action, bool, int]]) -> None:
    life = Life()
    for action, substantive, hours in deeds:
        step = partial(life.do, EVENTS[action], on=life.now + timedelta(hours=hours))
        held = {Action.HOLD_CLOCK: True, Action.RELEASE_CLOCK: False}.get(action, life.report.clock_held)
        for role in Role:
            try:
                state = next_state(life.report.state, action, role)
            except NotAllowed:
                continue
            step(state, substantive=substantive and action is Action.FOLLOW_UP, clock_held=held)
            break

    for kind in ClockKind:
        mine = [clock for clock in life.clocks.values() if clock.kind is kind]
        assert [clock.number for clock in mine] == list(range(1, len(mine) + 1))
        assert not any(clock.is_alive for clock in mine[:-1])
    for clock in life.clocks.values():
        ends = [moment for span in clock.spans for moment in span if moment is not None]
        assert ends == sorted(ends)
        assert clock.runs == (clock.is_alive and not timing.stands(rule_of(clock), life.report))
        assert clock.next_at is None or clock.runs
        if clock.spans:
            assert timing.due(clock, OFFICE.calendar) == clock.due_at
        by_hand = walked(clock.spans, clock.days, JAKARTA)
        assert by_hand is None or clock.due_at == by_hand


def rule_of(clock: Clock) -> timing.Rule:
    return next(rule for rule in timing.RULES if rule.kind is clock.kind)


def test_reports_that_come_together_get_the_clocks_they_would_get_alone() -> None:
    chance = random.Random(1708)
    office = an_office(terms=Terms(verify_days=1))
    moments = [march(4, 7) + timedelta(seconds=chance.randrange(90 * 60)) for _ in range(200)]
    reports = [replace(a_report(at=at), agency=chance.choice(("", "kota-jayapura"))) for at in moments]

    clocks = first_clocks(reports, office=office)

    rule = rule_of(clocks[0])
    assert clocks == [timing.begin(rule, r, number=1, office=office, at=r.received_at) for r in reports]
    assert [c.due_at for c in clocks] == [office.deadline(r.received_at, 1, r.agency) for r in reports]
