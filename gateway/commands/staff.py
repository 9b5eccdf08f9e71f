"""``lapor staff``: who works on reports."""

import argparse
import asyncio
from dataclasses import replace

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.passwords import hash_password, new_password
from core.rosters import UsernameTaken
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts

STAFF_ROLES = [role for role in Role if role not in {Role.REPORTER, Role.SYSTEM}]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``staff`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a member of staff; prints a first password once")
    add.add_argument("username")
    add.add_argument("--role", required=True, choices=STAFF_ROLES)
    add.add_argument("--agency", default="", help="the agency's id; needed for all but national admins and supervisors")
    add.add_argument("--name", default="")
    actions.add_parser("list", help="everyone").add_argument("--json", action="store_true")
    actions.add_parser("reset", help="a new password, printed once").add_argument("username")


def run(invocation: Invocation) -> int:
    """Do one action on staff."""
    act = {"add": _add, "list": _list, "reset": _reset}[invocation.arguments.action]
    with_parts(invocation, lambda parts: act(parts, invocation.arguments))
    return 0


async def _add(parts: Parts, given: argparse.Namespace) -> None:
    role = Role(given.role)
    if not given.username or len(given.username) > 64 or not given.username.isprintable():
        raise CommandFailed("a user name has 1 to 64 printable characters")
    agency = parts.office.directory.agency(given.agency) if given.agency else None
    if agency is None and (given.agency or role not in {Role.NATIONAL_ADMIN, Role.SUPERVISOR}):
        raise CommandFailed(f"'{given.agency}' is no agency; name one of config/agencies.toml with --agency")
    password = new_password()
    person = Staff(
        id=new_id(),
        username=given.username,
        role=role,
        agency=agency.id if agency else "",
        created_at=parts.clock.now(),
        name=given.name,
        password_hash=await asyncio.to_thread(hash_password, password),
    )
    try:
        await parts.store.write(lambda tx: tx.people.add(person))
    except UsernameTaken as error:
        raise CommandFailed(f"'{given.username}' is taken; choose another user name") from error
    print(f"{given.username}: {password}")


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    people = await parts.store.read(lambda tx: tx.people.all())
    rows = [
        {"username": p.username, "name": p.name, "role": p.role.value, "agency": p.agency, "active": p.active}
        for p in people
    ]
    show(rows, as_json=given.json)


async def _reset(parts: Parts, given: argparse.Namespace) -> None:
    person = await parts.store.read(lambda tx: tx.people.find(given.username))
    if person is None:
        raise CommandFailed(f"no member of staff '{given.username}'; see lapor staff list")
    password = new_password()
    changed = replace(person, password_hash=await asyncio.to_thread(hash_password, password))
    await parts.store.write(lambda tx: tx.people.save(changed))
    print(f"{given.username}: {password}")


COMMAND = Command("add, list and reset members of staff", arguments, run)
