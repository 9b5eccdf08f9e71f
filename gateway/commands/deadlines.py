"""``lapor deadlines``: what runs and what is late, its steps, and reckoning anew when holidays changed."""

import argparse
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.calendar import working_days_between
from core.deadlines import find_moved
from core.model.clock import Clock
from core.ports import Tx
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts
from gateway.deadlines import LOOKED_AT_TOGETHER, recalculate, run_due


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``deadlines`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="clocks that have not ended, the nearest deadline first")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--limit", type=int, default=1000, help="at most so many (default 1000)")
    running = actions.add_parser("run", help="remind, escalate and close what is due, until nothing is")
    running.add_argument("--at", metavar="WHEN", help="as if it were then: 2026-03-05T08:00 (for rehearsals)")
    anew = actions.add_parser("recalculate", help="reckon every running deadline by today's holidays")
    anew.add_argument("--dry-run", action="store_true", help="only show what would move")


def run(invocation: Invocation) -> int:
    """Do one action on deadlines."""
    act = {"list": _list, "run": _run, "recalculate": _recalculate}[invocation.arguments.action]
    with_parts(invocation, lambda parts: act(parts, invocation.arguments))
    return 0


async def _run(parts: Parts, given: argparse.Namespace) -> None:
    now = _moment(given.at, parts) if given.at else parts.clock.now()
    print(f"{await run_due(parts.store, parts.office, now=now)} langkah")


def _moment(written: str, parts: Parts) -> datetime:
    """Without a zone it is local time."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandFailed(f"'{written}' is no time; write it like 2026-03-05T08:00") from error
    zone = ZoneInfo(parts.office.terms.timezone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    now = parts.clock.now()

    def rows(tx: Tx) -> list[dict[str, object]]:
        clocks = tx.clocks.listing(limit=given.limit)
        numbers = {report.id: report.tracking_id for report in tx.reports.some({clock.report_id for clock in clocks})}
        return [_row(clock, numbers.get(clock.report_id, ""), now, parts) for clock in clocks]

    show(await parts.store.read(rows), as_json=given.json)


def _row(clock: Clock, tracking_id: str, now: datetime, parts: Parts) -> dict[str, object]:
    left = working_days_between(
        now, end=clock.due_at, timezone=clock.timezone, calendar=parts.office.calendar, region=clock.region
    )
    running = "overdue" if clock.due_at < now else "running"
    return {
        "tracking_id": tracking_id,
        "clock": clock.kind.value,
        "number": clock.number,
        "is": running if clock.runs else "stopped",
        "due_at": _local(clock.due_at, clock),
        "working_days_left": left,
        "stage": clock.stage.value,
        "next_at": _local(clock.next_at, clock) if clock.next_at else "",
    }


def _local(moment: datetime, clock: Clock) -> str:
    return moment.astimezone(ZoneInfo(clock.timezone)).isoformat(timespec="seconds")


async def _recalculate(parts: Parts, given: argparse.Namespace) -> None:
    if not given.dry_run:
        moved = await recalculate(parts.store, parts.office, now=parts.clock.now())
        print(f"{moved} tenggat berubah")
        return
    rows = [row async for row in _would_move(parts)]
    show(rows, as_json=False)
    print(f"{len(rows)} tenggat akan berubah")


async def _would_move(parts: Parts) -> AsyncIterator[dict[str, object]]:
    """Nothing is written."""
    now, after = parts.clock.now(), ""
    while clocks := await parts.store.read(lambda tx: tx.clocks.alive(after=after, limit=LOOKED_AT_TOGETHER)):  # noqa: B023 - awaited at once
        moved = find_moved(clocks, office=parts.office, now=now)
        reports = await parts.store.read(lambda tx: tx.reports.some({old.report_id for old, _ in moved}))  # noqa: B023 - awaited at once
        numbers = {report.id: report.tracking_id for report in reports}
        for old, new in moved:
            dates = {"from": _local(old.due_at, old), "to": _local(new.due_at, new)}
            yield {"tracking_id": numbers.get(old.report_id, ""), "clock": old.kind.value, **dates}
        after = clocks[-1].report_id


COMMAND = Command("list deadlines, do what is due, reckon them anew", arguments, run)
