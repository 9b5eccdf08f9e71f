"""The page on which admins keep the answers that operators use again."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from core import canned
from core.model.lifecycle import NotAllowed
from core.model.talk import CannedAnswer
from core.ports import Tx
from core.talks import ShortcutTaken
from gateway.console.access import NotForThisRole
from gateway.console.acting import posted
from gateway.console.guard import Call, View

HERE = "/console/obrolan/jawaban"
TROUBLES: Mapping[type[Exception], str] = {
    canned.BadAnswer: "bad",
    canned.TooMany: "too_many",
    canned.UnknownAnswer: "unknown",
    ShortcutTaken: "taken",
}
REFUSALS: tuple[type[Exception], ...] = tuple(TROUBLES)
Work = Callable[[Tx], Any]


def managed(view: View) -> View:
    """A page for who may change answers."""

    async def serve(call: Call) -> web.StreamResponse:
        try:
            return await view(call)
        except NotAllowed as error:
            raise NotForThisRole from error

    return serve


async def show_answers(call: Call) -> web.Response:
    """Those that this person may change; one of them in the form where ``?ubah=`` names it."""
    return await _page(call)


async def _page(
    call: Call, given: Mapping[str, str] | None = None, *, trouble: str = "", status: int = 200
) -> web.Response:
    office, staff = call.console.office, call.staff
    found = await call.console.store.read(lambda tx: canned.manageable(tx, staff, office=office))
    changed = next((one for one in found if one.id == call.request.query.get("ubah", "")), None)
    names = {agency.id: agency.name for agency in office.directory.agencies.values()}
    facts = {
        "section": "chats",
        "answers": [(answer, names.get(answer.agency, "")) for answer in found],
        "given": given if given is not None else _given(changed, names),
        "trouble": trouble,
        "languages_of_answers": canned.LANGUAGES,
    }
    return call.page("chats/answers.html", facts, status=status)


def _given(answer: CannedAnswer | None, names: Mapping[str, str]) -> dict[str, str]:
    if answer is None:
        return {}
    return {
        "id": answer.id,
        "shortcut": answer.shortcut,
        "text": answer.text,
        "language": answer.language,
        "agency": names.get(answer.agency, answer.agency),
    }


async def save(call: Call) -> web.StreamResponse:
    """A new one, or another version of one."""
    given, _ = await posted(call)
    directory, words = call.console.office.directory, given.get("agency", "").strip()
    agency = directory.agency(words) or (directory.find(words) if words else None)
    answer = CannedAnswer(
        id=given.get("id", ""),
        shortcut=given.get("shortcut", ""),
        text=given.get("text", ""),
        agency=agency.id if agency else words,
        language=given.get("language", "id"),
    )
    office, staff = call.console.office, call.staff
    return await _change(call, given, lambda tx: canned.save(tx, answer, staff, office=office))


async def drop(call: Call) -> web.StreamResponse:
    """It is used no more."""
    given, _ = await posted(call)
    office, staff = call.console.office, call.staff
    return await _change(call, {}, lambda tx: canned.drop(tx, given.get("id", ""), staff, office=office))


async def _change(call: Call, given: Mapping[str, str], work: Work) -> web.StreamResponse:
    try:
        await call.console.store.write(work)
    except REFUSALS as error:
        name = next(said for kind, said in TROUBLES.items() if isinstance(error, kind))
        return await _page(call, given, trouble=call.t(f"answers.trouble_{name}"), status=422)
    raise web.HTTPSeeOther(f"{HERE}?selesai=answer")
