"""What every route of the console shares: who asks, and what it works with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from core.blobs import FileBlobs
from core.model.lifecycle import Action
from core.model.network import Health
from core.model.people import Staff
from core.office import Office
from core.permissions import PERMISSIONS
from core.ports import Clock, News, Store
from gateway.console.access import Visit, access_of, visit
from gateway.console.failures import told
from gateway.console.live import Live
from gateway.console.once import Once
from gateway.console.pages import Pages
from gateway.console.words import Words, words

if TYPE_CHECKING:
    from gateway.console.chats.stream import Streams  # it needs ``Call``


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to a network and how it is: ``kind/name``; None where this process does not have it open."""

    label: str
    health: Health | None


async def no_lines() -> Sequence[Line]:
    """Of a process that keeps no connections."""
    return ()


@dataclass(frozen=True, slots=True)
class Console:
    """What the console works with in one process."""

    store: Store
    office: Office
    clock: Clock
    blobs: FileBlobs
    live: Live
    once: Once
    most_files: int
    largest_file: int
    push_key: str
    push_hosts: Sequence[str]
    lines: Callable[[], Awaitable[Sequence[Line]]]
    news: News
    chats: "Streams"


CONSOLE: web.AppKey[Console] = web.AppKey("console", Console)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of somebody who is logged in."""

    request: web.Request
    visit: Visit
    console: Console
    pages: Pages

    @property
    def staff(self) -> Staff:
        """Who asks."""
        return self.visit.staff

    @property
    def language(self) -> str:
        """As this person chose it."""
        return self.visit.staff.language

    @property
    def t(self) -> Words:
        """The words of their language."""
        return words(self.language)

    @property
    def now(self) -> datetime:
        """By the console's clock."""
        return self.console.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        """Where this person works."""
        return self.console.office.zone(self.staff.agency)

    @property
    def works_queue(self) -> bool:
        """Whether verifying is anything that this person's role ever does."""
        return bool(PERMISSIONS.get((self.staff.role, Action.VERIFY)))

    def page(self, template: str, facts: Mapping[str, Any], *, status: int = 200) -> web.Response:
        """A page with what every page of somebody logged in shows."""
        common = {
            "visit": self.visit,
            "zone": self.zone,
            "now": self.now,
            "message": self._message(),
        }
        return self.pages.render(template, {**common, **facts}, language=self.language, status=status)

    def _message(self) -> str:
        """What the form that led here came to; what is not one of our sentences is not said."""
        try:
            return self.t(f"done.{self.request.query.get('selesai', '')}")
        except KeyError:
            return ""


View = Callable[[Call], Awaitable[web.StreamResponse]]


def guarded(view: View) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The route of a page for people who are logged in."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await view(Call(request, await visit(request), request.config_dict[CONSOLE], access_of(request).pages))

    return told(serve)
