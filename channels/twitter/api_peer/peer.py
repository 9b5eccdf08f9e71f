"""The X API itself: what it answers, and every way in which it misbehaves, as methods."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from channels.twitter.api_peer import answers, problems
from channels.twitter.api_peer.signature import is_signed, read_header
from channels.twitter.api_peer.world import Sent, World

Answer = tuple[int, dict[str, Any]]
REAL: Final = "https://api.twitter.com"
WINDOW: Final = 900


@dataclass(frozen=True, slots=True)
class Keys:
    """What the app and the account were given."""

    bearer_token: str = "AAAAbearer1708"  # noqa: S105 - of a server on loopback
    consumer_key: str = "ck1708"
    consumer_secret: str = "cs1708"  # noqa: S105
    access_token: str = "1708-at"  # noqa: S105
    access_token_secret: str = "ats1708"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Fault:
    """Given instead of the answer, for one method or path (empty: all). ``times`` None: until further notice; the first
    ``spare`` requests are answered well.
    """

    answer: Answer | None
    method: str = ""
    path: str = ""
    page: str = ""
    status: int = 503
    seconds: float = 0.0
    times: int | None = None
    spare: int = 0

    def fits(self, request: web.Request) -> bool:
        """Whether it is meant."""
        return self.method in {"", request.method} and self.path in {"", request.path}


class XApi:
    """Listens on an ephemeral port of 127.0.0.1 while it is entered.

    ``access``: as X granted it; with ``self_serve`` only who mentions the account may be answered. ``requests``: method
    and path of each request, the newest last. ``asked``, ``asked_at``: the query and the monotonic time of each
    request for mentions.
    """

    def __init__(self, handle: str = "lapor1708", *, keys: Keys | None = None, access: str = "self_serve") -> None:
        self.world = World(handle)
        self.keys = keys or Keys()
        self.access = access
        self.port = 0
        self.posts: list[Sent] = []
        self.messages: list[Sent] = []
        self.requests: deque[tuple[str, str]] = deque(maxlen=10_000)
        self.asked: deque[Mapping[str, str]] = deque(maxlen=10_000)
        self.asked_at: deque[float] = deque(maxlen=10_000)
        self.injected: list[tuple[int, Any]] = []
        self.beside: dict[str, Any] = {}
        self._faults: list[Fault] = []
        self._silent = asyncio.Event()
        self._cuts = 0
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
        """For ``twitter.base_url``."""
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

    async def stop(self) -> None:
        """Close everything: connections are refused from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def refuse_credentials(self) -> None:
        """No key or token is good any more."""
        self._faults.append(Fault(problems.UNAUTHORIZED))

    def throttle(self, seconds: float, *, method: str = "", times: int | None = None) -> None:
        """429 with a reset in so many seconds."""
        self._faults.append(Fault(problems.TOO_MANY, method=method, seconds=seconds, times=times))

    def cap_usage(self, *, times: int | None = None) -> None:
        """429 of another kind: the month's posts are used up. The rate limit's headers look well."""
        self._faults.append(Fault(problems.CAPPED, method="GET", times=times))

    def run_out_of_credit(self, *, times: int | None = None) -> None:
        """402."""
        self._faults.append(Fault(problems.NO_CREDIT, times=times))

    def refuse(self, answer: Answer, *, method: str = "", path: str = "", times: int | None = None) -> None:
        """Any refusal, such as those of ``problems``."""
        self._faults.append(Fault(answer, method=method, path=path, times=times))

    def overload(self, *, method: str = "", times: int | None = None) -> None:
        """503 with a page of HTML, as X gives it when it is over capacity."""
        self.show_page(problems.HTML, status=503, method=method, times=times)

    def overload_after(self, spare: int, *, times: int = 1) -> None:
        """503 after so many good answers to requests for mentions."""
        path = f"/2/users/{self.world.own}/mentions"
        self._faults.append(Fault(None, path=path, page=problems.HTML, times=times, spare=spare))

    def show_page(self, page: str, *, status: int, method: str = "", times: int | None = None) -> None:
        """A page of HTML, of X or of somebody in front of it."""
        self._faults.append(Fault(None, method=method, page=page, status=status, times=times))

    def recover(self) -> None:
        """All faults are over."""
        self._faults.clear()
        self._silent.set()
        self._silent = asyncio.Event()
        self._cuts = 0

    def go_silent(self, *, method: str = "") -> None:
        """Take requests and never answer."""
        self._faults.append(Fault(None, method=method))

    def cut_after_posting(self, *, spare: int = 0) -> None:
        """Post what is asked for next (after ``spare`` others), and hang up instead of answering."""
        self._cuts = spare + 1

    def inject(self, *tweets: Any) -> None:
        """Show these among the mentions as they are, sound or not; what has no id stands where a new tweet would."""
        for tweet in tweets:
            given = tweet.get("id") if isinstance(tweet, dict) else None
            place = int(given) if isinstance(given, str) and given.isdigit() else int(self.world.new_id())
            self.injected.append((place, tweet))

    def include(self, includes: Mapping[str, Any]) -> None:
        """Put this beside every page of mentions, as it is."""
        self.beside = dict(includes)

    def change(self, tweet: str, **fields: Any) -> None:
        """A tweet's fields, such as ``withheld`` or ``reply_settings``."""
        self.world.tweets[tweet] = replace(self.world.tweets[tweet], **fields)

    def change_user(self, username: str, **fields: Any) -> None:
        """``protected`` or ``takes_messages``."""
        user_id = self.world.user(username)
        self.world.users[user_id] = replace(self.world.users[user_id], **fields)

    def delete(self, tweet: str) -> None:
        """Its author takes it back."""
        del self.world.tweets[tweet]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        if request.path.startswith("/media/"):
            return self._give_file(request)
        fault = self._fault(request)
        if fault is not None:
            return await self._misbehave(fault)
        body = await request.json() if request.can_read_body else {}
        answer = self._judge(request) or self._route(request, body)
        if request.method == "POST" and answer[0] == 201 and self._cuts > 0:
            self._cuts -= 1
            if not self._cuts:
                return self._hang_up(request)
        return self._respond(answer)

    async def _misbehave(self, fault: Fault) -> web.Response:
        if fault.page:
            return web.Response(status=fault.status, text=fault.page, content_type="text/html")
        if fault.answer is not None:
            return self._respond(fault.answer, reset=fault.seconds)
        await self._silent.wait()
        return web.Response(status=500)

    def _fault(self, request: web.Request) -> Fault | None:
        """The first that is meant; one that is spared or used up is counted down."""
        for index, fault in enumerate(self._faults):
            if fault.fits(request):
                if fault.spare:
                    self._faults[index] = replace(fault, spare=fault.spare - 1)
                    return None
                if fault.times is not None:
                    left = replace(fault, times=fault.times - 1)
                    self._faults[index : index + 1] = [left] if left.times else []
                return fault
        return None

    def _respond(self, answer: Answer, *, reset: float = 0.0) -> web.Response:
        headers = {
            "x-rate-limit-limit": "450",
            "x-rate-limit-remaining": "0" if reset else "449",
            "x-rate-limit-reset": str(round(time.time() + (reset or WINDOW))),
        }
        return web.json_response(answer[1], status=answer[0], headers=headers)

    def _hang_up(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _give_file(self, request: web.Request) -> web.Response:
        content = self.world.files.get(request.path.removeprefix("/media/"))
        if content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="image/jpeg")

    def _judge(self, request: web.Request) -> Answer | None:
        """Who asks, and whether they may."""
        header = request.headers.get("Authorization", "")
        if header == f"Bearer {self.keys.bearer_token}":
            needs_account = request.method == "POST" or request.path == "/2/users/me" or "dm_" in request.path
            return problems.APP_ONLY if needs_account else None
        return None if self._is_account(request, header) else problems.UNAUTHORIZED

    def _is_account(self, request: web.Request, header: str) -> bool:
        fields, keys = read_header(header), self.keys
        if (fields.get("oauth_consumer_key"), fields.get("oauth_token")) != (keys.consumer_key, keys.access_token):
            return False
        return is_signed(
            header,
            method=request.method,
            urls=(REAL + request.path, self.url + request.path),
            query=request.rel_url.raw_query_string,
            consumer_secret=keys.consumer_secret,
            token_secret=keys.access_token_secret,
        )

    def _route(self, request: web.Request, body: Mapping[str, Any]) -> Answer:
        parts = request.path.strip("/").split("/")[1:]
        return self._post(parts, body) if request.method == "POST" else self._get(parts, request.query)

    def _get(self, parts: Sequence[str], query: Mapping[str, str]) -> Answer:
        world = self.world
        answer = problems.NO_SUCH_USER
        match parts:
            case ["users", "me"]:
                answer = answers.user(world, world.own)
            case ["users", "by", "username", name]:
                answer = answers.user_by_name(world, name)
            case ["users", user_id, "mentions"] if user_id == world.own:
                self.asked.append(dict(query))
                self.asked_at.append(time.monotonic())
                answer = answers.mentions(world, query, injected=self.injected)
                answer[1].update({"includes": self.beside} if self.beside else {})
            case ["users", user_id, "tweets"] if user_id == world.own:
                answer = answers.posted(world, query)
            case ["tweets"]:
                answer = answers.lookup(world, query)
            case ["dm_conversations", "with", user_id, "dm_events"]:
                answer = answers.events(user_id, self.messages, query)
        return answer

    def _post(self, parts: Sequence[str], body: Mapping[str, Any]) -> Answer:
        match parts:
            case ["tweets"]:
                return answers.post(self.world, body, self.posts, access=self.access)
            case ["dm_conversations", "with", user_id, "messages"]:
                return answers.message(self.world, user_id, body, self.messages)
        return problems.NO_SUCH_USER
