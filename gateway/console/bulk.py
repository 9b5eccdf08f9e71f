"""One action on several reports, with the same words; each is done by itself, and each one's result is told."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from core.model.lifecycle import NotAllowed
from core.ports import Unavailable
from core.registers import Changed
from core.verification import AlreadyClaimed, Incomplete, UnknownReport
from gateway.console.deeds import DEEDS, Doing, Given
from gateway.console.guard import Call
from gateway.console.queue import BULK
from gateway.console.report import choices
from gateway.uploads import read_form, text_fields

MOST = 200
PICK = re.compile(r"(\d{10}):(\d{1,9})", re.ASCII)
SAID: Mapping[type[Exception], str] = {
    UnknownReport: "trouble.unknown",
    Changed: "trouble.changed",
    AlreadyClaimed: "trouble.claimed",
    NotAllowed: "trouble.not_allowed",
    Incomplete: "trouble.incomplete",
    Unavailable: "trouble.busy",
}
REFUSALS = tuple(SAID)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report."""

    number: str
    done: bool
    said: str


async def act_on_several(call: Call) -> web.Response:
    """First the form with what was picked, then what became of each."""
    form = await read_form(call.request)
    fields = text_fields(form)
    name = fields.get("deed", "")
    if name not in BULK:
        raise web.HTTPBadRequest
    picked = [str(pick) for pick in form.getall("pick", []) if PICK.fullmatch(str(pick))][:MOST]
    if not picked:
        raise web.HTTPSeeOther("/console/laporan")
    if not fields.get("sure"):
        return _page(call, name, picked, fields)
    return await _once(call, name, picked, fields)


async def _once(call: Call, name: str, picked: Sequence[str], fields: Mapping[str, str]) -> web.Response:
    """The second click finds its reports changed by the first and is told what the first came to."""
    outcomes: list[Outcome] = []

    async def work() -> str:
        outcomes.extend([await _one(call, name, pick, fields) for pick in picked])
        return "\n".join(f"{one.number}\t{int(one.done)}\t{one.said}" for one in outcomes)

    key = f"{call.visit.session.id}:{fields['token']}" if fields.get("token") else ""
    told = await call.console.once.do(key, work)
    call.console.live.wake()
    rows = (line.split("\t", 2) for line in told.splitlines())
    done = [Outcome(number, flag == "1", said) for number, flag, said in rows]
    return _page(call, name, picked, fields, done=done)


async def _one(call: Call, name: str, pick: str, fields: Mapping[str, str]) -> Outcome:
    number, _, version = pick.partition(":")
    deed, given = DEEDS[name], Given(fields, int(version), call.zone)
    doing = Doing(number, call.staff, call.console.office, call.now)
    try:
        await call.console.store.write(lambda tx: deed.do(tx, given, doing))
    except REFUSALS as error:
        return Outcome(number, False, call.t(next(said for kind, said in SAID.items() if isinstance(error, kind))))
    return Outcome(number, True, call.t(f"done.{name}"))


def _page(
    call: Call, name: str, picked: Sequence[str], fields: Mapping[str, str], *, done: Sequence[Outcome] = ()
) -> web.Response:
    facts = {
        "section": "queue",
        "deed": name,
        "picked": picked,
        "numbers": [pick.partition(":")[0] for pick in picked],
        "given": fields,
        "done": done,
        "trouble": "",
        "token": secrets.token_urlsafe(12),
        **choices(call),
    }
    return call.page("bulk.html", facts)
