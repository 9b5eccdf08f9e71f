"""``lapor chats``: which chats with a person are open, and how they ended. What was said is in none of them."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core import chatting, watching
from core.model.lifecycle import NotAllowed
from core.model.talk import Chat, Ending
from core.ports import Tx
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, with_parts
from gateway.commands.context import show as show_rows
from gateway.commands.queue.acting import staff_named

MOST = 10_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``chats`` takes."""
    parser.add_argument("--as", dest="username", default="admin", help="act as this member of staff (default admin)")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="the chats that wait or are taken, oldest first")
    ended = actions.add_parser("ended", help="the chats that are over, newest first")
    ended.add_argument("--ending", choices=[ending.value for ending in Ending], help="only those that ended so")
    for action in actions.choices.values():
        action.add_argument("--limit", type=int, default=100, help="at most so many (default 100)")
        action.add_argument("--json", action="store_true")


def run(invocation: Invocation) -> int:
    """List."""
    try:
        with_parts(invocation, lambda parts: _list(parts, invocation.arguments))
    except NotAllowed as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    now = parts.clock.now()

    def rows(tx: Tx) -> list[dict[str, Any]]:
        found = _found(tx, parts, given)
        reports = tx.reports.some({chat.report_id for chat in found if chat.report_id})
        numbers = {report.id: report.tracking_id for report in reports}
        return [_row(chat, numbers, now) for chat in found]

    show_rows(await parts.store.read(rows), as_json=given.json)


def _found(tx: Tx, parts: Parts, given: argparse.Namespace) -> Sequence[Chat]:
    staff, limit = staff_named(tx, given.username), max(0, min(given.limit, MOST))
    if given.action == "list":
        return watching.all_open(tx, staff, office=parts.office, limit=limit)
    ending = Ending(given.ending) if given.ending else None
    return watching.ended(tx, staff, office=parts.office, limit=limit, ending=ending)


def _row(chat: Chat, numbers: Mapping[str, str], now: datetime) -> dict[str, Any]:
    held = chatting.is_held(chat, now=now)
    return {
        "id": chat.id,
        "talk": chat.talk,
        "channel": chat.channel,
        "asked_at": chat.asked_at.isoformat(),
        "taken_at": _shown(chat.taken_at),
        "closed_at": _shown(chat.closed_at),
        "state": "closed" if chat.closed_at else "taken" if held else "waiting",
        "operator": chat.taken_by if held or chat.closed_at else "",
        "ending": chat.ending.value if chat.ending else "",
        "report": numbers.get(chat.report_id),
        "rating": chat.rating,
        "remark": chat.remark,
    }


def _shown(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


COMMAND = Command("list chats with a person: those that are open, and how others ended", arguments, run)
