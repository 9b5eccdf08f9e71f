"""``lapor agency``: the tree of agencies."""

import argparse
from pathlib import Path

from core import agencies
from core.agencies import Change
from core.agency_sheet import COLUMNS, SheetInvalid, read_sheet
from core.model.people import Agency
from core.ports import Tx
from gateway.agencies import learn_agencies
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``agency`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    bring = actions.add_parser("import", help="add and change agencies from a CSV file, all of them or none")
    bring.add_argument("file", type=Path, help=f"the first line names the columns: {', '.join(COLUMNS)}")
    bring.add_argument("--dry-run", action="store_true", help="show what would change")
    actions.add_parser("list", help="every agency").add_argument("--json", action="store_true")


def run(invocation: Invocation) -> int:
    """Do one action on agencies."""
    act = {"import": _import, "list": _list}[invocation.arguments.action]
    with_parts(invocation, lambda parts: act(parts, invocation.arguments))
    return 0


async def _import(parts: Parts, given: argparse.Namespace) -> None:
    try:
        content = given.file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{given.file}: {error.strerror}") from error

    def work(tx: Tx) -> Change:
        rows = read_sheet(content, known=tx.agencies.all(), written=parts.office.directory.written)
        return agencies.compare(tx, rows) if given.dry_run else agencies.bring_in(tx, rows, office=parts.office)

    try:
        change = await (parts.store.read(work) if given.dry_run else parts.store.write(work))
    except SheetInvalid as error:
        raise CommandFailed(f"{given.file}: nothing was imported\n{error}") from error
    await learn_agencies(parts.store, parts.office)
    _tell(change, dry_run=given.dry_run)


def _tell(change: Change, *, dry_run: bool) -> None:
    for agency in change.added:
        print(f"+ {agency.id}  {agency.name}")
    for before, after in change.changed:
        for name in ("name", "parent", "timezone", "keywords", "connected"):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                print(f"~ {after.id}  {name}: {old} -> {new}")
    said = "would be added, {} changed (--dry-run)" if dry_run else "added, {} changed"
    print(f"{len(change.added)} {said.format(len(change.changed))}")


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    show([_row(agency) for agency in parts.office.directory.agencies.values()], as_json=given.json)


def _row(agency: Agency) -> dict[str, object]:
    return {
        "id": agency.id,
        "name": agency.name,
        "parent": agency.parent,
        "timezone": agency.timezone,
        "keywords": " | ".join(agency.keywords),
        "connected": agency.connected,
    }


COMMAND = Command("list agencies, and import them from a CSV file", arguments, run)
