"""``lapor messages``: what waits for a person, and what they decide."""

import argparse
import itertools
from collections.abc import Iterator
from typing import Any

from core import triage
from core.casework import UnknownReport
from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.ports import Tx
from core.tracking import digits_of, show
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, with_parts
from gateway.commands.context import show as show_rows
from gateway.commands.queue.acting import staff_named

LONGEST_LISTING = 100_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``messages`` takes."""
    parser.add_argument("--as", dest="username", default="admin", help="act as this member of staff (default admin)")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the messages that wait for a person, oldest first")
    listing.add_argument("--limit", type=int, default=LONGEST_LISTING, help="at most so many (default: all)")
    attach = actions.add_parser("attach", help="add a message to a report")
    dismiss = actions.add_parser("dismiss", help="nothing comes of a message")
    for named in (actions.add_parser("report", help="make a report of a message"), attach, dismiss):
        named.add_argument("message", help="the message's id (see list)")
    attach.add_argument("number", nargs="+", help="the tracking number, with or without spaces")
    dismiss.add_argument("--reason", required=True, choices=[reason.value for reason in triage.Dismissal])
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true")


def run(invocation: Invocation) -> int:
    """List, or decide on one message."""
    given = invocation.arguments
    work = _list if given.action == "list" else _decide
    try:
        with_parts(invocation, lambda parts: work(parts, given))
    except (triage.UnknownMessage, triage.AlreadySettled, UnknownReport, NotAllowed) as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    def rows(tx: Tx) -> list[dict[str, Any]]:
        staff = staff_named(tx, given.username)
        found = itertools.islice(_all(tx, staff, parts.office), max(0, given.limit))
        return [_row(one, whole=given.json) for one in found]

    show_rows(await parts.store.read(rows), as_json=given.json)


def _all(tx: Tx, staff: Staff, office: Office) -> Iterator[triage.Waiting]:
    """Page after page."""
    after = ""
    while found := triage.waiting(tx, staff, office=office, limit=triage.MOST, after=after):
        yield from found
        after = found[-1].stored.id


def _row(one: triage.Waiting, *, whole: bool) -> dict[str, Any]:
    inbound = one.stored.inbound
    row = {
        "id": one.stored.id,
        "channel": inbound.channel,
        "sender": inbound.sender.value,
        "received_at": inbound.received_at.isoformat(),
        "why": one.reason.value,
        "names": one.report.tracking_id if one.report else None,
        "title": inbound.title,
        "text": inbound.text,
    }
    more = {
        "context": inbound.context,
        "marks": [mark.value for mark in inbound.marks],
        "attachments": [{"name": a.name, "type": a.media_type, "size": a.size} for a in inbound.attachments],
    }
    return row | (more if whole else {})


async def _decide(parts: Parts, given: argparse.Namespace) -> None:
    report = await parts.store.write(lambda tx: _decision(tx, parts, given))
    number = report.tracking_id if report else ""
    if given.json:
        show_rows([{"id": given.message, "outcome": OUTCOMES[given.action], "tracking_id": number}], as_json=True)
    else:
        print(f"{given.message}: {OUTCOMES[given.action]} {show(number) if number else ''}".rstrip())


OUTCOMES = {"report": "report", "attach": "addition", "dismiss": "dismissed"}


def _decision(tx: Tx, parts: Parts, given: argparse.Namespace) -> Report | None:
    staff, office, now = staff_named(tx, given.username), parts.office, parts.clock.now()
    if given.action == "report":
        return triage.make_report(tx, given.message, staff, office=office, now=now)
    if given.action == "attach":
        return triage.attach(tx, given.message, digits_of(" ".join(given.number)), staff, office=office, now=now)
    triage.dismiss(tx, given.message, staff, triage.Dismissal(given.reason), office=office)
    return None


COMMAND = Command("list the messages that wait for a person, and decide on them", arguments, run)
