"""The scripted Bot API itself: what it answers, and every way in which it misbehaves, as methods."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from channels.chat.telegram.api_peer import answers, problems
from channels.chat.telegram.api_peer.answers import Fields, Hook
from channels.chat.telegram.api_peer.hooks import Messenger
from channels.chat.telegram.api_peer.problems import Answer
from channels.chat.telegram.api_peer.world import World

TOKEN: Final = "1708170817:AAEscriptedBotApiTokenOnLoopback_42"  # noqa: S105 - of a server on loopback


@dataclass(frozen=True, slots=True)
class Fault:
    """Given instead of the answer, for one method or chat (empty, 0: all). ``times`` None: until further notice."""

    answer: Answer | None
    method: str = ""
    chat: int = 0
    page: str = ""
    times: int | None = None

    def fits(self, method: str, fields: Fields) -> bool:
        """Whether it is meant."""
        return self.method in {"", method} and self.chat in {0, fields.get("chat_id")}


class BotApi:
    """Listens on an ephemeral port of 127.0.0.1 while it is entered.

    ``calls``: method and fields of each request, the newest last. ``answered``: callback queries that were answered.
    ``world`` has the citizens; ``messenger`` brings updates where a webhook is set.
    """

    def __init__(self, username: str = "lapor_bot", *, token: str = TOKEN) -> None:
        self.token = token
        self.world = World(bot=int(token.partition(":")[0]), username=username)
        self.hook = Hook()
        self.messenger = Messenger(self.world, self.hook, self.call)
        self.port = 0
        self.calls: deque[tuple[str, Fields]] = deque(maxlen=10_000)
        self.answered: list[str] = []
        self._faults: list[Fault] = []
        self._silent = asyncio.Event()
        self._polls = 0
        self._cuts = 0
        self._late = 0.0
        self._hung: set[str] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """For ``telegram.base_url``."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, port: int = 0) -> None:
        """Listen; after ``stop`` on the same port again."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.messenger.start()

    async def stop(self) -> None:
        """Close everything: connections are refused from now on, and no update is brought."""
        await self.messenger.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def refuse_token(self) -> None:
        """The token is good no more."""
        self._faults.append(Fault(problems.UNAUTHORIZED))

    def throttle(self, seconds: int, *, chat: int = 0, times: int | None = None) -> None:
        """429 for messages to one chat, or to all."""
        self._faults.append(Fault(problems.throttled(seconds), method="sendmessage", chat=chat, times=times))

    def refuse(self, answer: Answer, *, method: str = "", chat: int = 0, times: int | None = None) -> None:
        """Any refusal, such as those of ``problems``."""
        self._faults.append(Fault(answer, method=method.lower(), chat=chat, times=times))

    def overload(self, *, method: str = "", times: int | None = None) -> None:
        """502 with a page of HTML."""
        self._faults.append(Fault(None, method=method.lower(), page=problems.HTML, times=times))

    def go_silent(self, *, method: str = "") -> None:
        """Take requests and never answer."""
        self._faults.append(Fault(None, method=method.lower()))

    def hang_files(self, *file_ids: str) -> None:
        """Where these are is never answered."""
        self._hung.update(file_ids)

    def cut_after_sending(self, *, spare: int = 0) -> None:
        """Send what is asked for next (after ``spare`` others), and hang up instead of answering."""
        self._cuts = spare + 1

    def answer_late(self, seconds: float) -> None:
        """Messages are sent at once, and it is told so only after a while."""
        self._late = seconds

    def recover(self) -> None:
        """All faults are over."""
        self._faults.clear()
        self._silent.set()
        self._silent = asyncio.Event()
        self._cuts, self._late = 0, 0.0
        self._hung.clear()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        head, _, rest = request.path.strip("/").partition("/")
        if head == "file":
            return self._give_file(rest)
        if head != f"bot{self.token}":
            return _respond(problems.UNAUTHORIZED if head.startswith("bot") and ":" in head else problems.NO_METHOD)
        method, fields = rest.lower(), await _fields_of(request)
        self.calls.append((method, fields))
        fault = self._fault(method, fields) or (Fault(None) if fields.get("file_id") in self._hung else None)
        if fault is not None:
            return await self._misbehave(fault)
        answer = await self._poll(fields) if method == "getupdates" else self.call(method, fields)
        if method == "sendmessage" and answer[0] == 200:
            await asyncio.sleep(self._late)
            if self._is_cut():
                return _hang_up(request)
        return _respond(answer)

    def _is_cut(self) -> bool:
        """Whether this is the one whose line is cut."""
        if self._cuts == 0:
            return False
        self._cuts -= 1
        return self._cuts == 0

    def call(self, method: str, fields: Fields) -> Answer:
        """One method, as by HTTP or in answer to an update that was brought."""
        if method == "answercallbackquery":
            self.answered.append(str(fields.get("callback_query_id", "")))
            return answers.ok(True)
        if method in {"setwebhook", "deletewebhook"}:
            answer = answers.set_webhook(self.hook, fields if method == "setwebhook" else {})
            self.messenger.wake()
            return answer
        if method == "getwebhookinfo":
            return answers.webhook_info(self.hook, len(self.world.updates))
        return answers.METHODS[method](self.world, fields) if method in answers.METHODS else problems.NO_METHOD

    async def _poll(self, fields: Fields) -> Answer:
        """Updates from ``offset`` on; those before it are forgotten. Of two who ask the earlier one is sent away."""
        if self.hook.url:
            return problems.HOOKED
        self._polls += 1
        mine = self._polls
        offset, most = int(fields.get("offset", 0)), int(fields.get("limit", 100))
        self.world.updates[:] = [one for one in self.world.updates if _number(one) >= offset]
        for _ in range(int(fields.get("timeout", 0)) * 50):
            if self.world.updates:
                break
            await asyncio.sleep(0.02)
            if self._polls != mine:
                return problems.OTHER_POLLER
        return answers.ok(self.world.updates[:most])

    async def _misbehave(self, fault: Fault) -> web.Response:
        if fault.page:
            return web.Response(status=502, text=fault.page, content_type="text/html")
        if fault.answer is not None:
            return _respond(fault.answer)
        await self._silent.wait()
        return web.Response(status=500)

    def _fault(self, method: str, fields: Fields) -> Fault | None:
        for index, fault in enumerate(self._faults):
            if fault.fits(method, fields):
                if fault.times is not None:
                    left = replace(fault, times=fault.times - 1)
                    self._faults[index : index + 1] = [left] if left.times else []
                return fault
        return None

    def _give_file(self, path: str) -> web.StreamResponse:
        name = path.removeprefix(f"bot{self.token}/")
        fault = self._fault("download", {})
        found = next((file for file in self.world.files.values() if file.path == name), None)
        if fault is not None or found is None or name == path:
            return web.Response(status=404)
        return web.Response(body=found.content, content_type="application/octet-stream")


def _number(update: Any) -> int:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0


async def _fields_of(request: web.Request) -> Fields:
    if request.content_type == "application/json":
        return answers.read_fields(await request.json())
    return answers.read_fields(dict(await request.post()))


def _respond(answer: Answer) -> web.Response:
    return web.json_response(answer[1], status=answer[0])


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
