"""Messages that wait for a person (*perlu dilihat*): a report, part of one, or nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from core import triage
from core.casework import UnknownReport
from core.model.message import Attachment, Inbound, Mark
from core.model.people import Staff
from core.model.report import Report
from core.model.work import StoredMessage
from core.permissions import may_triage
from core.ports import Tx
from core.tracking import digits_of, is_valid
from gateway.console.access import NotForThisRole
from gateway.console.acting import posted
from gateway.console.files import PICTURES, give_file, give_picture, send_original
from gateway.console.guard import Call
from gateway.console.originals import files_that_are_originals, originals_of

HERE = "/console/pesan"
AT_ONCE = 30
ID = re.compile(r"(?:[0-9a-f]{32})?")
KINDS = frozenset({"twitter", "email"})


class UnknownReason(Exception):
    """A form that names no reason of ours."""


TROUBLES: Mapping[type[Exception], tuple[str, int]] = {
    triage.AlreadySettled: ("waiting.settled", 409),
    triage.UnknownMessage: ("waiting.unknown", 404),
    UnknownReport: ("trouble.unknown", 422),
    UnknownReason: ("waiting.no_reason", 422),
}
REFUSALS: tuple[type[Exception], ...] = tuple(TROUBLES)
Decision = Callable[[Tx, str, Staff], Report | None]


@dataclass(frozen=True, slots=True)
class Returned:
    """A decision that was not taken: on which message, what was typed, and why it was not."""

    message_id: str
    deed: str
    given: Mapping[str, str] = field(repr=False)
    trouble: str
    status: int


async def show_waiting(call: Call) -> web.Response:
    """The oldest first; ``?after=`` goes on below."""
    return await _page(call)


async def _page(call: Call, returned: Returned | None = None) -> web.Response:
    office, staff, after = call.console.office, decider_of(call), call.request.query.get("after", "")
    if not ID.fullmatch(after):
        raise web.HTTPNotFound
    found = await call.console.store.read(
        lambda tx: triage.waiting(tx, staff, office=office, limit=AT_ONCE + 1, after=after)
    )
    shown, made = found[:AT_ONCE], digits_of(call.request.query.get("nomor", "")[:20])
    facts = {
        "section": "waiting",
        "messages": [_shown(one, returned) for one in shown],
        "reasons": [reason.value for reason in triage.Dismissal],
        "more": f"{HERE}?after={shown[-1].stored.id}" if len(found) > AT_ONCE else "",
        "made": made if is_valid(made) else "",
        "trouble": returned.trouble if returned else "",
    }
    return call.page("waiting.html", facts, status=returned.status if returned else 200)


def decider_of(call: Call) -> Staff:
    """Who asks, if it is theirs to decide. Raises NotForThisRole."""
    if not may_triage(call.staff, directory=call.console.office.directory):
        raise NotForThisRole
    return call.staff


def _shown(one: triage.Waiting, returned: Returned | None) -> dict[str, Any]:
    stored, inbound = one.stored, one.stored.inbound
    own = files_that_are_originals([stored])
    mine = returned if returned and returned.message_id == stored.id else None
    named = one.report.tracking_id if one.report else ""
    return {
        "id": stored.id,
        "kind": inbound.channel if inbound.channel in KINDS else "other",
        "why": one.reason.value,
        "title": inbound.title,
        "channel": inbound.channel,
        "at": inbound.received_at,
        "sender": _sender(inbound),
        "marks": inbound.marks,
        "text": inbound.text,
        "context": inbound.context,
        "files": [_file(file) for file in inbound.attachments if file.id not in own],
        "has_original": bool(originals_of([stored])),
        "is_gone": Mark.DELETED in inbound.marks,
        "is_sensitive": Mark.SENSITIVE in inbound.marks,
        "named": named,
        "opened": mine.deed if mine else "",
        "number": mine.given.get("number", "") if mine else named,
    }


def _sender(inbound: Inbound) -> str:
    """As people know them; X itself knows its users by a number."""
    handle = inbound.route.get("handle", "")
    return f"@{handle}" if handle else inbound.sender.value


def _file(file: Attachment) -> dict[str, Any]:
    return {"id": file.id, "name": file.name, "size": file.size, "is_picture": file.media_type in PICTURES}


async def make_report(call: Call) -> web.StreamResponse:
    """One click."""
    office, now = call.console.office, call.now
    return await _decide(
        call, "make", {}, lambda tx, message, staff: triage.make_report(tx, message, staff, office=office, now=now)
    )


async def attach(call: Call) -> web.StreamResponse:
    """To the report whose number was given."""
    office, now, (given, _) = call.console.office, call.now, await posted(call)
    number = digits_of(given.get("number", "")[:40])

    def work(tx: Tx, message_id: str, staff: Staff) -> Report:
        return triage.attach(tx, message_id, number, staff, office=office, now=now)

    return await _decide(call, "attach", given, work)


async def dismiss(call: Call) -> web.StreamResponse:
    """With a reason, which is kept."""
    office, (given, _) = call.console.office, await posted(call)

    def work(tx: Tx, message_id: str, staff: Staff) -> None:
        triage.dismiss(tx, message_id, staff, _reason(given), office=office)

    return await _decide(call, "dismiss", given, work)


def _reason(given: Mapping[str, str]) -> triage.Dismissal:
    try:
        return triage.Dismissal(given.get("reason", ""))
    except ValueError:
        raise UnknownReason from None


async def _decide(call: Call, deed: str, given: Mapping[str, str], decision: Decision) -> web.StreamResponse:
    """Done once, also for a double click; back to the list, where the next one waits."""
    staff, message_id = decider_of(call), _message_id(call)

    async def perform() -> str:
        report = await call.console.store.write(lambda tx: decision(tx, message_id, staff))
        call.console.live.wake()
        return f"{HERE}?selesai={deed}" + (f"&nomor={report.tracking_id}" if report else "")

    try:
        location = await call.console.once.do(f"{call.visit.session.id}:{message_id}:{deed}", perform)
    except REFUSALS as error:
        text, status = next(said for kind, said in TROUBLES.items() if isinstance(error, kind))
        return await _page(call, Returned(message_id, deed, given, call.t(text), status))
    raise web.HTTPSeeOther(location)


def _message_id(call: Call) -> str:
    return call.request.match_info["message"]


async def show_file(call: Call) -> web.StreamResponse:
    """A file of a message that waits."""
    return await give_file(call, await _file_of(call))


async def show_picture(call: Call) -> web.StreamResponse:
    """The same as a picture in the page."""
    return await give_picture(call, await _file_of(call))


async def _file_of(call: Call) -> Attachment:
    stored, blob_id = await _stored(call), call.request.match_info["file"]
    for file in stored.inbound.attachments:
        if file.id == blob_id:
            return file
    raise web.HTTPNotFound


async def show_original(call: Call) -> web.StreamResponse:
    """As it came."""
    for original in originals_of([await _stored(call)]):
        return await send_original(call, original, name=f"asli-{original.at:%Y%m%d-%H%M%S}")
    raise web.HTTPNotFound


async def _stored(call: Call) -> StoredMessage:
    """Raises HTTPNotFound where it is settled by now: its files are then those of a report, or nobody's."""
    office, staff, message_id = call.console.office, decider_of(call), _message_id(call)
    try:
        return (await call.console.store.read(lambda tx: triage.find(tx, message_id, staff, office=office))).stored
    except (triage.UnknownMessage, triage.AlreadySettled):
        raise web.HTTPNotFound from None
