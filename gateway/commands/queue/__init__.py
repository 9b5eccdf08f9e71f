"""``lapor queue``: every action on reports, for whoever has a terminal."""

import argparse

from core.casework import AlreadyClaimed, Incomplete, UnknownReport
from core.model.lifecycle import LABELS, NotAllowed
from core.registers import Changed
from core.tracking import digits_of, show
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, with_parts
from gateway.commands.queue import asking, looking, treating, verifying
from gateway.commands.queue.acting import Acting, staff_named

ACTS = {**verifying.ACTS, **treating.ACTS, **asking.ACTS}
LOOKS = {**looking.LOOKS}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``queue`` takes."""
    parser.add_argument("--as", dest="username", default="admin", help="act as this member of staff (default admin)")
    actions = parser.add_subparsers(dest="action", required=True)
    for noun in (looking, verifying, treating, asking):
        noun.add_arguments(actions)


def run(invocation: Invocation) -> int:
    """Do one action of the queue."""
    given = invocation.arguments
    action = LOOKS.get(given.action, _decide)
    try:
        with_parts(invocation, lambda parts: action(parts, given))
    except (UnknownReport, AlreadyClaimed, Incomplete, NotAllowed) as error:
        raise CommandFailed(str(error)) from error
    except Changed as error:
        raise CommandFailed("someone else changed the report just now; look at it again") from error
    return 0


async def _decide(parts: Parts, given: argparse.Namespace) -> None:
    given.tracking_id = digits_of(" ".join(given.number))
    act, now = ACTS[given.action], parts.clock.now()
    report = await parts.store.write(
        lambda tx: act(Acting(tx, staff_named(tx, given.username), given, parts.office, now))
    )
    print(f"{show(report.tracking_id)}: {LABELS[report.state]}")


COMMAND = Command("list reports and do every action on them", arguments, run)
