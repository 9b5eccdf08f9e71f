"""Beside the talk: the visitor's reports, a number looked up, answers used again, a report made of it, its files."""

from typing import Any

from aiohttp import web

from core import canned, consulting, reporting, watching
from core.model.message import Attachment
from core.model.report import Report
from core.ports import Tx
from core.reporting import AlreadyReported, Order, Proposal
from core.tracking import digits_of, is_valid
from gateway.console.acting import posted
from gateway.console.chats.deeds import chat_of
from gateway.console.chats.shown import show_report
from gateway.console.chats.troubles import answer, number_in
from gateway.console.files import PICTURES, give_file, give_picture
from gateway.console.guard import Call
from gateway.uploads import read_form, text_fields

LONGEST_NUMBER = 40


async def show_about(call: Call) -> web.Response:
    """Their language and reports, as far as this operator may see any; answers that may be used here, those in that
    language first.
    """
    chat_id, office, staff, now = chat_of(call), call.console.office, call.staff, call.now

    def work(tx: Tx) -> dict[str, Any]:
        reports = consulting.reports_of(tx, chat_id, staff, office=office, now=now)
        language = consulting.language_of(tx, chat_id, staff, office=office, now=now)
        answers = sorted(canned.usable(tx, staff, office=office), key=lambda a: a.language != language)
        return {
            "speaks": "" if language == office.language else call.t("chats.speaks", language=_named(call, language)),
            "reports": [show_report(call, report) for report in reports],
            "answers": [{"shortcut": a.shortcut, "text": a.text, "language": a.language} for a in answers],
        }

    return answer(await call.console.store.read(work))


def _named(call: Call, language: str) -> str:
    return call.t(f"language.{language}") if language in canned.LANGUAGES else language


async def look_up(call: Call) -> web.Response:
    """A tracking number: how it stands, and what the visitor may be told of it."""
    chat_id, office, staff, now = chat_of(call), call.console.office, call.staff, call.now
    number = digits_of((await posted(call))[0].get("number", "")[:LONGEST_NUMBER])
    if not is_valid(number):
        return answer({"report": None, "text": call.t("chats.no_number")}, status=422)
    found = await call.console.store.write(
        lambda tx: consulting.look_up(tx, chat_id, number, staff, office=office, now=now)
    )
    if found is None:
        return answer({"report": None, "text": call.t("chats.not_found")}, status=404)
    return answer({"report": show_report(call, found.report), "theirs": found.is_visitors, "answer": found.answer})


async def show_proposal(call: Call) -> web.Response:
    """What the form of a report is filled with."""
    chat_id, office, staff, now = chat_of(call), call.console.office, call.staff, call.now
    proposal = await call.console.store.read(lambda tx: reporting.propose(tx, chat_id, staff, office=office, now=now))
    return answer(_shown(call, proposal))


def _shown(call: Call, proposal: Proposal) -> dict[str, Any]:
    agency = call.console.office.directory.agency(proposal.agency) if proposal.agency else None
    return {
        "text": proposal.text,
        "place": proposal.place,
        "agency": agency.name if agency else "",
        "anonymous": proposal.anonymous,
        "secret": proposal.secret,
        "files": [_file(file) for file in proposal.files],
    }


def _file(file: Attachment) -> dict[str, Any]:
    return {"id": file.id, "name": file.name, "size": file.size, "is_picture": file.media_type in PICTURES}


async def make_report(call: Call) -> web.Response:
    """Once: a form that comes again is told the number that the first one came to."""
    chat_id, office, staff, now = chat_of(call), call.console.office, call.staff, call.now
    sent = await read_form(call.request)
    given = text_fields(sent)
    words = given.get("agency", "").strip()
    agency = office.directory.agency(words) or (office.directory.find(words) if words else None)
    order = Order(
        text=given.get("text", ""),
        title=given.get("title", ""),
        classification=given.get("classification", ""),
        category=given.get("category", ""),
        place=given.get("place", ""),
        agency=agency.id if agency else words,
        anonymous=given.get("anonymous") == "1",
        secret=given.get("secret") == "1",
        files=tuple(file for file in sent.getall("file", []) if isinstance(file, str)),
        closes=given.get("closes") == "1",
    )
    try:
        made: Report = await call.console.store.write(
            lambda tx: reporting.make_report(tx, chat_id, order, staff, office=office, now=now)
        )
    except AlreadyReported as error:
        return answer({"number": str(error), "again": True})
    call.console.live.wake()
    return answer({"number": made.tracking_id})


async def show_file(call: Call) -> web.StreamResponse:
    """A file of the talk, for who holds it."""
    return await give_file(call, await _attachment(call))


async def show_picture(call: Call) -> web.StreamResponse:
    """The same as a picture in the page."""
    return await give_picture(call, await _attachment(call))


async def _attachment(call: Call) -> Attachment:
    seq, blob_id = number_in(call.request.match_info["seq"]), call.request.match_info["file"]
    office, staff, now = call.console.office, call.staff, call.now
    line = await call.console.store.read(
        lambda tx: watching.one_line(tx, chat_of(call), seq, staff, office=office, now=now)
    )
    for file in line.attachments if line else ():
        if file.id == blob_id:
            return file
    raise web.HTTPNotFound
