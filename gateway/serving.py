"""``lapor serve``: the web, the channels and, without a broker, the jobs, in one loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial

from aiohttp import web

from channels.form.settings import FormSettings
from core.intake import Answer, Offer, accept_all, is_chat, stands_alone
from core.model.message import Accepted, Receipt
from core.talks import JOBS
from core.undelivered import note_receipts
from gateway.admission import Admission, Doorway
from gateway.attendance import DeskWatch
from gateway.bootstrap import Parts, make_access
from gateway.chores import Chores, refresh
from gateway.console.access import ACCESS
from gateway.console.app import console_routes, make_console
from gateway.console.forms import FORMS, FormDesk, form_routes
from gateway.console.guard import CONSOLE, Line
from gateway.console.people import people_routes
from gateway.console.slips import slip_routes
from gateway.console.tweets import tweets_of
from gateway.counter import Counter
from gateway.courier import Post
from gateway.deadlines import DeadlineWatch
from gateway.grouping import GroupCommit
from gateway.lobby import Lobby
from gateway.probes import probe_routes
from gateway.public.app import public_routes
from gateway.publisher import publish_jobs
from gateway.push import PushKey
from gateway.pushing import Messenger
from gateway.runner import Wake, run_embedded
from gateway.supervisor import Connection, Supervisor
from gateway.web import make_app, serve_web

log = logging.getLogger(__name__)

PAGES_KIND = "api"
"""The public pages hand in what the JSON API takes."""


class Gateway:
    """One serving process."""

    def __init__(self, parts: Parts, *, only: Collection[str] = ()) -> None:
        self._parts = parts
        self._wake = Wake()
        self._to_tell: list[str] = []
        self._tells = bool(parts.settings.jobs.broker_url)
        patience = timedelta(seconds=parts.settings.limits.accept_seconds)
        self._stands_alone = partial(stands_alone, office=parts.office)
        commits = partial(GroupCommit[Offer, Answer], self._accept_all, patience=patience)
        self._commits, self._forms = commits(beside=self._stands_alone), commits(beside=self._stands_alone)
        self._talks = commits(), commits()
        self._receipts: GroupCommit[Receipt, bool] = GroupCommit(self._note_receipts)
        self._kinds = [kind for kind in parts.specs if not only or kind in only]
        self._doorway = Doorway(
            commits=self._commits,
            forms=self._forms,
            talks=self._talks,
            chats=frozenset(kind for kind in parts.specs if is_chat(parts.office, kind)),
            receipts=self._receipts,
            store=parts.store,
            blobs=parts.blobs,
            metrics=parts.metrics,
            clock=parts.clock,
            limits=parts.settings.limits,
            office=parts.office,
            wake=self._wake_couriers,
        )
        self._supervisor = self._make_supervisor()
        self._lobby = Lobby(parts.store, parts.news, office=parts.office, clock=parts.clock, blobs=parts.blobs)
        self._console = make_console(parts, lines=self._lines)

    def _wake_couriers(self) -> None:
        self._supervisor.wake()

    def _make_supervisor(self) -> Supervisor:
        parts = self._parts
        lease = timedelta(seconds=parts.settings.delivery.lease_seconds)
        post = Post(parts.store, parts.clock, parts.owner, lease, parts.patience, parts.metrics, parts.office)
        connections = [
            Connection(kind, name, make, Admission(self._doorway, kind=kind, name=name))
            for kind in self._kinds
            for name, make in parts.specs[kind].connections(parts.settings.channels[kind]).items()
        ]
        return Supervisor(parts.store, parts.clock, parts.owner, post, connections)

    def intake(self, kind: str) -> Admission:
        """What takes in messages of a channel without connections: those of its routes, or of the console's forms."""
        return Admission(self._doorway, kind=kind)

    def forms(self) -> FormDesk:
        """What the console's manual forms work with."""
        settings = self._parts.settings
        chosen = settings.channels.get("form")
        if not isinstance(chosen, FormSettings):
            raise TypeError("the settings have no section of manual forms")
        return FormDesk(
            intake=self.intake("form"),
            settings=chosen,
            public_url=settings.http.public_url,
            tweets=tweets_of(settings.channels.get("twitter")),
        )

    async def _accept_all(self, offers: Sequence[Offer]) -> Sequence[Answer]:
        office, store = self._parts.office, self._parts.store
        work = partial(accept_all, offers=offers, office=office, now=self._parts.clock.now(), told=self._tells)
        answers = await (store.write_at_once(work) if self._stands_alone(offers) else store.write(work))
        self._note_new(answers)
        return answers

    def _note_new(self, answers: Sequence[Answer]) -> None:
        """The job of a new message has the message's id. What is said to a person has none, and wakes nobody."""
        new = [a for a in answers if isinstance(a, Accepted) and not a.repeated and not a.settled]
        if self._tells:
            self._to_tell += [a.message_id for a in new if not a.report]
        if new:
            self._wake()

    async def _note_receipts(self, receipts: Sequence[Receipt]) -> Sequence[bool]:
        office, now = self._parts.office, self._parts.clock.now()
        answers = await self._parts.store.write(lambda tx: note_receipts(tx, receipts, office=office, now=now))
        if any(receipt.gone for receipt in receipts):  # The news may go elsewhere.
            self._supervisor.wake()
        return answers

    async def run(self, *, listening: Callable[[str], Awaitable[None]]) -> None:
        """Serve until cancelled. The listeners end first, so that nothing new comes while the rest finishes."""
        parts, every = self._parts, timedelta(seconds=self._parts.settings.jobs.sweep_seconds)
        push = parts.settings.push
        messenger = Messenger(parts.store, parts.clock, parts.office, PushKey(parts.vault.derive("push")), push.contact)
        chores = Chores(parts.store, parts.clock, parts.owner, parts.patience, parts.office)
        await chores.once()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._commits.run(), name="commits")
            group.create_task(self._forms.run(), name="forms")
            for talks in self._talks:
                group.create_task(talks.run(), name="talks")
            group.create_task(self._receipts.run(), name="receipts")
            group.create_task(self._listen(), name="news")
            group.create_task(self._work(every), name="jobs")
            group.create_task(chores.run(every=every), name="chores")
            group.create_task(messenger.run(every=timedelta(seconds=push.seconds)), name="notices")
            group.create_task(DeadlineWatch(parts.store, parts.office, parts.clock).run(every=every), name="deadlines")
            group.create_task(DeskWatch(parts.store, parts.office, parts.clock).run(), name="desk")
            group.create_task(self._watch(), name="figures")
            group.create_task(self._supervisor.run(), name="channels")
            group.create_task(serve_web(parts.settings.http, self.app(), listening=listening), name="web")

    async def _listen(self) -> None:
        """Hear of steps too that others ask for: an operator's page, another process."""
        leave = self._parts.news.follow(lambda topics: self._wake() if JOBS in topics else None)
        try:
            await self._parts.news.run()
        finally:
            leave()

    async def _work(self, every: timedelta) -> None:
        if self._tells:
            await publish_jobs(self._parts, fresh=self._to_tell, wake=self._wake, every=every)
        else:
            await run_embedded(self._parts.bench, wake=self._wake, every=every, done=self._done)

    def _done(self) -> None:
        """After each commit of jobs: there may be replies to send, and open pages to tell."""
        self._supervisor.wake()
        self._console.live.wake()

    def app(self) -> web.Application:
        """What the web server serves."""
        parts, access = self._parts, make_access(self._parts)
        routes = [*self._routes(), *console_routes(access.pages)]
        app = make_app(
            parts.settings.http, routes, values={ACCESS: access, CONSOLE: self._console, FORMS: self.forms()}
        )
        app.on_shutdown.append(self._console.live.close)
        app.on_shutdown.append(self._console.chats.close)
        app.on_shutdown.append(self._lobby.close)
        return app

    def _routes(self) -> list[web.RouteDef]:
        desk, parts = Counter(self._parts.bench, self._lobby), self._parts
        probes = probe_routes(ready=self._problems, metrics=self._render)
        routes = [*probes, *people_routes(), *form_routes(), *slip_routes()]
        for kind in self._kinds:
            routes += parts.specs[kind].routes(parts.settings.channels[kind], self.intake(kind), desk)
        if PAGES_KIND in self._kinds:
            routes += public_routes(parts, self.intake(PAGES_KIND), desk, self._lobby)
        return routes

    async def _problems(self) -> Mapping[str, str]:
        """A channel that is down keeps nobody else from being served: only the database decides."""
        try:
            await self._parts.store.read(lambda tx: tx.cursors.get("probe"))
        except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
            return {"database": type(error).__name__}
        return {}

    async def _render(self) -> bytes:
        parts = self._parts
        await refresh(parts.metrics, parts.store, parts.clock, kinds=self._kinds)
        return parts.metrics.render()

    async def _lines(self) -> Sequence[Line]:
        return [
            Line(each.label, await each.channel.health() if each.channel else None)
            for each in self._supervisor.connections
        ]

    async def _watch(self) -> None:
        """What is known without asking the database: which connections stand and how long they have been silent."""
        metrics = self._parts.metrics
        while True:
            metrics.news_up.set(self._parts.news.listens)
            now = self._parts.clock.now()
            for connection in self._supervisor.connections:
                health = await connection.channel.health() if connection.channel else None
                metrics.channel_up.labels(connection.label).set(bool(health and health.up))
                heard = connection.admission.last_heard
                if heard is not None:
                    metrics.channel_silence_seconds.labels(connection.label).set((now - heard).total_seconds())
            await asyncio.sleep(1)
