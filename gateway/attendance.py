"""Looks after the operators' desk: chats whose operator is gone, and visitors to whom nobody came."""

from datetime import timedelta

from core import attending
from core.office import Office
from core.ports import Clock, Store
from gateway.rounds import keep_doing

EVERY = timedelta(seconds=3)


class DeskWatch:
    """One for each process; of several each chat is looked after by one, under its lock."""

    def __init__(self, store: Store, office: Office, clock: Clock) -> None:
        self._store, self._office, self._clock = store, office, clock

    async def once(self) -> int:
        """How many were given back or ended, each in a transaction of its own. Raises Unavailable.

        A round that finds nothing writes nothing.
        """
        now, office, done = self._clock.now(), self._office, 0
        while await self._store.read(lambda tx: attending.is_untidy(tx, office=office, now=now)):
            some = await self._store.write(lambda tx: attending.tidy(tx, office=office, now=now, limit=1))
            if not some:  # Another process was faster.
                break
            done += some
        return done

    async def run(self, *, every: timedelta = EVERY) -> None:
        """Until cancelled."""
        await keep_doing(self.once, every=every, what="operators' desk")
