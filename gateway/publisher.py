"""Tells Celery's workers which jobs are due: their ids and nothing else."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from core.ports import Unavailable
from gateway.bootstrap import Parts
from gateway.worker import Broker, BrokerDown, open_broker

log = logging.getLogger(__name__)

CHUNK = 50
MOST = 500
STALE = timedelta(seconds=30)


async def publish_jobs(parts: Parts, *, wake: asyncio.Event, every: timedelta) -> None:
    """Publish due jobs until cancelled: at once when ``wake`` is set, and every so often what a crash or a
    broker lost.
    """
    broker = open_broker(parts.settings.jobs.broker_url.reveal())
    while True:
        wake.clear()
        await publish_due(parts, broker)
        try:
            async with asyncio.timeout(every.total_seconds()):
                await wake.wait()
        except TimeoutError:
            continue


async def publish_due(parts: Parts, broker: Broker) -> int:
    """Publish what is due now; how many jobs. A broker that is down costs delay, not work."""
    told = 0
    try:
        while ids := await _take(parts):
            for start in range(0, len(ids), CHUNK):
                await asyncio.to_thread(broker.publish, ids[start : start + CHUNK])
            told += len(ids)
    except BrokerDown:
        log.warning("Jobs wait: the broker does not answer")
    except Unavailable:
        log.warning("Jobs wait: the database does not answer")
    return told


async def _take(parts: Parts) -> Sequence[str]:
    now = parts.clock.now()
    return await parts.store.write(lambda tx: tx.jobs.publish(now=now, stale=STALE, limit=MOST))
