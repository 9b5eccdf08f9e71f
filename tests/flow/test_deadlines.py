"""A simulated year: every deadline fires on its day, and what stops, holds or answers a report is respected."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core.calendar import Calendar, Holiday
from core.matching import Match, link_event
from core.model.clock import Clock, ClockKind, Mark, Stage
from core.model.lifecycle import State
from core.model.notice import NoticeKind
from core.model.people import Staff
from core.model.report import Event
from core.numbering import add_reports
from core.office import Office
from core.ports import Tx
from core.scoring import Judgement
from core.testing.builders import a_link, a_report, an_admin
from gateway.deadlines import DeadlineWatch, recalculate
from tests.core.by_hand import DAY, at_local, last_second, local, steps_of, walked, works
from tests.flow.bureau import AGENCIES, Bureau, open_bureau, ticks
from tests.flow.rig import Town, until

JAKARTA = "Asia/Jakarta"
END = date(2026, 12, 31)
HOUR = timedelta(hours=1)
STEPS = {Mark.REMINDED, Mark.DUE, Mark.ESCALATED}
MARKS = {Stage.REMINDED: Mark.REMINDED, Stage.DUE: Mark.DUE}


@pytest.fixture
async def bureau(database_url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    """On each database."""
    async with open_bureau(tmp_path, database_url) as bureau:
        yield bureau


def march(day: int, hour: int = 9) -> datetime:
    return at_local(date(2026, 3, day), JAKARTA, hour)


# What is done to a report, each so many hours after the one before, and where that leads.
LIVES: dict[str, tuple[list[tuple[int, str]], State]] = {
    "silence": ([], State.UNVERIFIED),
    "asked": ([(30, "ask")], State.AWAITING_INFORMATION),
    "asked and answered": ([(30, "ask"), (200, "answer")], State.INFORMATION_RECEIVED),
    "asked when late": ([(200, "ask"), (90, "answer")], State.INFORMATION_RECEIVED),
    "verified": ([(20, "verify")], State.VERIFIED),
    "verified late": ([(260, "verify")], State.VERIFIED),
    "first response": ([(20, "verify"), (50, "respond")], State.FOLLOWED_UP),
    "two responses": ([(20, "verify"), (50, "respond"), (90, "respond")], State.FOLLOWED_UP),
    "solved": ([(20, "verify"), (50, "respond"), (60, "solve")], State.CLOSED_BY_SYSTEM),
    "solved, then a response": ([(20, "verify"), (60, "solve"), (70, "respond")], State.CLOSED_BY_SYSTEM),
    "solved twice": ([(20, "verify"), (60, "solve"), (170, "solve")], State.CLOSED_BY_SYSTEM),
    "contradicted": ([(20, "verify"), (60, "solve"), (120, "answer")], State.REPORTER_RESPONDED),
    "contradicted, responded": (
        [(20, "verify"), (60, "solve"), (120, "answer"), (30, "respond")],
        State.FOLLOWED_UP,
    ),
    "contradicted, solved": (
        [(20, "verify"), (60, "solve"), (120, "answer"), (30, "solve")],
        State.CLOSED_BY_SYSTEM,
    ),
    "admin spoke": ([(20, "verify"), (60, "solve"), (100, "intervene")], State.CLOSED_BY_SYSTEM),
    "held": ([(20, "verify"), (60, "solve"), (40, "hold")], State.FOLLOWED_UP),
    "released": ([(20, "verify"), (60, "solve"), (40, "hold"), (500, "release")], State.CLOSED_BY_SYSTEM),
    "request waits": ([(20, "verify"), (60, "solve"), (40, "request")], State.FOLLOWED_UP),
    "satisfied": ([(20, "verify"), (60, "solve"), (40, "satisfied")], State.CLOSED_BY_REPORTER),
}
KINDS = [("complaint", False), ("complaint", True), ("aspiration", False), ("information_request", False)]


def by_hand(clock: Clock, last: datetime) -> list[tuple[Mark, datetime]]:
    """Which steps a clock with these spans does up to ``last``, and when to the second."""
    expected: list[tuple[Mark, datetime]] = []
    done = 0
    # Of what comes at the same moment closing is done first, and ends the others.
    before_closing = timedelta(seconds=clock.kind is not ClockKind.CLOSE)
    for number, (start, stop) in enumerate(clock.spans, 1):
        due = walked([*clock.spans[: number - 1], (start, None)], clock.days, clock.timezone)
        assert due
        moments = list(steps_of(due, clock.timezone).items())
        if clock.kind is ClockKind.CLOSE:
            moments = [(Stage.DUE, opening(due, clock.timezone))]
        while done and moments[done - 1][1] > start:
            done -= 1
        for place, (stage, at) in enumerate(moments[done:], done + 1):
            if stage is Stage.REMINDED and at <= start:
                continue
            when = max(at, opening(start, clock.timezone)) if at < start else at
            if when > (last if stop is None else stop - before_closing):
                break
            expected.append((MARKS.get(stage, Mark.ESCALATED), when))
            done = place
    return expected


def opening(after: datetime, zone: str) -> datetime:
    day = local(after, zone)
    while not works(day) or at_local(day, zone, 8) < after:
        day += DAY
    return at_local(day, zone, 8)


async def live_a_year(bureau: Bureau, chance: random.Random) -> dict[str, str]:
    """Everybody acts at their moment, the periodic job comes by at its own; each report's life by its id."""
    lives: dict[str, str] = {}
    deeds: list[tuple[datetime, str, str]] = []
    for at, agency in ((a, b) for a in LIVES for b in (*AGENCIES.values(), *AGENCIES.values())):
        received = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(minutes=chance.randrange(5 * 60, 300 * 1440)) + SHIFT
        (report_id,) = await bureau.file(at=received, agency=agency)
        lives[report_id] = at
        for hours, deed in LIVES[at][0]:
            received += timedelta(hours=hours)
            deeds.append((received, report_id, deed))
    moments = sorted([*deeds, *((tick, "", "") for tick in ticks(date(2026, 1, 1), END))])
    for at_moment, report_id, deed in moments:
        bureau.clock.set(at_moment)
        if deed == "verify":
            classification, supervised = chance.choice(KINDS)
            await bureau.verify(report_id, classification=classification, supervised=supervised)
        elif deed:
            await getattr(bureau, deed)(report_id)
        else:
            await bureau.run()
    return lives


SHIFT = timedelta(seconds=17)


@pytest.mark.timeout(300)
async def test_in_a_year_every_deadline_fires_on_its_day(bureau: Bureau) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")

    lives = await live_a_year(bureau, random.Random(seed))

    end, count = bureau.clock.now(), 0
    for report_id, life in lives.items():
        report, clocks = await bureau.report(report_id), await bureau.clocks(report_id)
        assert report.state is LIVES[life][1], life
        for clock in clocks:
            steps = [(trace.mark, trace.at) for trace in clock.trail if trace.mark in STEPS]
            assert steps == by_hand(clock, end), (life, clock)
            count += len(steps)
        marks = Counter(trace.mark for clock in clocks for trace in clock.trail)
        lines = Counter(line.event for line in await bureau.history(report_id))
        assert (lines[Event.REMINDED], lines[Event.ESCALATED]) == (marks[Mark.REMINDED], marks[Mark.ESCALATED])
        assert lines[Event.CLOSED] == (report.state is State.CLOSED_BY_SYSTEM)
    print(f"{len(lives)} reports, {count} steps")
    assert count > 400


async def solved(bureau: Bureau) -> str:
    """A report with a substantive follow-up of Wednesday, 4 March, 09.00 WIB."""
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    bureau.clock.set(march(3))
    await bureau.verify(report_id)
    bureau.clock.set(march(4))
    await bureau.solve(report_id)
    return report_id


CLOSING = march(26, 8)  # Ten working days after 4 March, past Nyepi and Lebaran, end with 25 March.


async def state_at(bureau: Bureau, report_id: str, at: datetime) -> State:
    await bureau.run(at)
    return (await bureau.report(report_id)).state


async def test_a_solved_report_closes_after_ten_working_days_and_all_reporters_are_told(bureau: Bureau) -> None:
    report_id = await solved(bureau)
    (supporter,) = await bureau.file()
    await bureau.do(lambda tx: tx.links.add(a_link(report_id, report_id=supporter)))

    before = await state_at(bureau, report_id, CLOSING - timedelta(seconds=1))
    after = await state_at(bureau, report_id, CLOSING)

    assert (before, after) == (State.FOLLOWED_UP, State.CLOSED_BY_SYSTEM)
    (closed,) = await bureau.history(report_id, Event.CLOSED)
    assert (closed.actor, closed.public) == ("system", True)
    assert "10 hari kerja" in closed.text
    told = await bureau.store.read(lambda tx: [*tx.outbox.of_report(report_id), *tx.outbox.of_report(supporter)])
    assert [reply.report_id for reply in told if reply.event == "closed"] == [report_id, supporter]
    assert not any(clock.is_alive for clock in await bureau.clocks(report_id))


async def test_a_first_response_closes_nothing_however_long_nobody_answers(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    await bureau.verify(report_id)
    await bureau.respond(report_id)

    assert await state_at(bureau, report_id, march(2) + timedelta(days=700)) is State.FOLLOWED_UP


@pytest.mark.parametrize("deed", ["hold", "request"])
async def test_a_held_report_and_one_with_a_request_never_close(bureau: Bureau, deed: str) -> None:
    report_id = await solved(bureau)
    await getattr(bureau, deed)(report_id)

    assert await state_at(bureau, report_id, CLOSING + timedelta(days=700)) is State.FOLLOWED_UP


async def test_an_answer_lets_the_ten_days_start_again_with_the_next_solution(bureau: Bureau) -> None:
    report_id = await solved(bureau)
    bureau.clock.set(march(25, 22))
    await bureau.answer(report_id)

    waiting = await state_at(bureau, report_id, march(27))
    bureau.clock.set(march(27))
    await bureau.solve(report_id)
    again = at_local(date(2026, 4, 14), JAKARTA, 8)  # 3 April is Good Friday.

    assert waiting is State.REPORTER_RESPONDED
    assert await state_at(bureau, report_id, again - HOUR) is State.FOLLOWED_UP
    assert await state_at(bureau, report_id, again) is State.CLOSED_BY_SYSTEM


async def test_words_of_an_admin_start_the_ten_days_again(bureau: Bureau) -> None:
    report_id = await solved(bureau)
    bureau.clock.set(march(25, 22))
    await bureau.intervene(report_id)

    assert await state_at(bureau, report_id, CLOSING + DAY) is State.FOLLOWED_UP
    assert await state_at(bureau, report_id, at_local(date(2026, 4, 10), JAKARTA, 8)) is State.CLOSED_BY_SYSTEM


async def test_an_escalation_names_the_agency_above_then_the_national_one(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file(agency="kota-makassar-pdam")

    await bureau.run(march(30))

    lines = await bureau.history(report_id, Event.REMINDED, Event.ESCALATED)
    assert [line.text for line in lines] == [
        "Tenggat verifikasi sudah dekat: 5 Mar 2026.",
        "Tenggat verifikasi 5 Mar 2026 terlewati. Disampaikan kepada Pemerintah Kota Makassar.",
        "Tenggat verifikasi 5 Mar 2026 terlewati. Disampaikan kepada Admin Nasional SP4N-LAPOR!.",
    ]
    assert not any(line.public for line in lines)
    assert {line.actor for line in lines} == {"system"}


async def test_staff_hear_of_each_step_the_unit_first_then_those_above(bureau: Bureau) -> None:
    pdam, city = (an_admin(name) for name in ("pdam", "walikota"))
    people = [replace(pdam, agency="kota-makassar-pdam"), replace(city, agency="kota-makassar"), bureau.admin]
    for person in people[:2]:
        await bureau.do(partial(_hire, person=person))
    bureau.clock.set(march(2))
    await bureau.file(agency="kota-makassar-pdam")

    await bureau.run(march(30))

    assert [await bureau.do(partial(_told, person=person)) for person in people] == [
        [NoticeKind.OVERDUE, NoticeKind.DEADLINE_NEAR],
        [NoticeKind.ESCALATED],
        [NoticeKind.ESCALATED],
    ]


def _hire(tx: Tx, *, person: Staff) -> None:
    tx.people.add(person)


def _told(tx: Tx, *, person: Staff) -> list[NoticeKind]:
    return [notice.kind for notice in tx.notices.of(person.id, limit=9)]


async def test_the_dates_of_a_report_are_those_of_its_clocks(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    await bureau.ask(report_id)
    bureau.clock.set(march(11))
    await bureau.answer(report_id)
    answered = await bureau.report(report_id)
    await bureau.verify(report_id)
    verified = await bureau.report(report_id)

    assert answered.verify_by == last_second(date(2026, 3, 16), JAKARTA)
    assert verified.follow_up_by == last_second(date(2026, 3, 25), JAKARTA)
    assert verified.follow_up_by == (await bureau.newest(report_id, ClockKind.FOLLOW_UP)).due_at


async def test_a_report_that_goes_with_another_one_has_no_deadline_until_it_is_freed(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    first, second = await bureau.file(2)
    await bureau.do(lambda tx: _link(tx, bureau.office, first, second))

    await bureau.run(march(30))

    assert await bureau.history(second, Event.REMINDED, Event.ESCALATED) == []
    assert len(await bureau.history(first, Event.REMINDED, Event.ESCALATED)) == 3


def _link(tx: Tx, office: Office, first: str, second: str) -> None:
    match = Match(tx.reports.lock(first), Judgement(score=99.0, reasons=()))
    link_event(tx, tx.reports.lock(second), match, office=office, now=march(2))


async def test_a_machine_that_was_off_catches_up_in_order_with_the_right_dates(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()

    await bureau.run(march(12, 3))

    clock = await bureau.newest(report_id, ClockKind.VERIFY)
    assert [trace.mark for trace in clock.trail[1:]] == [Mark.REMINDED, Mark.DUE, Mark.ESCALATED, Mark.ESCALATED]
    assert {trace.due for trace in clock.trail} == {last_second(date(2026, 3, 5), JAKARTA)}
    assert len(await bureau.history(report_id, Event.REMINDED, Event.ESCALATED)) == 3


async def test_of_several_rounds_at_once_each_step_is_done_by_one(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    reports = await bureau.file(60)

    counts = await asyncio.gather(*(bureau.run(march(30)) for _ in range(4)))

    assert sum(counts) == 4 * len(reports)
    for report_id in reports:
        assert len(await bureau.history(report_id, Event.REMINDED, Event.ESCALATED)) == 3


async def test_what_several_clocks_of_a_report_missed_is_done_in_the_order_of_its_moments(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    await bureau.verify(report_id)

    await bureau.run(march(2) + 60 * DAY)

    lines = [line.text for line in await bureau.history(report_id, Event.REMINDED, Event.ESCALATED)]
    assert [line.partition(" 2026")[0] for line in lines] == [
        "Tenggat tindak lanjut sudah dekat: 9 Mar",
        *["Tenggat tindak lanjut 9 Mar"] * 2,
        "Tenggat penyelesaian sudah dekat: 27 Mar",
        *["Tenggat penyelesaian 27 Mar"] * 2,
    ]


async def test_a_machine_clock_that_jumps_does_nothing_twice(bureau: Bureau) -> None:
    report_id = await solved(bureau)
    (other,) = await bureau.file()

    counts = [await bureau.run(at) for at in (CLOSING, CLOSING - 20 * DAY, CLOSING - HOUR, CLOSING, CLOSING + HOUR)]

    assert counts[1:] == [0, 0, 0, 0]
    assert len(await bureau.history(report_id, Event.CLOSED)) == 1
    assert len(await bureau.history(other, Event.REMINDED, Event.ESCALATED)) == 3


async def test_a_step_that_fails_is_put_off_and_holds_up_no_other(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = await solved(bureau), await solved(bureau)
    report = await bureau.report(broken)
    await bureau.do(lambda tx: tx.reports.save(replace(report, channel="faks")))

    await bureau.run(CLOSING)

    assert (await bureau.report(sound)).state is State.CLOSED_BY_SYSTEM
    assert (await bureau.report(broken)).state is State.FOLLOWED_UP
    clock = await bureau.newest(broken, ClockKind.CLOSE)
    assert (clock.next_at, clock.stage) == (CLOSING + HOUR, Stage.RUNNING)
    assert "A deadline's step failed" in caplog.text


async def test_every_serving_gateway_does_what_is_due(town: Town) -> None:
    received = town.parts.clock.now() - timedelta(days=60)
    report = a_report(at=received)
    await town.write(lambda tx: add_reports(tx, [report], office=town.parts.office))

    async def done() -> bool:
        lines = await town.read(lambda tx: tx.history.of(report.id))
        return [line.event for line in lines] == [Event.REMINDED, Event.ESCALATED, Event.ESCALATED]

    await until(done)


# When the holiday file changes.


def with_holidays(office: Office, *days: date) -> Office:
    calendar = office.calendar
    more = {**calendar.holidays, **{day: Holiday("Hari libur baru") for day in days}}
    return replace(office, calendar=replace(calendar, holidays=more))


async def test_a_holiday_moves_running_deadlines_and_the_history_tells(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    moved, ended = await bureau.file(2)
    await bureau.verify(ended)
    office = with_holidays(bureau.office, date(2026, 3, 5))

    count = await recalculate(bureau.store, office, now=march(3))

    report = await bureau.report(moved)
    assert report.verify_by == last_second(date(2026, 3, 6), JAKARTA)
    (line,) = await bureau.history(moved, Event.RESCHEDULED)
    assert (line.public, line.text) == (
        True,
        "Tenggat verifikasi berubah dari 5 Mar 2026 menjadi 6 Mar 2026 karena perubahan hari libur.",
    )
    assert (await bureau.report(ended)).verify_by == last_second(date(2026, 3, 5), JAKARTA)
    assert (await bureau.report(ended)).follow_up_by == last_second(date(2026, 3, 10), JAKARTA)
    assert [line.public for line in await bureau.history(ended, Event.RESCHEDULED)] == [False, True]
    assert count == 3
    assert await recalculate(bureau.store, office, now=march(3)) == 0


async def test_a_deadline_that_moved_fires_on_its_new_day_alone(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    await bureau.run(march(4, 8))

    await recalculate(bureau.store, with_holidays(bureau.office, date(2026, 3, 5), date(2026, 3, 6)), now=march(4))
    bureau.office = with_holidays(bureau.office, date(2026, 3, 5), date(2026, 3, 6))
    for tick in ticks(date(2026, 3, 4), date(2026, 3, 20)):
        if tick > march(4):
            await bureau.run(tick)

    clock = await bureau.newest(report_id, ClockKind.VERIFY)
    assert [(trace.mark, trace.at) for trace in clock.trail[1:]] == [
        (Mark.REMINDED, march(4, 8)),
        (Mark.RESCHEDULED, march(4)),
        (Mark.DUE, march(10, 0)),
        (Mark.ESCALATED, march(10, 8)),
        (Mark.ESCALATED, march(12, 8)),
    ]


async def watched(bureau: Bureau, watch: DeadlineWatch, *reports: str) -> Sequence[datetime]:
    await watch.once()
    return [(await bureau.report(each)).verify_by for each in reports]


def watching(bureau: Bureau, calendar: Calendar) -> DeadlineWatch:
    return DeadlineWatch(bureau.store, replace(bureau.office, calendar=calendar), bureau.clock)


async def test_a_start_with_other_holidays_reckons_anew_and_an_older_process_does_not_undo_it(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    (report_id,) = await bureau.file()
    newer = with_holidays(bureau.office, date(2026, 3, 5)).calendar
    old, new = watching(bureau, bureau.office.calendar), watching(bureau, newer)
    fifth, sixth = ([last_second(date(2026, 3, day), JAKARTA)] for day in (5, 6))

    seen = [await watched(bureau, each, report_id) for each in (old, new, old, new, old)]
    (late,) = await bureau.file()
    restarted = await watched(bureau, watching(bureau, newer), report_id, late)

    assert seen == [fifth, sixth, sixth, sixth, sixth]
    assert restarted == [*sixth, *sixth], "what the older process reckoned meanwhile is put right"
    assert len(await bureau.history(report_id, Event.RESCHEDULED)) == 1


async def test_reports_from_before_there_were_clocks_get_theirs_at_the_start(bureau: Bureau) -> None:
    bureau.clock.set(march(2))
    report = a_report(at=march(2))
    await bureau.do(lambda tx: tx.reports.add_all([(report, "482913")]))

    await watching(bureau, bureau.office.calendar).once()

    assert (await bureau.report(report.id)).verify_by == last_second(date(2026, 3, 5), JAKARTA)
    assert (await bureau.newest(report.id, ClockKind.VERIFY)).runs
