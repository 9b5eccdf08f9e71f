"""What an operator does at the desk: being there, taking, answering, handing on, closing. The page reads JSON."""

import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from core import attending, chatting, watching
from core.attending import Saying, Unsaid
from core.model.message import Attachment
from core.model.talk import Chat
from core.ports import Tx
from gateway.console.acting import posted
from gateway.console.chats.shown import show_lines
from gateway.console.chats.troubles import answer, number_in
from gateway.console.files import store_files
from gateway.console.guard import Call

CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
LONGEST_NAME = 64


def chat_of(call: Call) -> str:
    """The chat that the address names."""
    return call.request.match_info["chat"]


async def keep(call: Call) -> web.Response:
    """The page's heartbeat, with what its operator chose where they did: the newest line of each chat they hold."""
    office, staff, now, (given, _) = call.console.office, call.staff, call.now, await posted(call)
    available = {"1": True, "0": False}.get(given.get("available", ""))
    capacity = number_in(given.get("capacity", ""))

    def work(tx: Tx) -> dict[str, int]:
        held = attending.keep(tx, staff, office=office, now=now)
        if available is not None or capacity:
            attending.is_there(tx, staff, now=now, available=available, capacity=capacity)
        chats = [chat for chat_id in sorted(held) if (chat := tx.chats.get(chat_id)) is not None]
        heads = tx.talks.heads([chat.talk for chat in chats]) if chats else {}
        return {chat.id: heads.get(chat.talk, 0) for chat in chats}

    return answer({"held": await call.console.store.write(work)})


async def take_next(call: Call) -> web.Response:
    """The one that waits longest."""
    return await _take(call, lambda tx: attending.take_next(tx, call.staff, office=call.console.office, now=call.now))


async def take(call: Call) -> web.Response:
    """This one."""
    chat_id, office, staff, now = chat_of(call), call.console.office, call.staff, call.now
    return await _take(call, lambda tx: attending.take(tx, chat_id, staff, office=office, now=now))


async def _take(call: Call, work: Callable[[Tx], Chat | None]) -> web.Response:
    chat = await call.console.store.write(work)
    call.console.live.wake()
    return answer({"chat": chat.id if chat else ""})


async def speak(call: Call) -> web.Response:
    """Words and files for the visitor. Files are kept only for who holds the chat."""
    office, staff, chat_id, (given, files) = call.console.office, call.staff, chat_of(call), await posted(call)
    client_id = given.get("id", "")
    if not CLIENT_ID.fullmatch(client_id):
        raise Unsaid("empty")
    stored: tuple[Attachment, ...] = ()
    if files:
        await call.console.store.read(lambda tx: chatting.look_at(tx, chat_id, staff, now=call.now))
        stored = await store_files(call, files)
    saying, now = Saying(client_id, given.get("text", ""), stored), call.now
    seq = await call.console.store.write(lambda tx: attending.speak(tx, chat_id, saying, staff, office=office, now=now))
    return answer({"seq": seq})


async def note_typing(call: Call) -> web.Response:
    """It passes: nothing of it is kept."""
    chat_id, staff = chat_of(call), call.staff
    held = await call.console.store.read(lambda tx: chatting.look_at(tx, chat_id, staff, now=call.now))
    await call.console.news.tell(f"typing:{held.talk.id}:operator")
    return answer({})


async def see(call: Call) -> web.Response:
    """The operator has read up to here."""
    office, staff, now, (given, _) = call.console.office, call.staff, call.now, await posted(call)
    seq = number_in(given.get("seq", ""))
    await call.console.store.write(lambda tx: attending.see(tx, chat_of(call), seq, staff, office=office, now=now))
    return answer({})


async def hand_on(call: Call) -> web.Response:
    """To somebody, or back to the queue."""
    office, staff, now, (given, _) = call.console.office, call.staff, call.now, await posted(call)
    to = given.get("to", "")[:LONGEST_NAME]
    return await _let_go(call, lambda tx: attending.hand_on(tx, chat_of(call), to, staff, office=office, now=now))


async def close(call: Call) -> web.Response:
    """It is over."""
    office, staff, now = call.console.office, call.staff, call.now
    return await _let_go(call, lambda tx: attending.close(tx, chat_of(call), staff, office=office, now=now))


async def _let_go(call: Call, work: Callable[[Tx], Any]) -> web.Response:
    await call.console.store.write(work)
    call.console.live.wake()
    return answer({})


async def show_earlier(call: Call) -> web.Response:
    """Lines before one that the page has."""
    office, staff, before = call.console.office, call.staff, number_in(call.request.query.get("sebelum", ""))

    def work(tx: Tx) -> dict[str, Any]:
        found = watching.earlier_lines(tx, chat_of(call), before, staff, office=office, now=call.now)
        return show_lines(found, watching.names(tx, {line.by for line in found.lines}))

    return answer(await call.console.store.read(work))
