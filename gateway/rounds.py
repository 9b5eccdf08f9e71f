"""What is done every so often, for as long as the process lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from core.ports import Unavailable

log = logging.getLogger(__name__)


async def keep_doing(once: Callable[[], Awaitable[object]], *, every: timedelta, what: str) -> None:
    """Do a round, wait, do the next one, until cancelled.

    A round that fails is told to the log and the next one comes: nothing else in the process stops for it.
    """
    while True:
        try:
            await once()
        except Unavailable:
            log.warning("A round waits: the database does not answer", extra={"round": what})
        except Exception:
            log.exception("A round failed", extra={"round": what})
        await asyncio.sleep(every.total_seconds())
