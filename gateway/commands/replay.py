"""``lapor replay``: raw messages through today's parsers, the difference first, then, when asked, the change."""

import argparse
import sys
from collections.abc import Callable, Sequence

from core import rereading
from core.ports import Tx
from core.rereading import Difference
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts

BATCH = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``replay`` takes."""
    parser.add_argument("channel", help="which kind of channel's messages to read again")
    parser.add_argument("--apply", action="store_true", help="write the new readings; without it they are only shown")
    parser.add_argument("--json", action="store_true")


def run(invocation: Invocation) -> int:
    """Read again."""
    if invocation.arguments.channel not in invocation.specs:
        raise CommandFailed(f"no channel '{invocation.arguments.channel}'; there are {', '.join(invocation.specs)}")
    with_parts(invocation, lambda parts: _replay(parts, invocation.arguments))
    return 0


async def _replay(parts: Parts, given: argparse.Namespace) -> None:
    found: list[Difference] = []
    after = ""
    while True:
        read, differences = await _read_some(parts, given.channel, after)
        found += differences
        if not read:
            break
        after = read
    rows = [{"message": d.message_id, "before": d.before, "after": d.after} for d in found]
    show(rows, as_json=given.json)
    if given.apply:
        await _apply(parts, found)
        print(f"{len(found)} messages read again", file=sys.stderr)


async def _read_some(parts: Parts, channel: str, after: str) -> tuple[str, Sequence[Difference]]:
    return await parts.store.read(
        lambda tx: rereading.compare(tx, channel=channel, after=after, limit=BATCH, office=parts.office)
    )


async def _apply(parts: Parts, found: Sequence[Difference]) -> None:
    now = parts.clock.now()

    def writing(difference: Difference) -> Callable[[Tx], None]:
        return lambda tx: rereading.apply(tx, difference, office=parts.office, now=now)

    for difference in found:
        await parts.store.write(writing(difference))


COMMAND = Command("read stored raw messages again with today's parsers", arguments, run)
