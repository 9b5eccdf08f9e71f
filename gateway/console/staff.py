"""Staff in one's care: list, add, change, deactivate, a new password."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from core import staffing
from core.channel import Busy
from core.model.lifecycle import Role
from core.model.people import Staff
from core.passwords import new_password
from core.permissions import home
from core.rosters import UsernameTaken
from core.staffing import Particulars, Unfit, UnknownPerson
from core.stewardship import NotYours, manages_staff, roles_to_give
from gateway.console.access import Visit, access_of, fields_of, visit
from gateway.console.account import show

STAFF = "/console/pengguna"
MOST_SHOWN = 500


def staff_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS``."""
    return [
        web.get(STAFF, show_all),
        web.get(f"{STAFF}/baru", show_new),
        web.post(f"{STAFF}/baru", add),
        web.get(f"{STAFF}/{{id:[0-9a-f]{{32}}}}", show_one),
        web.post(f"{STAFF}/{{id:[0-9a-f]{{32}}}}", change),
        web.post(f"{STAFF}/{{id:[0-9a-f]{{32}}}}/aktif", set_active),
        web.post(f"{STAFF}/{{id:[0-9a-f]{{32}}}}/sandi", reset),
    ]


async def manager(request: web.Request) -> Visit:
    """Somebody who manages others; for the rest these pages do not exist."""
    mine = await visit(request)
    if not manages_staff(mine.staff):
        raise web.HTTPNotFound
    return mine


async def show_all(request: web.Request) -> web.Response:
    """Everybody in one's care, found by name, user name or agency."""
    mine, access = await manager(request), access_of(request)
    everybody = await access.store.read(lambda tx: staffing.all_of(tx, mine.staff, office=access.office))
    wanted = request.query.get("cari", "").strip()
    found = [each for each in everybody if wanted.casefold() in f"{each.username} {each.name} {each.agency}".casefold()]
    facts = {"people": found[:MOST_SHOWN], "total": len(found), "wanted": wanted}
    return show(request, mine, "staff_list", facts)


async def show_new(request: web.Request) -> web.Response:
    """An empty form."""
    return _form(request, await manager(request), None, {"agency": request.query.get("instansi", "")})


async def add(request: web.Request) -> web.Response:
    """A new member of staff; the first password is shown once."""
    mine, access, fields = await manager(request), access_of(request), await fields_of(request)
    username, password, now = fields.get("username", "").strip(), new_password(), access.clock.now()
    try:
        told = _particulars(fields)
        hashed = await access.hashing.hash(password)
        await access.store.write(
            lambda tx: staffing.add(tx, username, told, mine.staff, password_hash=hashed, office=access.office, now=now)
        )
    except (UsernameTaken, Unfit, NotYours, Busy) as error:
        return _form(request, mine, None, fields, problem=_problem(error))
    return show(request, mine, "new_password", {"username": username, "password": password}, status=201)


async def show_one(request: web.Request) -> web.Response:
    """A person's particulars."""
    mine = await manager(request)
    person = await _person(request, mine)
    return _form(request, mine, person, _fields_of(person))


async def change(request: web.Request) -> web.Response:
    """Other particulars."""
    mine, access, fields = await manager(request), access_of(request), await fields_of(request)
    person = await _person(request, mine)
    try:
        told = _particulars(fields)
        await access.store.write(
            lambda tx: staffing.change(tx, person.username, told, mine.staff, office=access.office)
        )
    except (Unfit, NotYours) as error:
        return _form(request, mine, person, fields, problem=_problem(error))
    raise web.HTTPSeeOther(STAFF)


async def set_active(request: web.Request) -> web.Response:
    """Let somebody work, or no more."""
    mine, access, fields = await manager(request), access_of(request), await fields_of(request)
    person, active = await _person(request, mine), fields.get("active") == "1"
    try:
        await access.store.write(
            lambda tx: staffing.set_active(tx, person.username, mine.staff, active=active, office=access.office)
        )
    except NotYours as error:
        return _form(request, mine, person, _fields_of(person), problem=_problem(error))
    raise web.HTTPSeeOther(f"{STAFF}/{person.id}")


async def reset(request: web.Request) -> web.Response:
    """A new password, shown once; the second factor is taken off."""
    mine, access = await manager(request), access_of(request)
    person, password = await _person(request, mine), new_password()
    try:
        hashed = await access.hashing.hash(password)
        await access.store.write(
            lambda tx: staffing.reset(tx, person.username, mine.staff, password_hash=hashed, office=access.office)
        )
    except (NotYours, Busy) as error:
        return _form(request, mine, person, _fields_of(person), problem=_problem(error))
    return show(request, mine, "new_password", {"username": person.username, "password": password})


async def _person(request: web.Request, mine: Visit) -> Staff:
    """Raises HTTPNotFound, also for somebody in another's care."""
    access, staff_id = access_of(request), request.match_info["id"]
    try:
        return await access.store.read(lambda tx: staffing.get(tx, staff_id, mine.staff, office=access.office))
    except UnknownPerson as error:
        raise web.HTTPNotFound from error


def _particulars(fields: Mapping[str, str]) -> Particulars:
    """Raises Unfit."""
    given = {name: fields.get(name, "").strip() for name in ("agency", "name", "email", "phone")}
    try:
        return Particulars(Role(fields.get("role", "")), **given)
    except ValueError as error:
        raise Unfit("role") from error


def _fields_of(person: Staff) -> dict[str, str]:
    return {name: str(getattr(person, name)) for name in ("username", "role", "agency", "name", "email", "phone")}


def _problem(error: Exception) -> str:
    if isinstance(error, Unfit):
        return f"people.unfit_{error.field}"
    return {UsernameTaken: "people.taken", Busy: "people.busy"}.get(type(error), "people.not_yours")


def _form(
    request: web.Request, mine: Visit, person: Staff | None, fields: Mapping[str, str], *, problem: str = ""
) -> web.Response:
    directory = access_of(request).office.directory
    below = directory.below(home(mine.staff, directory))
    facts: dict[str, Any] = {
        "person": person,
        "fields": dict.fromkeys(("username", "role", "agency", "name", "email", "phone"), "") | dict(fields),
        "roles": roles_to_give(mine.staff),
        "agencies": sorted((directory.agencies[each] for each in below), key=lambda agency: agency.name),
        "is_self": person is not None and person.id == mine.staff.id,
    }
    return show(request, mine, "staff_form", facts, problem=problem, status=422 if problem else 200)
