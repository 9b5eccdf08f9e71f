"""``lapor outbox``: replies and where they are."""

import argparse

from core.model.work import OutboxState
from core.ports import Tx
from gateway.bootstrap import Parts
from gateway.commands.context import Command, Invocation, show, with_parts


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``outbox`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="replies, newest first")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--state", action="append", choices=list(OutboxState), default=[])
    listing.add_argument("--limit", type=int, default=100_000, help="at most so many (default: all)")


def run(invocation: Invocation) -> int:
    """List replies."""
    with_parts(invocation, lambda parts: _list(parts, invocation.arguments))
    return 0


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    states = [OutboxState(state) for state in given.state]

    def rows(tx: Tx) -> list[dict[str, object]]:
        return [
            {
                "tracking_id": report.tracking_id if report else "",
                "channel": reply.outbound.channel,
                "connection": reply.outbound.connection,
                "to": reply.outbound.to.value,
                "event": reply.event,
                "state": reply.state.value,
                "attempts": reply.attempts,
                "doubtful": reply.doubtful,
                "external_ids": list(reply.outbound.accepted),
                "reason": reply.reason,
                "text": reply.outbound.text,
                "private": bool(reply.outbound.private),
            }
            for reply in tx.outbox.listing(limit=given.limit, states=states)
            for report in [tx.reports.get(reply.report_id) if reply.report_id else None]
        ]

    show(await parts.store.read(rows), as_json=given.json)


COMMAND = Command("list replies and where they are", arguments, run)
