"""The desk's page, and the list of chats that are over."""

import json
import re
from typing import Any

from aiohttp import web

from core import attending, watching
from core.model.lifecycle import NotAllowed
from core.model.report import Classification
from core.model.talk import Chat, Ending
from core.ports import Tx
from gateway.console.access import NotForThisRole
from gateway.console.chats.shown import channel_label, visitor_name
from gateway.console.chats.troubles import check_operator
from gateway.console.guard import Call
from gateway.console.words import all_words

HERE = "/console/obrolan"
ENDED = HERE + "/selesai"
AT_ONCE = 50
ID = re.compile(r"(?:[0-9a-f]{32})?")
SCRIPTED = "chats.js_"


async def show_desk(call: Call) -> web.Response:
    """Filled by its script; to open it is to be there."""
    check_operator(call)
    office, staff, now = call.console.office, call.staff, call.now
    me = await call.console.store.write(lambda tx: attending.is_there(tx, staff, now=now))
    facts = {
        "section": "chats",
        "me": me,
        "most": attending.MOST_HELD,
        "words": json.dumps(_scripted(call), ensure_ascii=False),
        "categories": [(each.id, each.name) for each in office.directory.categories],
        "classifications": [(each.value, call.t(f"classification.{each.value}")) for each in Classification],
    }
    return call.page("chats/desk.html", facts)


def _scripted(call: Call) -> dict[str, str]:
    """What the page's script says."""
    found = all_words(call.language)
    return {key.removeprefix(SCRIPTED): text for key, text in found.items() if key.startswith(SCRIPTED)}


async def show_ended(call: Call) -> web.Response:
    """The newest first, those to whom nobody came where ``?akhir=`` says so; without a word of what was said."""
    office, staff, query = call.console.office, call.staff, call.request.query
    before, wanted = query.get("sebelum", ""), query.get("akhir", "")
    if not ID.fullmatch(before) or wanted not in {"", *Ending}:
        raise web.HTTPNotFound
    ending = Ending(wanted) if wanted else None

    def work(tx: Tx) -> tuple[Any, Any]:
        found = watching.ended(tx, staff, office=office, limit=AT_ONCE + 1, before=before, ending=ending)
        reports = tx.reports.some({chat.report_id for chat in found if chat.report_id})
        numbers = {report.id: report.tracking_id for report in reports}
        return found, {**numbers, **watching.names(tx, {chat.closed_by for chat in found})}

    try:
        found, known = await call.console.store.read(work)
    except NotAllowed as error:
        raise NotForThisRole from error
    shown = found[:AT_ONCE]
    more = f"{ENDED}?akhir={wanted}&sebelum={shown[-1].id}" if len(found) > AT_ONCE else ""
    facts = {
        "section": "chats",
        "chats": [_ended(call, chat, known) for chat in shown],
        "ending": wanted,
        "endings": list(Ending),
        "more": more,
    }
    return call.page("chats/ended.html", facts)


def _ended(call: Call, chat: Chat, known: dict[str, str]) -> dict[str, Any]:
    until = chat.taken_at or chat.closed_at or chat.asked_at
    return {
        "name": visitor_name(call, chat.talk),
        "channel": channel_label(call, chat.channel),
        "at": chat.asked_at,
        "waited": max(0, round((until - chat.asked_at).total_seconds() / 60)),
        "ending": chat.ending.value if chat.ending else "",
        "by": known.get(chat.closed_by, ""),
        "number": known.get(chat.report_id, ""),
        "rating": chat.rating,
        "remark": chat.remark,
    }
