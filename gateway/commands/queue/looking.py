"""``lapor queue list, show, reveal, next``."""

import argparse
import sys
from typing import Any

from core import disclosure, verification
from core.casework import find
from core.model.lifecycle import LABELS, State
from core.model.people import Staff
from core.model.report import HistoryEntry, Report, Request
from core.office import Office
from core.permissions import open_actions
from core.ports import Tx
from core.tracking import digits_of, show
from gateway.bootstrap import Parts
from gateway.commands.context import show as show_rows
from gateway.commands.queue.acting import named, staff_named


def add_arguments(actions: Any) -> None:
    """The actions that change nothing, and the one that takes the next report."""
    listing = actions.add_parser("list", help="the reports, most urgent first")
    listing.add_argument("--json", action="store_true", help="for programs; its fields are in docs/queue.md")
    listing.add_argument("--state", action="append", choices=list(State), default=[], help="only these states")
    listing.add_argument("--all", action="store_true", help="every state, not only what waits for verification")
    listing.add_argument("--limit", type=int, default=100_000, help="at most so many (default: all)")
    named(actions, "show", "one report with its history and replies").add_argument(
        "--json", action="store_true", help="for programs; its fields are in docs/queue.md"
    )
    reveal = named(actions, "reveal", "who sent an anonymous or secret report; who looked and why is kept")
    reveal.add_argument("--reason", required=True, help="why, in ten characters or more")
    reveal.add_argument("--json", action="store_true")
    actions.add_parser("next", help="claim the most urgent report that nobody has").add_argument(
        "--json", action="store_true"
    )


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    states = [State(s) for s in given.state] or ([] if given.all else verification.QUEUE)

    def rows(tx: Tx) -> list[dict[str, Any]]:
        staff = staff_named(tx, given.username)
        found = verification.queue(tx, staff, office=parts.office, states=states, limit=given.limit)
        line = _line_whole if given.json else _row
        return [line(tx, report, staff, parts.office) for report in found]

    show_rows(await parts.store.read(rows), as_json=given.json)


def _row(tx: Tx, report: Report, staff: Staff, office: Office) -> dict[str, Any]:
    first = tx.reports.get(report.duplicate_of) if report.duplicate_of else None
    return {
        "tracking_id": report.tracking_id,
        "state": report.state.value,
        "channel": report.channel,
        "sender": disclosure.contact_of(report, staff, office.directory).address,
        "agency": report.agency,
        "verify_by": report.verify_by.isoformat(),
        "received_at": report.received_at.isoformat(),
        "duplicate_of": first.tracking_id if first else None,
        "parts_missing": list(report.parts_missing),
        "priority": report.priority,
        "text": report.text,
    }


def _line_whole(tx: Tx, report: Report, staff: Staff, office: Office) -> dict[str, Any]:
    """With what a table has no room for."""
    return _row(tx, report, staff, office) | {
        "title": report.title,
        "context": _context(report.context, sees=disclosure.sees_sender(report, staff, office.directory)),
        "marks": [mark.value for mark in report.marks],
        "attachments": [{"name": a.name, "type": a.media_type, "size": a.size} for a in report.attachments],
    }


def _context(context: str, *, sees: bool) -> str:
    """A quoted mail or a signature names its writer, as the sender does."""
    return context if sees or not context else disclosure.HIDDEN


async def _show(parts: Parts, given: argparse.Namespace) -> None:
    def details(tx: Tx) -> dict[str, Any]:
        staff = staff_named(tx, given.username)
        report = find(tx, digits_of(" ".join(given.number)), staff, office=parts.office)
        told = _told(tx, report, staff, parts.office)
        return _line_whole(tx, report, staff, parts.office) | _standing(report, staff, parts.office) | told

    report = await parts.store.read(details)
    if given.json:
        show_rows([report], as_json=True)
    else:
        _print_report(report)


def _standing(report: Report, staff: Staff, office: Office) -> dict[str, Any]:
    """Where it stands and what this person can do."""
    return {
        "version": report.version,
        "original_text": report.original_text,
        "handed_by": report.handed_by,
        "follow_up_by": report.follow_up_by.isoformat() if report.follow_up_by else None,
        "copies": list(report.copies),
        "clock_held": report.clock_held,
        "not_mine_count": report.not_mine_count,
        "rating": report.rating,
        "language": report.language or office.language,
        "way": report.way.channel if report.way else report.channel,
        "request": _request(report.request) if report.request else None,
        "open_actions": [action.value for action in open_actions(staff, report, directory=office.directory)],
    }


def _request(request: Request) -> dict[str, Any]:
    return {
        "kind": request.kind.value,
        "by": request.by,
        "agency": request.agency,
        "decider": request.decider,
        "at": request.at.isoformat(),
        "words": request.words,
        "suggested": request.suggested,
    }


def _told(tx: Tx, report: Report, staff: Staff, office: Office) -> dict[str, Any]:
    """Its history and the replies it caused."""
    sees = disclosure.sees_sender(report, staff, office.directory)
    return {
        "history": [_entry(entry, sees=sees) for entry in tx.history.of(report.id)],
        "history_intact": not tx.history.broken(report.id),
        "replies": [
            {"event": r.event, "state": r.state.value, "text": r.outbound.text} for r in tx.outbox.of_report(report.id)
        ],
    }


def _entry(entry: HistoryEntry, *, sees: bool) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "event": entry.event.value,
        "actor": entry.actor,
        "text": entry.text,
        "context": _context(entry.context, sees=sees),
        "public": entry.public,
        "secret": entry.secret,
        "kind": entry.kind.value if entry.kind else None,
        "attachments": [attachment.id for attachment in entry.attachments],
    }


def _print_report(report: dict[str, Any]) -> None:
    print(f"{show(report['tracking_id'])}  {LABELS[State(report['state'])]}  ({report['channel']})")
    for said in (report["title"], ", ".join(report["marks"])):
        if said:
            print(said)
    print(f"\n{report['text']}\n")
    for entry in report["history"]:
        print(f"  {entry['at'][:16]}  {entry['event']:<18} {entry['actor']:<12} {entry['text']}")
    for reply in report["replies"]:
        print(f"  -> {reply['event']} [{reply['state']}]: {reply['text']}")
    if waiting := report["request"]:
        print(
            f"  ?  {waiting['kind']} ({waiting['by']}, {waiting['agency']} -> {waiting['decider']}): {waiting['words']}"
        )
    print(f"  =  {', '.join(report['open_actions']) or '-'}")
    if not report["history_intact"]:
        print("PERINGATAN: riwayat laporan ini telah diubah di luar aplikasi", file=sys.stderr)


async def _reveal(parts: Parts, given: argparse.Namespace) -> None:
    number, now, office = digits_of(" ".join(given.number)), parts.clock.now(), parts.office

    def reveal(tx: Tx) -> disclosure.Identity:
        staff = staff_named(tx, given.username)
        return disclosure.reveal(tx, number, given.reason, staff, office=office, now=now)

    found = await parts.store.write(reveal)
    row = {"name": found.name, "address": found.address, "phone": found.phone, "email": found.email}
    show_rows([row], as_json=given.json)


async def _next(parts: Parts, given: argparse.Namespace) -> None:
    now, office = parts.clock.now(), parts.office

    def take(tx: Tx) -> list[dict[str, Any]]:
        staff = staff_named(tx, given.username)
        report = verification.next_in_queue(tx, staff, office=office, now=now)
        line = _line_whole if given.json else _row
        return [line(tx, report, staff, office)] if report else []

    show_rows(await parts.store.write(take), as_json=given.json)


LOOKS = {"list": _list, "show": _show, "reveal": _reveal, "next": _next}
