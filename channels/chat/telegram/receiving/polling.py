"""Asking for updates: one is told to be done only when it is committed; those of a chat are taken in their order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from channels.chat.telegram.client import Client
from channels.chat.telegram.reading.mapping import Aside, Bot, Mapped, map_update
from channels.chat.telegram.receiving.handing import hand_in
from core.channel import Busy, Intake, Refused

MOST: Final = 100
STUCK_SECONDS: Final = 1.0
Do = Callable[[Aside], None]


@dataclass(slots=True)
class Polling:
    """One run. ``waiting``: what the core has not taken yet; nothing new is asked for meanwhile. ``target``: where to
    ask from once it has.
    """

    client: Client
    intake: Intake
    wait: int
    do: Do
    offset: int | None = None
    target: int = 0
    waiting: Sequence[Mapped] = field(default=(), repr=False)

    async def round(self, bot: Bot) -> float:
        """Ask once and hand in what there is; the seconds until the next. Raises Busy and as the client does; what is
        left then comes first in the next.
        """
        if self.offset is None:
            cursor = await self.intake.cursor()
            self.offset = self.target = int(cursor) if cursor and cursor.isdigit() else 0
        if not self.waiting:
            await self._ask(bot)
        stuck = bool(self.waiting) and self.target <= self.offset
        await self._deliver()
        self.offset = self.target
        return STUCK_SECONDS if stuck else 0.0

    async def _ask(self, bot: Bot) -> None:
        offset = self.offset or 0
        found = await self.client.updates(offset=offset, most=MOST, wait=self.wait)
        now = datetime.now(UTC)
        mapped = [map_update(update, bot=bot, now=now) for update in found]
        self.target = max((one.number + 1 for one in mapped), default=offset)
        self.waiting = [one for one in mapped if one.message is not None]
        for one in mapped:
            if one.message is None and one.aside is not None:
                self.do(one.aside)

    async def _deliver(self) -> None:
        """The last waits for the others: a cursor that is committed says that all before it are."""
        if not self.waiting:
            return
        *others, last = self.waiting
        lefts = await asyncio.gather(*(self._walk(lane) for lane in _lanes(others)))
        self.waiting = [*(one for left, _ in lefts for one in left), last]
        self._raise_busiest([busy for _, busy in lefts if busy is not None])
        left, busy = await self._walk([last], cursor=str(self.target))
        self.waiting = left
        self._raise_busiest([busy] if busy is not None else [])

    async def _walk(self, lane: Sequence[Mapped], *, cursor: str | None = None) -> tuple[Sequence[Mapped], Busy | None]:
        """What is left of a lane, and why."""
        for at, one in enumerate(lane):
            try:
                aside = await hand_in(one, self.intake, cursor=cursor, in_line=True)
            except Busy as busy:
                return lane[at:], busy
            except Refused:
                aside = one.aside if one.aside is not None and one.aside.callback else None
            if aside is not None:
                self.do(aside)
        return (), None

    def _raise_busiest(self, found: Sequence[Busy]) -> None:
        if found:
            raise max(found, key=lambda busy: busy.retry_after)


def _lanes(every: Sequence[Mapped]) -> Sequence[Sequence[Mapped]]:
    lanes: dict[str, list[Mapped]] = {}
    for one in every:
        lanes.setdefault(one.lane or str(one.number), []).append(one)
    return list(lanes.values())
