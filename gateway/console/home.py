"""The first page, the choice of language, and the agencies suggested while one types."""

import re
from dataclasses import replace
from typing import Any

from aiohttp import web

from core.directory import Directory
from core.listing import dashboard
from core.model.lifecycle import Role
from core.model.network import Health
from core.model.people import Agency
from core.ports import Tx
from gateway.console.acting import posted
from gateway.console.guard import Call, Line
from gateway.console.report import agency_name, agency_value
from gateway.console.words import LANGUAGES

SUGGESTED = 8
QUEUE = "/console/laporan"
WATCHES = Role.NATIONAL_ADMIN
WAITING = "/console/pesan"


async def show_home(call: Call) -> web.Response:
    """Masuk / proses / selesai, and what is urgent."""
    office, staff, now = call.console.office, call.staff, call.now
    found = await call.console.store.read(lambda tx: dashboard(tx, staff, office=office, now=now))
    work = "unverified" if call.works_queue else "to_follow_up"
    figures = (
        ("incoming", found.incoming, f"{QUEUE}?tab={work}", "red"),
        ("in_process", found.in_process, f"{QUEUE}?tab=in_process", "blue"),
        ("done", found.done, f"{QUEUE}?tab=done", "green"),
    )
    urgent = (
        ("overdue", found.overdue, f"{QUEUE}?due=overdue"),
        ("due_today", found.due_today, f"{QUEUE}?due=0"),
        ("mine", found.mine, f"{QUEUE}?claimed=mine"),
        ("requests", found.requests, f"{QUEUE}?tab=requests"),
        *([("waiting", call.visit.waiting, WAITING)] if call.visit.waiting is not None else []),
    )
    facts = {
        "section": "home",
        "figures": figures,
        "urgent": urgent,
        "dashboard": found,
        "lines": [_line(call, line) for line in await call.console.lines()] if staff.role is WATCHES else (),
        "may_claim": call.works_queue,
        "agency_name": agency_name(call, staff.agency or office.directory.root),
    }
    return call.page("dashboard.html", facts)


def _line(call: Call, line: Line) -> dict[str, Any]:
    """A network's name as people say it, the connection's own beside it."""
    kind, _, name = line.label.partition("/")
    health = line.health or Health(up=False, detail=call.t("home.line_elsewhere"))
    return {"kind": kind, "name": name, "up": health.up, "detail": health.detail}


async def choose_language(call: Call) -> web.StreamResponse:
    """Kept with the person, on whatever device they work next."""
    language = (await posted(call))[0].get("language", "")
    if language not in LANGUAGES:
        raise web.HTTPBadRequest
    username = call.staff.username

    def save(tx: Tx) -> None:
        staff = tx.people.lock(username)
        if staff is not None:
            tx.people.save(replace(staff, language=language))

    await call.console.store.write(save)
    raise web.HTTPSeeOther("/console/")


async def suggest_agencies(call: Call) -> web.Response:
    """Agencies whose name, keyword or id has every word that was typed, the shortest names first."""
    words = re.findall(r"\w+", call.request.query.get("q", "")[:100].casefold())
    directory = call.console.office.directory
    found = [agency for agency in directory.agencies.values() if words and _says(agency, words)]
    found.sort(key=lambda agency: (len(agency.name), agency.name))
    body = [_suggestion(agency, directory) for agency in found[:SUGGESTED]]
    return web.json_response(body, headers={"Cache-Control": "no-store"})


def _says(agency: Agency, words: list[str]) -> bool:
    said = re.findall(r"\w+", f"{agency.name} {agency.id} {' '.join(agency.keywords)}".casefold())
    return all(any(one.startswith(word) for one in said) for word in words)


def _suggestion(agency: Agency, directory: Directory) -> dict[str, str]:
    """The name is what the form sends, where it means this agency alone; else its id."""
    above = directory.agency(agency.parent) if agency.parent else None
    return {"value": agency_value(directory, agency.id), "name": agency.name, "above": above.name if above else ""}


async def show_nothing(_call: Call) -> web.Response:
    """There is no such page."""
    raise web.HTTPNotFound
