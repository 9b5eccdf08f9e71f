"""What became of a form: what to tell or post, and the printed slip with its QR code."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import segno
from aiohttp import web

from core import manual
from core.disclosure import contact_of
from core.filing import facts_of, postbox_of
from core.model.people import Staff
from core.model.report import Event, Report
from core.office import Office
from core.ports import Tx
from core.replies import show_date
from core.tracking import is_valid, show
from gateway.console.access import Visit, access_of
from gateway.console.failures import explained
from gateway.console.forms import FORMS, HERE, clerk_of

PIN_SHOWN = timedelta(hours=24)
OWN = Path(__file__).parent / "templates" / "forms"


def slip_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS`` and ``FORMS``."""
    routes = [
        web.get(f"{HERE}/hasil/{{number}}", show_result),
        web.get(f"{HERE}/slip/{{number}}", show_slip),
        web.get(f"{HERE}/slip/{{number}}/qr.svg", show_code),
        web.get(f"{HERE}/slip.css", show_style),
        web.get(f"{HERE}/formulir.js", show_script),
    ]
    return explained(routes)


async def show_result(request: web.Request) -> web.Response:
    """The number, how the reporter hears of it, and what staff tell or post where no message of ours reaches them."""
    found, report, pin = await _find(request)
    office = access_of(request).office
    facts = _facts(request, found, report, pin) | {
        "reached": postbox_of(report, office) is not None,
        "source_url": _source_of(report, found.staff, office),
        "said": _words_to_say(report, pin, office),
        "letters": await _earlier_letters(request, found, report),
        "again": "lama" in request.query,
        "disposed": request.query.get("disposisi", ""),
    }
    return access_of(request).pages.render("forms/result.html", facts, language=found.staff.language)


def _words_to_say(report: Report, pin: str, office: Office) -> str:
    """A tweet is answered where everybody reads it: the PIN is not in it."""
    if report.source == "tweet":
        facts = facts_of(report, office)
        return f"Laporan Anda kami catat dengan nomor {facts['nomor']}. Status: {facts['status']}."
    capabilities = replace(office.capabilities[report.channel], max_length=2000)
    facts = facts_of(report, office) | {"pin": pin or "yang sudah diberikan"}
    return office.replies.compose("received", facts, channel=report.channel, capabilities=capabilities)


def _source_of(report: Report, staff: Staff, office: Office) -> str:
    """Where the reporter wrote in public: for whoever copied it from there, and for who may know who they are."""
    is_own = report.entered_by == staff.username
    return report.source_url if is_own else contact_of(report, staff, office.directory).link


async def _earlier_letters(request: web.Request, found: Visit, report: Report) -> list[Report]:
    access = access_of(request)
    office, now = access.office, access.clock.now()
    letters = await access.store.read(
        lambda tx: manual.earlier_letters(tx, report.agenda_number, found.staff, office=office, now=now)
    )
    return [letter for letter in letters if letter.id != report.id]


async def show_slip(request: web.Request) -> web.Response:
    """A page to print on A6 or on a 58 mm roll."""
    found, report, pin = await _find(request)
    facts = _facts(request, found, report, pin) | {"roll": request.query.get("kertas") == "58"}
    return access_of(request).pages.render("forms/slip.html", facts, language="id")


async def show_code(request: web.Request) -> web.Response:
    """The QR code that opens the public page of the report. It holds the number and never the PIN."""
    _, report, _ = await _find(request)
    drawn = io.BytesIO()
    address = f"{_public_url(request)}/lacak?nomor={report.tracking_id}"
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", scale=4, border=4)
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def show_style(_request: web.Request) -> web.Response:
    """The slip's style sheet."""
    return web.Response(text=(OWN / "slip.css").read_text(encoding="utf-8"), content_type="text/css", charset="utf-8")


async def show_script(_request: web.Request) -> web.Response:
    """What looks for likely repeats while somebody types. The form works without it."""
    return web.Response(
        text=(OWN / "forms.js").read_text(encoding="utf-8"), content_type="text/javascript", charset="utf-8"
    )


async def _find(request: web.Request) -> tuple[Visit, Report, str]:
    """The report and, for whoever took it down and for a day, its PIN. Raises HTTPNotFound."""
    found, access = await clerk_of(request), access_of(request)
    number, now = request.match_info["number"], access.clock.now()

    def look(tx: Tx) -> tuple[Report, str] | None:
        report = tx.reports.find(number) if is_valid(number) else None
        if report is None or not manual.is_in_sight(report, found.staff, office=access.office):
            return None
        taken_down = tx.history.last(report.id, Event.RECEIVED)
        is_own = report.entered_by == found.staff.username
        fresh = taken_down is not None and now - taken_down.at <= PIN_SHOWN
        return report, tx.reports.pin_of(report.id) if is_own and fresh else ""

    seen = await access.store.read(look)
    if seen is None:
        raise web.HTTPNotFound
    return found, *seen


def _facts(request: web.Request, found: Visit, report: Report, pin: str) -> dict[str, Any]:
    office = access_of(request).office
    facts = facts_of(report, office)
    zone = office.zone(report.agency)
    return {
        "visit": found,
        "section": "forms",
        "report": report,
        "number": show(report.tracking_id),
        "pin": pin,
        "received_on": show_date(report.received_at.astimezone(zone)),
        "deadline": facts["tanggal"],
        "agency": facts["instansi"],
        "address": f"{_public_url(request)}/lacak",
    }


def _public_url(request: web.Request) -> str:
    """As citizens reach us; where no address is configured, as this browser did."""
    return (request.config_dict[FORMS].public_url or f"{request.scheme}://{request.host}").rstrip("/")
