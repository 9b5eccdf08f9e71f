"""Files of accepted messages: fetched a few at a time, again for a day where Telegram does not give them."""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem
from channels.chat.telegram.reading.files import file_id
from channels.chat.telegram.settings import TelegramSettings
from core.channel import Busy, Intake, Refused
from core.filetypes import FileRefused, keep_file
from core.model.message import Attachment
from core.model.work import WantedFile

log = logging.getLogger(__name__)
AT_ONCE: Final = 8
LOOK_SECONDS: Final = 1.0
FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 1800.0


class NeverGiven(Exception):
    """Telegram will not give this file."""


@dataclass(slots=True)
class Fetcher:
    """Only the process that owns the connection runs it."""

    settings: TelegramSettings
    client: Client
    intake: Intake

    under_way: set[tuple[str, int]] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled. One that takes long keeps a place of its own only."""
        async with asyncio.TaskGroup() as group:
            while True:
                self.ended.clear()
                try:
                    await self._begin(group)
                    pause = LOOK_SECONDS
                except Busy as busy:
                    pause = busy.retry_after.total_seconds()
                await self._wait(pause)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        """What is due and not under way, while there are places. Raises Busy."""
        if len(self.under_way) == AT_ONCE:
            return
        for wanted in await self.intake.wanted(limit=2 * AT_ONCE):
            key = wanted.message_id, wanted.number
            if key not in self.under_way and len(self.under_way) < AT_ONCE:
                self.under_way.add(key)
                group.create_task(self._take(wanted, key), name="telegram-file")

    async def _wait(self, pause: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self.ended.wait()

    async def _take(self, wanted: WantedFile, key: tuple[str, int]) -> None:
        """What the core is too busy for stays wanted."""
        try:
            await self._try(wanted)
        except Busy:
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            self.under_way.discard(key)
            self.ended.set()

    async def _try(self, wanted: WantedFile) -> None:
        try:
            await self.intake.fetched(wanted, await self._fetch(wanted))
        except (NeverGiven, FileRefused, Refused) as error:
            log.warning("A file cannot be kept", extra=_facts(wanted, error))
            await self.intake.lost(wanted)
        except (NoConnection, NoAnswer, Problem, TimeoutError) as error:
            await self._later(wanted, error)

    async def _fetch(self, wanted: WantedFile) -> Attachment:
        limit, file = self.settings.max_file_bytes, wanted.file
        if file.size > limit:
            raise NeverGiven("larger than what is fetched")
        try:
            async with (
                asyncio.timeout(self.settings.file_seconds),
                self.client.open_file(file_id(file.reference), seconds=self.settings.file_seconds) as (_, content),
            ):
                return await keep_file(content, self._store, name=file.name, declared="", limit=limit)
        except Problem as problem:
            if problem.status == 400 and not problem.says("temporarily"):
                raise NeverGiven(str(problem)) from None
            raise

    async def _store(self, content: AsyncIterable[bytes], media_type: str, *, name: str) -> Attachment:
        """As an original: its size was limited here, and Telegram's limit may be above that of the pages."""
        return await self.intake.store(content, media_type, name=name, original=True)

    async def _later(self, wanted: WantedFile, error: Exception) -> None:
        now = datetime.now(UTC)
        attempts = wanted.attempts + 1
        wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT) * (0.75 + random.random() / 2)  # noqa: S311
        if _waited(attempts) > self.settings.file_hours * 3600:
            log.warning("A file was not given in all this time", extra=_facts(wanted, error))
            await self.intake.lost(wanted)
            return
        await self.intake.postpone(replace(wanted, attempts=attempts, not_before=now + timedelta(seconds=wait)))


def _waited(attempts: int) -> float:
    """How long so many attempts take in all, in seconds."""
    return sum(min(FIRST_WAIT * 2.0 ** min(one, 20), LONGEST_WAIT) for one in range(attempts - 1))


def _facts(wanted: WantedFile, error: Exception) -> dict[str, object]:
    return {
        "channel": "telegram",
        "id": wanted.message_id,
        "why": f"{type(error).__name__}: {error}",
        "attempts": wanted.attempts,
    }
