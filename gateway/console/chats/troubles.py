"""What keeps something from being done at the desk, told to its page in a sentence."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from core import watching
from core.attending import Full, NotThere, Unsaid
from core.channel import Busy
from core.chatting import Lapsed, Over, Taken, UnknownChat
from core.filetypes import FileRefused
from core.model.lifecycle import NotAllowed
from core.permissions import Right, may
from core.ports import Unavailable
from core.reporting import AlreadyReported, NothingSaid, WrongChoice
from gateway.console.access import NotForThisRole
from gateway.console.guard import Call, View

TROUBLES: Mapping[type[Exception], tuple[str, int]] = {
    Taken: ("taken", 409),
    Lapsed: ("lapsed", 409),
    Over: ("over", 409),
    UnknownChat: ("unknown", 404),
    Full: ("full", 409),
    Unsaid: ("unsaid", 422),
    NotThere: ("not_there", 422),
    AlreadyReported: ("reported", 409),
    NothingSaid: ("nothing_said", 422),
    WrongChoice: ("wrong_choice", 422),
    FileRefused: ("file", 422),
    Busy: ("busy", 503),
    Unavailable: ("busy", 503),
}
REFUSALS: tuple[type[Exception], ...] = tuple(TROUBLES)
UNCACHED = {"Cache-Control": "no-store"}
NUMBER = re.compile(r"\d{1,9}")


def operated(view: View) -> View:
    """A route for operators, whose page reads JSON."""

    async def serve(call: Call) -> web.StreamResponse:
        check_operator(call)
        try:
            return await view(call)
        except REFUSALS as error:
            return await _told(call, error)
        except NotAllowed as error:
            raise NotForThisRole from error

    return serve


def check_operator(call: Call) -> None:
    """Raises NotForThisRole."""
    if not may(call.staff, Right.ATTEND, None, directory=call.console.office.directory):
        raise NotForThisRole


async def _told(call: Call, error: Exception) -> web.Response:
    name, status = next(told for kind, told in TROUBLES.items() if isinstance(error, kind))
    facts = {}
    said = f"unsaid_{error}" if isinstance(error, Unsaid) else name
    if isinstance(error, Taken):
        facts = {"name": await _name(call, str(error))}
    elif isinstance(error, Full | AlreadyReported | WrongChoice):
        facts = {"what": str(error)}
    text = call.t(f"chats.trouble_{said}", **facts) if facts else call.t(f"chats.trouble_{said}")
    return answer({"trouble": name, "text": text}, status=status)


async def _name(call: Call, username: str) -> str:
    return (await call.console.store.read(lambda tx: watching.names(tx, [username]))).get(username, username)


def answer(body: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """JSON that is kept nowhere."""
    return web.json_response(body, status=status, headers=UNCACHED)


def number_in(given: str) -> int:
    """A number that a page sends; 0 for anything else."""
    return int(given) if NUMBER.fullmatch(given) else 0
