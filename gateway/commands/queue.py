"""``lapor queue``: the verification queue, for whoever has a terminal."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from core import verification
from core.model.lifecycle import LABELS, NotAllowed, Role, State
from core.model.people import Staff
from core.model.report import ArchiveReason, Report
from core.ports import Tx
from core.registers import Changed
from core.tracking import digits_of, show
from core.verification import AlreadyClaimed, Disposition, Incomplete, UnknownReport
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, with_parts
from gateway.commands.context import show as show_rows

Act = Callable[[Tx, Staff, argparse.Namespace, Parts], Report]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``queue`` takes."""
    parser.add_argument("--as", dest="username", default="admin", help="act as this member of staff (default admin)")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the reports, most urgent first")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--state", action="append", choices=list(State), default=[], help="only these states")
    listing.add_argument("--all", action="store_true", help="every state, not only what waits for verification")
    listing.add_argument("--limit", type=int, default=100_000, help="at most so many (default: all)")
    details = _about_one(actions, "show", "one report with its history and replies")
    details.add_argument("--json", action="store_true")
    _about_one(actions, "claim", "keep a report from others while you look at it")
    _add_verify(_about_one(actions, "verify", "verify and dispose to an agency"))
    _about_one(actions, "delegate", "move to another agency's queue").add_argument("--agency", required=True)
    hold = _about_one(actions, "hold", "hold: ask the reporter, or wait for an agency")
    hold.add_argument("--question", help="ask the reporter this; their next message is the answer")
    hold.add_argument("--reason", help="the agency is not connected yet: say so in words")
    archive = _about_one(actions, "archive", "archive with a reason that the reporter can read")
    archive.add_argument("--reason", required=True, choices=list(ArchiveReason))
    archive.add_argument("--note", required=True, help="the reason in words, for the reporter")


def _about_one(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary)
    parser.add_argument("number", nargs="+", help="the tracking number, with or without spaces")
    return parser


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agency", default="", help="the agency or unit that answers (default: the suggested one)")
    for name in ("title", "text", "classification", "category", "place", "priority-programme"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--tag", action="append", default=[])
    for name in ("anonymous", "secret", "priority"):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None)


def run(invocation: Invocation) -> int:
    """Do one action of the queue."""
    given = invocation.arguments
    action = {"list": _list, "show": _show}.get(given.action, _decide)
    try:
        with_parts(invocation, lambda parts: action(parts, given))
    except (UnknownReport, AlreadyClaimed, Incomplete, NotAllowed) as error:
        raise CommandFailed(str(error)) from error
    except Changed as error:
        raise CommandFailed("someone else changed the report just now; look at it again") from error
    return 0


def _staff(tx: Tx, username: str) -> Staff:
    found = tx.people.find(username)
    if found is None or not found.active:
        raise CommandFailed(f"no member of staff '{username}'; see lapor staff list")
    return found


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    states = [State(s) for s in given.state] or ([] if given.all else verification.QUEUE)

    def rows(tx: Tx) -> list[dict[str, Any]]:
        staff = _staff(tx, given.username)
        found = verification.queue(tx, staff, office=parts.office, states=states, limit=given.limit)
        return [_row(tx, report, staff) for report in found]

    show_rows(await parts.store.read(rows), as_json=given.json)


def _row(tx: Tx, report: Report, staff: Staff) -> dict[str, Any]:
    """The agency does not see who wrote an anonymous report."""
    hidden = report.anonymous and staff.role is not Role.NATIONAL_ADMIN
    first = tx.reports.get(report.duplicate_of) if report.duplicate_of else None
    return {
        "tracking_id": report.tracking_id,
        "state": report.state.value,
        "channel": report.channel,
        "sender": "" if hidden else report.reporter.value,
        "agency": report.agency,
        "verify_by": report.verify_by.isoformat(),
        "received_at": report.received_at.isoformat(),
        "duplicate_of": first.tracking_id if first else None,
        "parts_missing": list(report.parts_missing),
        "priority": report.priority,
        "text": report.text,
    }


async def _show(parts: Parts, given: argparse.Namespace) -> None:
    def details(tx: Tx) -> dict[str, Any]:
        staff = _staff(tx, given.username)
        report = verification.find(tx, digits_of(" ".join(given.number)), staff, office=parts.office)
        return _row(tx, report, staff) | {
            "original_text": report.original_text,
            "history": [
                {"at": e.at.isoformat(), "event": e.event.value, "actor": e.actor, "text": e.text}
                for e in tx.history.of(report.id)
            ],
            "history_intact": not tx.history.broken(report.id),
            "replies": [
                {"event": r.event, "state": r.state.value, "text": r.outbound.text}
                for r in tx.outbox.of_report(report.id)
            ],
        }

    report = await parts.store.read(details)
    if given.json:
        show_rows([report], as_json=True)
    else:
        _print_report(report)


def _print_report(report: dict[str, Any]) -> None:
    print(
        f"{show(report['tracking_id'])}  {LABELS[State(report['state'])]}  ({report['channel']})\n\n{report['text']}\n"
    )
    for entry in report["history"]:
        print(f"  {entry['at'][:16]}  {entry['event']:<12} {entry['actor']:<12} {entry['text']}")
    for reply in report["replies"]:
        print(f"  -> {reply['event']} [{reply['state']}]: {reply['text']}")
    if not report["history_intact"]:
        print("PERINGATAN: riwayat laporan ini telah diubah di luar aplikasi", file=sys.stderr)


def _verify(tx: Tx, staff: Staff, given: argparse.Namespace, parts: Parts) -> Report:
    disposition = Disposition(
        agency=given.agency,
        title=given.title,
        text=given.text,
        classification=given.classification,
        category=given.category,
        tags=tuple(given.tag),
        place=given.place,
        anonymous=given.anonymous,
        secret=given.secret,
        priority=given.priority,
        priority_programme=given.priority_programme,
    )
    return verification.verify(tx, given.tracking_id, disposition, staff, office=parts.office, now=parts.clock.now())


def _hold(tx: Tx, staff: Staff, given: argparse.Namespace, parts: Parts) -> Report:
    if bool(given.question) == bool(given.reason):
        raise CommandFailed("hold needs either --question (the reporter answers) or --reason (agency not connected)")
    now, office = parts.clock.now(), parts.office
    if given.question:
        return verification.ask(tx, given.tracking_id, given.question, staff, office=office, now=now)
    return verification.hold(tx, given.tracking_id, given.reason, staff, office=office, now=now)


def _archive(tx: Tx, staff: Staff, given: argparse.Namespace, parts: Parts) -> Report:
    reason, now = ArchiveReason(given.reason), parts.clock.now()
    return verification.archive(tx, given.tracking_id, reason, given.note, staff, office=parts.office, now=now)


def _delegate(tx: Tx, staff: Staff, given: argparse.Namespace, parts: Parts) -> Report:
    now = parts.clock.now()
    return verification.delegate(tx, given.tracking_id, given.agency, staff, office=parts.office, now=now)


def _claim(tx: Tx, staff: Staff, given: argparse.Namespace, parts: Parts) -> Report:
    return verification.claim(tx, given.tracking_id, staff, office=parts.office, now=parts.clock.now())


ACTS: dict[str, Act] = {
    "claim": _claim,
    "verify": _verify,
    "delegate": _delegate,
    "hold": _hold,
    "archive": _archive,
}


async def _decide(parts: Parts, given: argparse.Namespace) -> None:
    given.tracking_id = digits_of(" ".join(given.number))
    report = await parts.store.write(lambda tx: ACTS[given.action](tx, _staff(tx, given.username), given, parts))
    print(f"{show(report.tracking_id)}: {LABELS[report.state]}")


COMMAND = Command("list, show, claim, verify, delegate, hold and archive reports", arguments, run)
