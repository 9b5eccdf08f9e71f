"""What has to be done every so often: abandoned replies, forgotten PINs, figures for the metrics."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import delivery, undelivered
from core.delivery import Patience
from core.office import Office
from core.ports import Clock, Store, Tx
from gateway.agencies import learn_agencies
from gateway.metrics import Metrics, StoreFigures
from gateway.ownership import end_dead
from gateway.rounds import keep_doing

log = logging.getLogger(__name__)

PIN_KEPT = timedelta(hours=24)
RECEIPTS_KEPT = timedelta(days=1)
NOTICES_KEPT = timedelta(days=90)
PASSES_KEPT = timedelta(days=7)
BALANCED = timedelta(days=2)
DRAFTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chores:
    """What the chores need."""

    store: Store
    clock: Clock
    owner: str
    patience: Patience
    office: Office

    async def once(self) -> None:
        """Do them all."""
        now = self.clock.now()
        await learn_agencies(self.store, self.office)
        await self.store.write(lambda tx: end_dead(tx, ours=self.owner, now=now))
        await self.store.write(lambda tx: delivery.take_over_abandoned(tx, patience=self.patience, now=now))
        await self.store.write(lambda tx: _forget(tx, now))
        await self.store.write(lambda tx: undelivered.take_gone(tx, office=self.office, now=now))

    async def run(self, *, every: timedelta) -> None:
        """Until cancelled."""
        await keep_doing(self.once, every=every, what="chores")


def _forget(tx: Tx, now: datetime) -> None:
    tx.reports.forget_pins(before=now - PIN_KEPT)
    tx.outbox.forget_receipts(before=now - RECEIPTS_KEPT)
    tx.sessions.forget(before=now)
    tx.guesses.forget(before_hour=int(now.timestamp()) // 3600 - 24)
    tx.notices.forget(before=now - NOTICES_KEPT)
    tx.answered.forget(before=now)
    tx.passes.forget(before=now - PASSES_KEPT)
    tx.codes.forget(before=now - PASSES_KEPT)
    tx.transcripts.forget(before=now)


async def refresh(metrics: Metrics, store: Store, clock: Clock, *, kinds: Iterable[str]) -> None:
    """Count in the database what only it knows. Every one of ``kinds`` has a balance, also before its first message."""
    now = clock.now()
    metrics.refresh(await store.read(lambda tx: _figures(tx, now, kinds)))


def _figures(tx: Tx, now: datetime, kinds: Iterable[str]) -> StoreFigures:
    return StoreFigures(
        reports=dict(tx.reports.figures().by_state),
        jobs_due=tx.figures.jobs_due(now=now),
        outbox=tx.figures.outbox(),
        balance=dict.fromkeys(kinds, 0) | dict(tx.figures.balance(since=now - BALANCED, drafts_before=now - DRAFTED)),
        chats=tx.figures.chats(now=now),
        drafts=tx.figures.drafts(),
        links={(kind.value, decision): count for (kind, decision), count in tx.links.counts().items()},
    )
