"""What is done from the page of a report: its actions, claims, links, the look at an identity; and rehearsals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from core import disclosure, matching, verification
from core.changes import supporting
from core.channel import Busy
from core.filetypes import FileRefused
from core.model.lifecycle import NotAllowed
from core.model.report import HistoryEntry
from core.model.work import Reply
from core.ports import Tx
from core.registers import Changed
from core.replies import CUT
from core.verification import AlreadyClaimed, Incomplete, UnknownReport
from gateway.console.deeds import DEEDS, Deed, Doing, Given
from gateway.console.files import store_files
from gateway.console.guard import Call
from gateway.console.report import Returned, number_of, report_page
from gateway.uploads import read_form, text_fields

QUEUE = "/console/laporan"
TROUBLES: Mapping[type[Exception], tuple[str, int]] = {
    Incomplete: ("trouble.incomplete", 422),
    AlreadyClaimed: ("trouble.claimed", 409),
    NotAllowed: ("trouble.not_allowed", 409),
    FileRefused: ("trouble.file", 422),
    Busy: ("trouble.busy", 503),
}
REFUSALS: tuple[type[Exception], ...] = tuple(TROUBLES)
UNFINISHED: tuple[type[Exception], ...] = (Changed, *REFUSALS)


async def act(call: Call) -> web.StreamResponse:
    """Do what the form asks. One that was sent twice is done once; one from a stale page is shown what changed."""
    deed = deed_of(call)
    fields, files = await posted(call)
    key = f"{call.visit.session.id}:{fields['token']}" if fields.get("token") else ""
    try:
        location = await call.console.once.do(key, lambda: _perform(call, deed, fields, files))
    except Changed:
        return await _stale(call, deed, fields)
    except REFUSALS as error:
        text, status = trouble_of(error)
        return await report_page(call, Returned(deed.name, fields, call.t(text), status))
    raise web.HTTPSeeOther(location)


def deed_of(call: Call) -> Deed:
    """Named in the address. Raises HTTPNotFound."""
    deed = DEEDS.get(call.request.match_info["deed"])
    if deed is None:
        raise web.HTTPNotFound
    return deed


async def posted(call: Call) -> tuple[dict[str, str], list[FileField]]:
    """The text fields of the form and the files that were chosen."""
    form = await read_form(call.request)
    files = [value for value in form.values() if isinstance(value, FileField) and value.filename]
    return text_fields(form), files


def trouble_of(error: Exception) -> tuple[str, int]:
    """The words for why something was not done, and the status."""
    return next(said for kind, said in TROUBLES.items() if isinstance(error, kind))


async def _perform(call: Call, deed: Deed, fields: Mapping[str, str], files: Sequence[FileField]) -> str:
    """Where to go on: to the report, or to the queue where the report is out of sight by now."""
    number, office, staff, now = number_of(call), call.console.office, call.staff, call.now
    if files:
        await call.console.store.read(lambda tx: verification.find(tx, number, staff, office=office))
    given = given_of(call, fields, attachments=await store_files(call, files))
    doing = Doing(number, staff, office, now)

    def work(tx: Tx) -> bool:
        deed.do(tx, given, doing)
        try:
            verification.find(tx, number, staff, office=office)
        except UnknownReport:
            return False
        return True

    stays = await call.console.store.write(work)
    call.console.live.wake()
    return f"{QUEUE}/{number}?selesai={deed.name}" if stays else f"{QUEUE}?selesai={deed.name}"


def given_of(call: Call, fields: Mapping[str, str], *, attachments: Any = ()) -> Given:
    """The fields as the deeds read them."""
    version = fields.get("version", "")
    known = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    return Given(fields, known, call.zone, tuple(attachments))


async def _stale(call: Call, deed: Deed, fields: Mapping[str, str]) -> web.StreamResponse:
    """Somebody was faster; if it was this very form, sent to another process, it is done already."""
    number, office = number_of(call), call.console.office
    seen = int(fields["seen"]) if fields.get("seen", "").isdecimal() and len(fields["seen"]) < 10 else 0

    def look(tx: Tx) -> list[HistoryEntry]:
        report = verification.find(tx, number, call.staff, office=office)
        return [entry for entry in tx.history.of(report.id) if entry.number > seen]

    new = await call.console.store.read(look)
    if new and _is_this_form(new[0], deed, fields, call.staff.username):
        raise web.HTTPSeeOther(f"{QUEUE}/{number}?selesai={deed.name}")
    return await report_page(call, Returned(deed.name, fields, status=409, seen=seen))


def _is_this_form(entry: HistoryEntry, deed: Deed, fields: Mapping[str, str], username: str) -> bool:
    words = fields.get("words", "").strip().replace("\r\n", "\n")
    mine = entry.actor == username and entry.event is deed.event
    return mine and bool(words) and words in entry.text.replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Preview:
    """A reply as it would be sent on one channel, to ``people`` people.

    ``sight``: ``public`` where everyone reads it, ``private`` for what goes beside it to the recipient alone.
    """

    channel: str
    sight: str
    text: str = field(repr=False)
    units: int
    most: int
    characters: int
    people: int
    cut: bool


class _Rehearsed(Exception):
    """The end of a rehearsal: nothing of it is kept."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        super().__init__("rehearsed")
        self.replies = replies


async def rehearse(call: Call) -> web.Response:
    """What the reporter and the supporters would read: the action itself is done, and rolled back."""
    deed = deed_of(call)
    fields, _ = await posted(call)
    given, doing = given_of(call, fields), Doing(number_of(call), call.staff, call.console.office, call.now)

    def work(tx: Tx) -> None:
        report = verification.find(tx, doing.tracking_id, doing.staff, office=doing.office)
        concerned = [report.id, *(each.id for each in supporting(tx, report))]
        before = {reply.id for one in concerned for reply in tx.outbox.of_report(one)}
        deed.do(tx, given, doing)
        replies = [reply for one in concerned for reply in tx.outbox.of_report(one)]
        raise _Rehearsed([reply for reply in replies if reply.id not in before])

    try:
        await call.console.store.write(work)
    except _Rehearsed as rehearsed:
        return call.page("previewed.html", {"previews": _previews(call, rehearsed.replies)})
    except UNFINISHED:
        pass  # An unfinished form has no reply yet; sending it says what is missing.
    return call.page("previewed.html", {"previews": []})


def _previews(call: Call, replies: Sequence[Reply]) -> list[Preview]:
    """One for each channel, the reporter's own first."""
    by_channel: dict[str, list[Reply]] = {}
    for reply in replies:
        by_channel.setdefault(reply.outbound.channel, []).append(reply)
    return [preview for channel, found in by_channel.items() for preview in _preview(call, channel, found)]


def _preview(call: Call, channel: str, replies: Sequence[Reply]) -> list[Preview]:
    """What everyone reads there and what only the recipient does, where they are two."""
    outbound, capabilities = replies[0].outbound, call.console.office.capabilities[channel]
    pieces = [
        ("public" if capabilities.public else "", outbound.text, capabilities.max_length),
        ("private", outbound.private, capabilities.private_length),
    ]
    return [
        Preview(channel, sight, text, capabilities.measure(text), most, len(text), len(replies), CUT in text)
        for sight, text, most in pieces
        if text
    ]


async def claim(call: Call) -> web.StreamResponse:
    """Keep the report from others while it is worked on."""
    return await _hold_on(call, verification.claim, "claim")


async def release(call: Call) -> web.StreamResponse:
    """Give it back."""
    return await _hold_on(call, verification.release, "release")


async def _hold_on(call: Call, use_case: Any, said: str) -> web.StreamResponse:
    number, office, staff, now = number_of(call), call.console.office, call.staff, call.now
    try:
        await call.console.store.write(lambda tx: use_case(tx, number, staff, office=office, now=now))
    except (AlreadyClaimed, NotAllowed) as error:
        text, status = trouble_of(error)
        return await report_page(call, Returned("", {}, call.t(text), status))
    call.console.live.wake()
    raise web.HTTPSeeOther(f"{QUEUE}/{number}?selesai={said}")


async def take_next(call: Call) -> web.StreamResponse:
    """Claim the most urgent report that nobody has."""
    office, staff, now = call.console.office, call.staff, call.now
    found = await call.console.store.write(lambda tx: verification.next_in_queue(tx, staff, office=office, now=now))
    if found is None:
        raise web.HTTPSeeOther(f"{QUEUE}?selesai=none_left")
    call.console.live.wake()
    raise web.HTTPSeeOther(f"{QUEUE}/{found.tracking_id}?selesai=claim")


async def reveal(call: Call) -> web.Response:
    """Show who is behind the report, once; why is kept."""
    number, office, staff, now = number_of(call), call.console.office, call.staff, call.now
    reason = (await posted(call))[0].get("reason", "")
    try:
        identity = await call.console.store.write(
            lambda tx: disclosure.reveal(tx, number, reason, staff, office=office, now=now)
        )
    except (Incomplete, NotAllowed) as error:
        text, status = trouble_of(error)
        return await report_page(call, Returned("", {}, call.t(text), status))
    return await report_page(call, identity=identity)


async def decide_link(call: Call) -> web.StreamResponse:
    """The same event, or not."""
    number, office, staff, now = number_of(call), call.console.office, call.staff, call.now
    link_id, decision = call.request.match_info["link"], (await posted(call))[0].get("decision", "")
    if decision not in {"confirm", "undo"}:
        raise web.HTTPBadRequest
    confirmed = decision == "confirm"
    try:
        await call.console.store.write(
            lambda tx: matching.decide_link(tx, number, link_id, staff, confirmed=confirmed, office=office, now=now)
        )
    except NotAllowed as error:
        text, status = trouble_of(error)
        return await report_page(call, Returned("", {}, call.t(text), status))
    call.console.live.wake()
    raise web.HTTPSeeOther(f"{QUEUE}/{number}?selesai={decision}")
