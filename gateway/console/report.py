"""The page of one report: what it says, who wrote it, what happened to it, and what can be done now."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from core.directory import Directory
from core.disclosure import Identity
from core.handling import FollowUpKind
from core.lines import words_of
from core.model.lifecycle import Action
from core.model.message import Attachment
from core.model.report import ArchiveReason, Classification, Report
from core.model.work import LinkDecision
from core.tracking import show
from gateway.console.circumstances import circumstances_of
from gateway.console.deeds import DEEDS, Deed
from gateway.console.files import PICTURES
from gateway.console.guard import Call
from gateway.console.notices import looking_at
from gateway.console.phrases import compared
from gateway.console.sheet import LinkedReport, Moment, Sheet, read_sheet


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that was sent back: what was typed, why it was not done, and which version its writer looked at."""

    deed: str
    given: Mapping[str, str] = field(repr=False)
    trouble: str = ""
    status: int = 200
    seen: int | None = None


async def show_report(call: Call) -> web.Response:
    """The page; ``?aksi=`` opens the form of an action. The notices about the report count as seen."""
    return await report_page(await looking_at(call, number_of(call)))


async def report_page(call: Call, returned: Returned | None = None, identity: Identity | None = None) -> web.Response:
    """The page, with a form that was sent back or an identity that was asked for. Raises UnknownReport."""
    number, office, staff, now = number_of(call), call.console.office, call.staff, call.now
    sheet = await call.console.store.read(lambda tx: read_sheet(tx, number, staff, office=office, now=now))
    sees = bool(sheet.identity or identity)
    facts = _facts(call, sheet, sees=sees) | _request(call, sheet.report) | _forms(call, sheet, returned)
    if identity is not None:
        facts["reporter"], facts["message"] = _reporter(identity, sheet.report), call.t("done.reveal")
    status = returned.status if returned else 200
    return call.page("report.html", facts, status=status)


def number_of(call: Call) -> str:
    """The tracking number in the address."""
    return call.request.match_info["number"]


def _facts(call: Call, sheet: Sheet, *, sees: bool) -> dict[str, Any]:
    report, row = sheet.report, sheet.row
    until = report.claimed_until.astimezone(call.zone).strftime("%H.%M") if report.claimed_until else ""
    return {
        "section": "queue",
        "row": row,
        "report": report,
        "back": f"/console/laporan?tab={row.tab.value}",
        "until": until,
        "may_claim": bool(sheet.actions),
        "compared": compared(report.original_text, report.text) if report.text != report.original_text else None,
        "files": [_file(file) for file in report.attachments if file.id not in sheet.whole],
        "facts": [(name, value) for name, value in (*_details(call, report), *_clocks(call, sheet)) if value],
        "reporter": _reporter(sheet.identity, report) if sheet.identity else None,
        "may_reveal": sheet.may_reveal,
        "links": [_link(call, linked) for linked in sheet.links],
        "may_link": Action.VERIFY in sheet.actions or call.works_queue,
        "works_queue": call.works_queue,
        "moments": [_named(call, moment, sees=sees, whole=sheet.whole) for moment in sheet.moments],
        **circumstances_of(sheet, sees=sees),
    }


def _file(file: Attachment) -> dict[str, Any]:
    is_picture = file.media_type in PICTURES
    return {"id": file.id, "name": file.name, "size": file.size, "is_picture": is_picture}


def _details(call: Call, report: Report) -> Sequence[tuple[str, object]]:
    office, t = call.console.office, call.t
    category = office.directory.category(report.category)
    return (
        ("place", report.place),
        ("occurred", _when(call, report.occurred_at, day_only=True)),
        ("agency", agency_name(call, report.agency)),
        ("handed_by", agency_name(call, report.handed_by)),
        ("copies", ", ".join(agency_name(call, copy) for copy in report.copies)),
        ("classification", t(f"classification.{report.classification}") if report.classification else ""),
        ("category", category.name if category else report.category),
        ("tags", ", ".join(report.tags)),
        ("programme", report.priority_programme),
        ("channel", f"{_known(call, 'channel', report.channel)} {report.connection}".strip()),
        ("way", _known(call, "channel", report.way.channel) if report.way else ""),
        ("language", _known(call, "language", report.language) if report.language else ""),
        ("received", _when(call, report.received_at)),
        ("rating", f"{report.rating}/5" if report.rating else ""),
        ("source", report.source),
        ("agenda_number", report.agenda_number),
        ("entered_by", report.entered_by),
    )


def _clocks(call: Call, sheet: Sheet) -> Iterator[tuple[str, object]]:
    """The deadlines that have not ended; one that stands counts no days and has no date yet."""
    for clock in sheet.clocks:
        yield f"clock_{clock.kind.value}", _when(call, clock.due_at) if clock.runs else call.t("due.stopped")


def _when(call: Call, moment: datetime | None, *, day_only: bool = False) -> object:
    return call.pages.when(moment, call.zone, language=call.language, day_only=day_only) if moment else ""


def _known(call: Call, section: str, name: str) -> str:
    try:
        return call.t(f"{section}.{name}")
    except KeyError:
        return name


def agency_name(call: Call, agency_id: str) -> str:
    """As people read it; empty for none."""
    known = call.console.office.directory.agency(agency_id) if agency_id else None
    return known.name if known else agency_id


def agency_value(directory: Directory, agency_id: str) -> str:
    """What a form holds for an agency: its name where that means it alone, else its id; empty for none."""
    known = directory.agency(agency_id) if agency_id else None
    meant = directory.find(known.name) if known else None
    return known.name if known and meant and meant.id == known.id else agency_id


def _reporter(identity: Identity, report: Report) -> list[tuple[str, str]]:
    """X itself knows its users by a number; people know them by their handle."""
    handle = dict(report.route).get("handle", "")
    rows = (
        ("name", identity.name),
        ("account", f"@{handle}" if handle else ""),
        ("phone", identity.phone),
        ("email", identity.email),
        ("address", identity.address),
        ("source_url", identity.link),
    )
    return [(name, value) for name, value in rows if value]


def _link(call: Call, linked: LinkedReport) -> dict[str, Any]:
    link, other = linked.link, linked.other
    title = call.t("link.message") if link.message_id else call.t("link.hidden")
    if other is not None:
        title = f"{show(other.tracking_id)} · {other.title or words_of(other)}"
    return {
        "id": link.id,
        "url": f"/console/laporan/{other.tracking_id}" if other else "",
        "title": title,
        "decision": link.decision.value,
        "kind": link.kind.value,
        "score": f"{link.score:.0f}",
        "reasons": link.reasons if other or link.message_id else (),
        "is_open": bool(other or link.message_id) and link.decision is not LinkDecision.UNDONE,
    }


def _named(call: Call, moment: Moment, *, sees: bool = False, whole: Collection[str] = frozenset()) -> dict[str, Any]:
    """With the actor as staff read it: the gateway and the reporter are no user names."""
    actor = moment.actor
    shown = call.t(f"actor.{actor}") if actor in {"system", "reporter"} else actor
    return {
        "at": moment.at,
        "text": moment.text,
        "actor": shown,
        "tone": moment.tone,
        "picture": moment.picture,
        "event": moment.event,
        "public": moment.public,
        "secret": moment.secret,
        "files": [_file(file) for file in moment.files if file.id not in whole],
        "context": moment.context if sees else "",
        "is_gone": moment.is_gone,
        "private": moment.private,
        "message": moment.message,
        "reply": moment.reply,
    }


def _request(call: Call, report: Report) -> dict[str, Any]:
    request = report.request
    if request is None:
        return {"request": None}
    root = call.console.office.directory.root
    return {
        "request": request,
        "request_agency": agency_name(call, request.agency),
        "request_suggested": agency_name(call, request.suggested),
        "request_decider": agency_name(call, request.decider or root),
    }


def _forms(call: Call, sheet: Sheet, returned: Returned | None) -> dict[str, Any]:
    """The open actions, the chosen one and what its fields hold."""
    open_deeds = [deed for deed in DEEDS.values() if deed.action in sheet.actions]
    asked = returned.deed if returned else call.request.query.get("aksi", "")
    chosen = next((deed for deed in open_deeds if deed.name == asked), open_deeds[0] if open_deeds else None)
    given = (
        dict(returned.given) if returned and chosen and chosen.name == returned.deed else _begun(call, chosen, sheet)
    )
    new = [moment for moment in sheet.moments if moment.event and returned and moment.number > (returned.seen or 0)]
    return {
        "deeds": open_deeds,
        "chosen": chosen.name if chosen else "",
        "chosen_deed": chosen,
        "given": given,
        "trouble": returned.trouble if returned else "",
        "stale": [_named(call, moment) for moment in new] if returned and returned.seen is not None else [],
        "token": secrets.token_urlsafe(12),
        "seen": sheet.seen,
        "previews": [],
        **choices(call),
    }


def choices(call: Call) -> dict[str, Any]:
    """What the select fields offer."""
    replies = call.console.office.replies
    return {
        "archive_reasons": [(reason.value, replies.label(reason.value)) for reason in ArchiveReason],
        "kinds": [(kind.value, call.t(f"kind.{kind.value}")) for kind in reversed(FollowUpKind)],
        "classifications": [(each.value, call.t(f"classification.{each.value}")) for each in Classification],
        "categories": [(each.id, each.name) for each in call.console.office.directory.categories],
    }


def _begun(call: Call, deed: Deed | None, sheet: Sheet) -> dict[str, str]:
    """The verify form starts from what is known, or guessed; a request that is granted from what it suggests."""
    report = sheet.report
    directory = call.console.office.directory
    suggested = agency_value(directory, report.request.suggested) if report.request else ""
    if deed is None or deed.action is not Action.VERIFY:
        return {"agency": suggested} if deed and deed.action is Action.DELEGATE else {}
    return {
        "title": report.title,
        "text": report.text,
        "classification": report.classification or Classification.COMPLAINT.value,
        "category": report.category,
        "tags": ", ".join(report.tags),
        "place": report.place,
        "occurred_on": report.occurred_at.astimezone(call.zone).date().isoformat() if report.occurred_at else "",
        "agency": suggested or agency_value(directory, report.agency),
        "programme": report.priority_programme,
        **{name: "1" for name in ("anonymous", "secret", "priority", "supervised") if getattr(report, name)},
    }
