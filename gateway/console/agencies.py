"""Agencies below one's own: list, add, change."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from core import agencies
from core.agencies import AgencyTaken, AgencyUnfit, UnknownAgency
from core.directory import DEFAULT_TIMEZONE, squeeze
from core.model.people import Agency
from core.permissions import home
from core.stewardship import NotYours, may_change_agency
from gateway.agencies import learn_agencies
from gateway.console.access import Visit, access_of, fields_of
from gateway.console.account import show
from gateway.console.phrases import ZONES
from gateway.console.staff import manager

AGENCIES = "/console/instansi"
MOST_SHOWN = 500
FIELDS = ("id", "name", "parent", "timezone", "keywords", "connected")


def agency_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS``."""
    return [
        web.get(AGENCIES, show_all),
        web.get(f"{AGENCIES}/baru", show_new),
        web.post(f"{AGENCIES}/baru", add),
        web.get(f"{AGENCIES}/{{id:[a-z0-9-]+}}", show_one),
        web.post(f"{AGENCIES}/{{id:[a-z0-9-]+}}", change),
    ]


async def show_all(request: web.Request) -> web.Response:
    """The agency and everything under it, found by name, id or keyword."""
    mine = await manager(request)
    wanted = request.query.get("cari", "").strip()
    found = [agency for agency in _below(request, mine) if _agrees(agency, squeeze(wanted))]
    facts = {"agencies": found[:MOST_SHOWN], "total": len(found), "wanted": wanted}
    return show(request, mine, "agency_list", facts)


def _below(request: web.Request, mine: Visit) -> list[Agency]:
    directory = access_of(request).office.directory
    below = directory.below(home(mine.staff, directory))
    return sorted((directory.agencies[each] for each in below), key=lambda agency: agency.name)


def _agrees(agency: Agency, wanted: str) -> bool:
    return any(wanted in squeeze(words) for words in (agency.id, agency.name, *agency.keywords))


async def show_new(request: web.Request) -> web.Response:
    """An empty form."""
    mine, directory = await manager(request), access_of(request).office.directory
    parent = request.query.get("induk", home(mine.staff, directory))
    above = directory.agency(parent)
    fields = {"parent": parent, "timezone": above.timezone if above else DEFAULT_TIMEZONE, "connected": "1"}
    return _form(request, mine, None, fields)


async def add(request: web.Request) -> web.Response:
    """A new agency, known to this process at once and to the others at their next sweep."""
    mine, access, fields = await manager(request), access_of(request), await fields_of(request)
    agency = _agency(fields.get("id", "").strip(), fields)
    try:
        await access.store.write(lambda tx: agencies.add(tx, agency, mine.staff, office=access.office))
    except (AgencyTaken, AgencyUnfit, NotYours) as error:
        return _form(request, mine, None, fields, problem=_problem(error))
    await learn_agencies(access.store, access.office)
    raise web.HTTPSeeOther(AGENCIES)


async def show_one(request: web.Request) -> web.Response:
    """What is told of an agency."""
    mine = await manager(request)
    agency = await _known(request, mine)
    fields = {
        "name": agency.name,
        "parent": agency.parent,
        "timezone": agency.timezone,
        "keywords": " | ".join(agency.keywords),
        "connected": "1" if agency.connected else "",
    }
    return _form(request, mine, agency, fields)


async def change(request: web.Request) -> web.Response:
    """Another name, place in the tree, zone, keywords, or (not) connected."""
    mine, access, fields = await manager(request), access_of(request), await fields_of(request)
    agency = await _known(request, mine)
    changed = _agency(agency.id, fields)
    try:
        await access.store.write(lambda tx: agencies.change(tx, changed, mine.staff, office=access.office))
    except (AgencyUnfit, NotYours) as error:
        return _form(request, mine, agency, fields, problem=_problem(error))
    await learn_agencies(access.store, access.office)
    raise web.HTTPSeeOther(AGENCIES)


async def _known(request: web.Request, mine: Visit) -> Agency:
    """As it stands in the database, without the keywords that the file gives it. Raises HTTPNotFound."""
    access, agency_id = access_of(request), request.match_info["id"]
    if not may_change_agency(mine.staff, agency_id, directory=access.office.directory):
        raise web.HTTPNotFound
    try:
        return await access.store.read(lambda tx: agencies.get(tx, agency_id))
    except UnknownAgency as error:
        raise web.HTTPNotFound from error


def _agency(agency_id: str, fields: Mapping[str, str]) -> Agency:
    words = (" ".join(word.split()) for word in fields.get("keywords", "").split("|"))
    return Agency(
        id=agency_id,
        name=fields.get("name", "").strip(),
        parent=fields.get("parent", "").strip(),
        keywords=tuple(filter(None, words)),
        timezone=fields.get("timezone", "") or DEFAULT_TIMEZONE,
        connected=fields.get("connected") == "1",
    )


def _problem(error: Exception) -> str:
    if isinstance(error, AgencyUnfit):
        return f"people.unfit_agency_{error.field}"
    return "people.agency_taken" if isinstance(error, AgencyTaken) else "people.not_yours"


def _form(
    request: web.Request, mine: Visit, agency: Agency | None, fields: Mapping[str, str], *, problem: str = ""
) -> web.Response:
    facts: dict[str, Any] = {
        "agency": agency,
        "fields": dict.fromkeys(FIELDS, "") | dict(fields),
        "parents": _below(request, mine),
        "zones": ZONES,
    }
    return show(request, mine, "agency_form", facts, problem=problem, status=422 if problem else 200)
