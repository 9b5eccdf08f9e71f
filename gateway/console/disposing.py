"""The box *langsung verifikasi dan disposisi* of a manual form."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from core import manual, verification
from core.casework import AlreadyClaimed, Incomplete, UnknownReport
from core.model.lifecycle import ADMINS, NotAllowed
from core.model.message import FiledReport
from core.model.people import Staff
from core.permissions import home
from core.ports import Tx, Unavailable
from core.registers import Changed
from core.verification import Disposition
from gateway.console.access import access_of
from gateway.console.posted import Posted


def agencies_below(request: web.Request, staff: Staff) -> Sequence[tuple[str, str]]:
    """Where this person may dispose to, by name."""
    directory = access_of(request).office.directory
    below = directory.below(home(staff, directory))
    return sorted(((a.id, a.name) for a in directory.agencies.values() if a.id in below), key=lambda pair: pair[1])


def disposition_errors(request: web.Request, staff: Staff, posted: Posted) -> Mapping[str, str]:
    """What is wrong with the box before anything is stored."""
    if not posted.line("dispose") or staff.role not in ADMINS:
        return {}
    known = {agency_id for agency_id, _ in agencies_below(request, staff)}
    return {} if posted.line("dispose_agency") in known else {"dispose_agency": "Pilih instansi tujuan disposisi."}


async def dispose_at_once(request: web.Request, staff: Staff, posted: Posted, filed: FiledReport) -> str:
    """Verify in a transaction of its own; where that fails the report waits in the queue, and the clerk is told so."""
    if not posted.line("dispose") or staff.role not in ADMINS:
        return ""
    access = access_of(request)
    office, now, given = access.office, access.clock.now(), _disposition(posted)

    def dispose(tx: Tx) -> None:
        report = tx.reports.find(filed.tracking_id)
        if report is None:
            raise UnknownReport
        manual.greet(tx, report.id, office=office, now=now)
        verification.verify(tx, filed.tracking_id, given, staff, office=office, now=now)

    try:
        await access.store.write(dispose)
    except (AlreadyClaimed, Changed, Incomplete, NotAllowed, Unavailable, UnknownReport):
        return "disposisi=gagal"
    return "disposisi=ya"


def _disposition(posted: Posted) -> Disposition:
    tags = (tag.strip() for tag in posted.line("tags").split(","))
    return Disposition(
        agency=posted.line("dispose_agency"),
        category=posted.line("category"),
        tags=tuple(tag for tag in tags if tag),
        priority_programme=posted.line("priority_programme"),
        supervised=True if posted.line("supervised") else None,
    )
