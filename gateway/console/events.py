"""The stream of changes to open pages (Server-Sent Events), and the counts they ask for."""

import asyncio
import json
from datetime import timedelta

from aiohttp import web

from core.listing import Tab, counts
from gateway.console.guard import Call
from gateway.console.live import News, TooMany
from gateway.console.phrases import count, unseen

LONGEST = timedelta(minutes=10)
HEARTBEAT = timedelta(seconds=20)


async def show_events(call: Call) -> web.StreamResponse:
    """Until the page is closed; after ten minutes the browser asks again, so that an ended session hears no more."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    try:
        async with call.console.live.listen(call.staff) as queue:
            await response.prepare(call.request)
            await response.write(b"retry: 3000\n\n")
            await _pass_on(call, response, queue)
    except TooMany:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"}) from None
    except (ConnectionResetError, TimeoutError):
        pass  # The page was closed, or its time is over: both end the stream.
    return response


async def _pass_on(call: Call, response: web.StreamResponse, queue: News) -> None:
    async with asyncio.timeout(LONGEST.total_seconds()):
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT.total_seconds()):
                    look = await queue.get()
            except TimeoutError:
                await response.write(b": masih tersambung\n\n")
                continue
            if look is None:
                return
            told = call.console.live.within_sight(look, call.staff)
            if told.new or told.changed or told.noticed or told.waiting or told.chats:
                data = json.dumps({"new": told.new, "changed": told.changed, "waiting": told.waiting})
                await response.write(f"data: {data}\n\n".encode())


async def show_counts(call: Call) -> web.Response:
    """The numbers on the tabs, on the bell and on the list of what waits, as they are shown."""
    office, staff = call.console.office, call.staff
    found = await call.console.store.read(lambda tx: counts(tx, staff, office=office))
    body = {tab.value: count(found.tabs[tab]) for tab in Tab}
    body |= {"notices": unseen(call.visit.unseen), "waiting": unseen(call.visit.waiting or 0)}
    body["chats"] = unseen(call.visit.chats or 0)
    return web.json_response(body, headers={"Cache-Control": "no-store"})
