"""``lapor staff``: who works on reports."""

import argparse
import asyncio
from collections.abc import Awaitable
from datetime import datetime

from core import staffing
from core.model.lifecycle import Role
from core.model.people import Staff
from core.passwords import hash_password, new_password
from core.rosters import UsernameTaken
from core.staffing import Particulars, Unfit, UnknownPerson
from core.stewardship import STAFF_ROLES, NotYours
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``staff`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a member of staff; prints a first password once")
    add.add_argument("username")
    add.add_argument("--role", required=True, choices=STAFF_ROLES)
    add.add_argument("--agency", default="", help="the agency's id; needed for all but national admins and supervisors")
    add.add_argument("--name", default="")
    add.add_argument("--email", default="")
    add.add_argument("--phone", default="")
    actions.add_parser("list", help="everyone").add_argument("--json", action="store_true")
    for name, summary in (
        ("reset", "a new password, printed once; the second factor is taken off"),
        ("deactivate", "let somebody work no more; ends their sessions"),
        ("activate", "let somebody work again"),
    ):
        actions.add_parser(name, help=summary).add_argument("username")


def run(invocation: Invocation) -> int:
    """Do one action on staff."""
    acts = {"add": _add, "list": _list, "reset": _reset, "deactivate": _set_active, "activate": _set_active}
    with_parts(invocation, lambda parts: _do(acts[invocation.arguments.action](parts, invocation.arguments)))
    return 0


async def _do(action: Awaitable[None]) -> None:
    """Raises CommandFailed."""
    try:
        await action
    except UsernameTaken as error:
        raise CommandFailed(f"'{error}' is taken; choose another user name") from error
    except UnknownPerson as error:
        raise CommandFailed(f"no member of staff '{error}'; see lapor staff list") from error
    except Unfit as error:
        raise CommandFailed(f"the {error.field} is not fit; {REMEDIES[error.field]}") from error
    except NotYours as error:
        raise CommandFailed(f"{error}; name one of lapor agency list with --agency") from error


REMEDIES = {
    "username": "a user name has 1 to 64 printable characters",
    "name": "a name has at most 200 printable characters",
    "email": "write it as dewi.lestari@example.go.id",
    "phone": "write digits, such as +62 812 3456 7890",
}


def _operator(now: datetime) -> Staff:
    """Whoever has this command line may do what a national admin may."""
    return Staff(id="", username="lapor", role=Role.NATIONAL_ADMIN, agency="", created_at=now)


async def _add(parts: Parts, given: argparse.Namespace) -> None:
    password, now = new_password(), parts.clock.now()
    told = Particulars(Role(given.role), given.agency, name=given.name, email=given.email, phone=given.phone)
    hashed = await asyncio.to_thread(hash_password, password)
    await parts.store.write(
        lambda tx: staffing.add(
            tx, given.username, told, _operator(now), password_hash=hashed, office=parts.office, now=now
        )
    )
    print(f"{given.username}: {password}")


async def _list(parts: Parts, given: argparse.Namespace) -> None:
    people = await parts.store.read(lambda tx: tx.people.all())
    rows = [
        {
            "username": person.username,
            "name": person.name,
            "role": person.role.value,
            "agency": person.agency,
            "active": person.active,
            "email": person.email,
            "second_factor": bool(person.totp),
            "last_login_at": person.last_login_at and person.last_login_at.isoformat(timespec="seconds"),
        }
        for person in people
    ]
    show(rows, as_json=given.json)


async def _reset(parts: Parts, given: argparse.Namespace) -> None:
    password, actor = new_password(), _operator(parts.clock.now())
    hashed = await asyncio.to_thread(hash_password, password)
    await parts.store.write(
        lambda tx: staffing.reset(tx, given.username, actor, password_hash=hashed, office=parts.office)
    )
    print(f"{given.username}: {password}")


async def _set_active(parts: Parts, given: argparse.Namespace) -> None:
    active, actor = given.action == "activate", _operator(parts.clock.now())
    await parts.store.write(
        lambda tx: staffing.set_active(tx, given.username, actor, active=active, office=parts.office)
    )
    print(f"{given.username}: {'active' if active else 'inactive'}")


COMMAND = Command("add, list, reset and deactivate members of staff", arguments, run)
