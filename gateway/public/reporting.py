"""``/lapor``: write, see who will read what, send."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from channels.api.mapping import Arrival, name_attachment, read_attachments, report_message
from channels.api.wire.problems import Problem
from core.model.message import Attachment
from core.preview import preview
from core.privacy import find_traces
from gateway.public.fields import Filled, body_of, empty_form, read_form
from gateway.public.front import Front
from gateway.uploads import files_in, store_files, text_fields
from gateway.uploads import read_form as read_page_form


async def show_form(front: Front, _request: web.Request) -> web.StreamResponse:
    """An empty form."""
    return await _form(front, empty_form())


async def take_form(front: Front, request: web.Request) -> web.StreamResponse:
    """What the pressed button asks for: look again, mask, preview, or send."""
    front.visitors.count(request.remote or "")
    given = await read_page_form(request)
    fields = text_fields(given)
    kept = _kept([value for value in given.getall("attachment", []) if isinstance(value, str)], front.most_files)
    uploaded = await store_files(
        front.intake, files_in(given, "files"), most=front.most_files - len(kept), limit=front.largest_file
    )
    filled = read_form(fields, agencies=list(front.office.directory.agencies), attachments=kept + uploaded.attachments)
    if uploaded.problems:
        filled = replace(filled, errors={**filled.errors, "files": " ".join(uploaded.problems)})
    return await _step(front, filled, fields)


async def _step(front: Front, filled: Filled, fields: Mapping[str, str]) -> web.StreamResponse:
    step = fields.get("step", "preview")
    if filled.errors or step == "edit":
        return await _form(front, filled)
    if step == "mask":
        filled = filled.masked()
    return await _file(front, filled) if step == "send" else _preview(front, filled)


def _kept(names: list[str], most: int) -> tuple[Attachment, ...]:
    """Files of an earlier step; a name that we never gave is dropped."""
    try:
        return read_attachments(list(dict.fromkeys(names)), most=most)
    except Problem:
        return ()


async def _form(front: Front, filled: Filled) -> web.Response:
    return front.pages.show(
        "report.html", filled=filled, agencies=await front.desk.agencies(), files=_named(filled), most=front.most_files
    )


def _preview(front: Front, filled: Filled) -> web.Response:
    shown = preview(filled.draft)
    agency = front.office.directory.agency(filled.agency)
    return front.pages.show(
        "preview.html",
        filled=filled,
        shown=shown,
        pieces=marked(filled.text, name=filled.name),
        agency=agency.name if agency else "",
        files=_named(filled),
    )


def marked(text: str, *, name: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the kind of trace it is, or empty."""
    pieces, at = [], 0
    for finding in find_traces(text, name=name):
        pieces += [(text[at : finding.start], ""), (finding.words, finding.trace.value)]
        at = finding.end
    return [piece for piece in (*pieces, (text[at:], "")) if piece[0]]


def _named(filled: Filled) -> list[tuple[str, str]]:
    return [(name_attachment(each), each.name or each.media_type) for each in filled.attachments]


async def _file(front: Front, filled: Filled) -> web.Response:
    """201 once it is committed; the same token again is the same report."""
    arrival = Arrival(received_at=front.now(), fresh_id=front.new_id(), key=f"web-{filled.token}")
    message = report_message(body_of(filled), arrival, files=filled.attachments)
    accepted = await front.intake.accept(message)
    if accepted.report is None:
        raise TypeError("the core took a form and filed no report")
    return front.pages.show("filed.html", report=accepted.report)
