"""Hosts each connection: takes its lease, opens the channel, runs it and its courier, restarts what fails."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.channel import Channel
from core.ports import Clock, Store, Unavailable
from gateway.admission import Admission
from gateway.courier import Courier, Post

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class LeaseLost(Exception):
    """Another process holds this connection now."""


@dataclass(slots=True)
class Connection:
    """One configured connection and how it is just now."""

    kind: str
    name: str
    make: Callable[[], Channel]
    admission: Admission
    channel: Channel | None = None
    courier: Courier | None = None

    @property
    def label(self) -> str:
        """``kind/name``."""
        return f"{self.kind}/{self.name}"


@dataclass(slots=True)
class Supervisor:
    """Runs every connection of this process until cancelled."""

    store: Store
    clock: Clock
    owner: str
    post: Post
    connections: Sequence[Connection] = field(default_factory=tuple)

    def wake(self) -> None:
        """There may be new replies."""
        for connection in self.connections:
            if connection.courier is not None:
                connection.courier.wake()

    async def run(self) -> None:
        """One task for each connection; the failure of one does not touch the others."""
        async with asyncio.TaskGroup() as group:
            for connection in self.connections:
                group.create_task(self._host(connection), name=f"host-{connection.label}")

    async def _host(self, connection: Connection) -> None:
        wait = FIRST_WAIT
        while True:
            begun = self.clock.now()
            try:
                await self._run_once(connection)
            except* (Unavailable, LeaseLost) as group:
                log.warning("A connection pauses", extra=_facts(connection, group.exceptions[0]))
            except* Exception:
                log.exception("A channel stopped; it is opened again", extra=_facts(connection))
            long_run = self.clock.now() - begun > timedelta(seconds=LONGEST_WAIT)
            wait = FIRST_WAIT if long_run else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait * (0.5 + random.random() / 2))  # noqa: S311

    async def _run_once(self, connection: Connection) -> None:
        await self._take_lease(connection)
        channel = connection.channel = connection.make()
        courier = connection.courier = Courier(self.post, channel, kind=connection.kind, name=connection.name)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(channel.receive(connection.admission), name=f"receive-{connection.label}")
                group.create_task(courier.run(), name=f"courier-{connection.label}")
                group.create_task(self._keep_lease(connection), name=f"lease-{connection.label}")
        finally:
            connection.courier = None
            await self._give_up_lease(connection)

    async def _take_lease(self, connection: Connection) -> None:
        told = False
        while not await self._lease(connection):
            if not told:
                log.info("Another process hosts this connection", extra=_facts(connection))
                told = True
            await asyncio.sleep(LEASE.total_seconds() / 5)

    async def _lease(self, connection: Connection) -> bool:
        now = self.clock.now()
        return await self.store.write(
            lambda tx: tx.leases.take(connection.label, owner=self.owner, now=now, lease=LEASE)
        )

    async def _keep_lease(self, connection: Connection) -> None:
        """A database that does not answer is no reason to hang up while the lease still runs."""
        kept = self.clock.now()
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 5)
            try:
                held = await self._lease(connection)
            except Unavailable:
                held = self.clock.now() - kept < LEASE
            else:
                kept = self.clock.now()
            if not held:
                raise LeaseLost(connection.label)

    async def _give_up_lease(self, connection: Connection) -> None:
        try:
            await asyncio.shield(self.store.write(lambda tx: tx.leases.give_up(connection.label, owner=self.owner)))
        except Unavailable:
            log.warning("A lease could not be given up; it runs out by itself", extra=_facts(connection))


def _facts(connection: Connection, error: BaseException | None = None) -> dict[str, str]:
    facts = {"channel": connection.kind, "connection": connection.name}
    return facts | {"why": type(error).__name__} if error else facts
