"""Tells Celery's workers which jobs are due: their ids and nothing else."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from core.ports import Unavailable
from gateway.bootstrap import Parts
from gateway.runner import Wake
from gateway.worker import Broker, BrokerDown, open_broker

log = logging.getLogger(__name__)

CHUNK = 250
LONGEST = timedelta(seconds=1)
"""A bot that waits for the end of what somebody says is not to wait for the sweep too."""
COMPANY = timedelta(milliseconds=20)
MOST = 500


async def publish_jobs(parts: Parts, *, fresh: list[str], wake: Wake, every: timedelta) -> None:
    """Publish until cancelled: ``fresh`` ids at once, as they are marked as told already, and every so often (within
    ``LONGEST``) what is due and was told to nobody, or so long ago that the broker must have lost it.

    Under load ``COMPANY`` lets ids gather: publishing a chunk costs as much as publishing one.
    """
    broker, due = open_broker(parts.settings.jobs.broker_url.reveal(), queue=parts.settings.jobs.queue), 0.0
    loop = asyncio.get_running_loop()
    while True:
        woken = wake.next()
        ids = fresh[:]
        fresh.clear()
        await _tell(broker, ids)
        if loop.time() >= due:
            await publish_due(parts, broker)
            due = loop.time() + min(every, LONGEST).total_seconds()
        await asyncio.wait({woken}, timeout=due - loop.time())
        await asyncio.sleep(COMPANY.total_seconds())


async def publish_due(parts: Parts, broker: Broker) -> int:
    """Publish what is due now and not told yet; how many jobs."""
    told = 0
    try:
        while (ids := await _take(parts)) and await _tell(broker, ids):
            told += len(ids)
    except Unavailable:
        log.warning("Jobs wait: the database does not answer")
    return told


async def _tell(broker: Broker, ids: Sequence[str]) -> bool:
    """A broker that is down costs delay, not work: the rows are told again once they are stale."""
    try:
        for start in range(0, len(ids), CHUNK):
            await asyncio.to_thread(broker.publish, ids[start : start + CHUNK])
    except BrokerDown:
        log.warning("Jobs wait: the broker does not answer")
        return False
    return True


async def _take(parts: Parts) -> Sequence[str]:
    now, stale = parts.clock.now(), timedelta(seconds=parts.settings.jobs.stale_seconds)
    return await parts.store.write(lambda tx: tx.jobs.publish(now=now, stale=stale, limit=MOST))
