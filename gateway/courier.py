"""Takes replies from the outbox to one connection, and writes back what came of it."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core import delivery
from core.channel import Channel, OutcomeUnknown, SendError
from core.delivery import Attempt, Decided, Patience
from core.model.work import OutboxState, Reply
from core.office import Office
from core.ports import Clock, Store, Unavailable
from gateway.grouping import GroupCommit
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

AT_ONCE = 32
POLL = timedelta(milliseconds=250)
LAST_WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Post:
    """What every courier shares. ``wake`` is set when a commit of this process may have written replies."""

    store: Store
    clock: Clock
    owner: str
    lease: timedelta
    patience: Patience
    metrics: Metrics
    office: Office


class Courier:
    """Sends the replies of one connection. Only the process that owns the connection runs its courier."""

    def __init__(self, post: Post, channel: Channel, *, kind: str, name: str) -> None:
        self._post = post
        self._channel = channel
        self._kind = kind
        self._name = name
        self._sending: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._results: GroupCommit[Decided, None] = GroupCommit(self._record)
        self._seconds = post.metrics.delivery_seconds.labels(channel=kind)

    def wake(self) -> None:
        """There may be new replies."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; then what is being sent gets its answer, within a limit."""
        recording = asyncio.create_task(self._results.run(), name=f"courier-{self._kind}-{self._name}")
        try:
            await self._deliver()
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=LAST_WAIT.total_seconds())
            for task in self._sending:
                task.cancel()
            recording.cancel()
            await asyncio.gather(recording, *self._sending, return_exceptions=True)

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            try:
                found = await self._claim()
            except Unavailable:
                log.warning("Replies wait: the database does not answer", extra={"channel": self._kind})
                found = []
            for reply in found:
                task = asyncio.create_task(self._send(reply), name=f"send-{self._kind}")
                self._sending.add(task)
                task.add_done_callback(self._finished)
            if not found:
                await self._wait()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if len(self._sending) < AT_ONCE // 2:
            self._wake.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _claim(self) -> Sequence[Reply]:
        """Nothing is claimed while the connection is down: it would only come back."""
        free = AT_ONCE - len(self._sending)
        if free <= 0 or not (await self._channel.health()).up:
            return []
        post, now = self._post, self._post.clock.now()
        return await post.store.write(
            lambda tx: tx.outbox.claim(
                channel=self._kind, connection=self._name, owner=post.owner, now=now, lease=post.lease, limit=free
            )
        )

    async def _send(self, reply: Reply) -> None:
        result = await self._attempt(reply)
        now = self._post.clock.now()
        decided = delivery.decide(
            Attempt(reply, result),
            patience=self._post.patience,
            now=now,
            jitter=random.random(),  # noqa: S311
        )
        if decided.reply.state is OutboxState.SENT and reply.created_at is not None:
            self._seconds.observe((now - reply.created_at).total_seconds())
        try:
            await self._results.add(decided)
        except Unavailable:
            log.warning("A sent reply could not be marked; its lease will run out", extra={"reply": reply.id})

    async def _attempt(self, reply: Reply) -> tuple[str, ...] | SendError:
        try:
            async with asyncio.timeout(self._post.lease.total_seconds() * 0.8):
                return await self._channel.send(reply.outbound)
        except SendError as error:
            return error
        except TimeoutError:
            return OutcomeUnknown("no answer from the network in time")
        except Exception:
            log.exception("A channel failed to send", extra={"channel": self._kind, "reply": reply.id})
            return OutcomeUnknown("the channel failed while sending")

    async def _record(self, decided: Sequence[Decided]) -> Sequence[None]:
        post, now = self._post, self._post.clock.now()
        await post.store.write(lambda tx: delivery.record(tx, decided, owner=post.owner, office=post.office, now=now))
        return [None] * len(decided)
