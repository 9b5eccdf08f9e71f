"""``core.desk.Visits``: talks for the pages of those with whom they are, from the store."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from core import continuing, transcribing, visiting
from core.blobs import FileBlobs
from core.channel import Busy
from core.desk import Elsewhere, Fresh, Visit
from core.model.message import Address
from core.model.talk import Line, Transcript
from core.office import Office
from core.ports import Clock, News, Store, Tx, Unavailable

log = logging.getLogger(__name__)

NAMES_KEPT = timedelta(minutes=1)
Result = TypeVar("Result")
Close = Callable[[], Awaitable[None]]


class Lobby:
    """What visitors of talks ask, answered in one process."""

    def __init__(self, store: Store, news: News, *, office: Office, clock: Clock, blobs: FileBlobs) -> None:
        self._store = store
        self._news = news
        self._office = office
        self._clock = clock
        self._blobs = blobs
        self._closing: list[Close] = []
        self._met: dict[str, str] = {}
        self._met_since = datetime.min.replace(tzinfo=UTC)

    async def visit(self, address: Address) -> Visit:
        """See ``core.desk.Visits.visit``."""
        now = self._clock.now()
        return await self._read(lambda tx: visiting.visit(tx, address, now=now))

    async def news(self, known: Mapping[str, int], *, limit: int) -> Mapping[str, Fresh]:
        """See ``core.desk.Visits.news``."""
        now = self._clock.now()
        if now - self._met_since > NAMES_KEPT:  # Who was given another name is known by it soon.
            self._met, self._met_since = {}, now
        met = self._met
        return await self._read(lambda tx: visiting.find_news(tx, known, limit=limit, now=now, met=met))

    async def lines(self, talk: str, *, after: int, limit: int) -> Sequence[Line]:
        """See ``core.desk.Visits.lines``."""
        return await self._read(lambda tx: visiting.for_visitor(tx, tx.talks.lines(talk, after=after, limit=limit)))

    async def older(self, talk: str, *, before: int, limit: int) -> Sequence[Line]:
        """See ``core.desk.Visits.older``."""
        return await self._read(lambda tx: visiting.for_visitor(tx, tx.talks.newest(talk, before=before, limit=limit)))

    async def heads(self, talks: Collection[str]) -> Mapping[str, int]:
        """See ``core.desk.Visits.heads``."""
        states = await self._read(lambda tx: tx.talks.states(talks))
        return {talk: state.last_seq for talk, state in states.items() if state.revoked_at is None}

    def follow(self, told: Callable[[Collection[str]], None]) -> Callable[[], None]:
        """See ``core.desk.Visits.follow``."""
        return self._news.follow(told)

    async def see(self, talk: str, seq: int) -> None:
        """See ``core.desk.Visits.see``."""
        await self._write(lambda tx: tx.talks.see(talk, seq))

    async def is_typing(self, talk: str) -> None:
        """See ``core.desk.Visits.is_typing``."""
        await self._news.tell(f"typing:{talk}:visitor")

    async def rate(self, talk: str, stars: int, remark: str) -> None:
        """See ``core.desk.Visits.rate``."""
        now = self._clock.now()
        await self._write(lambda tx: visiting.rate(tx, talk, stars, remark, now=now))

    async def leave(self, talk: str) -> Visit:
        """See ``core.desk.Visits.leave``."""
        now = self._clock.now()
        return await self._write(lambda tx: visiting.leave(tx, talk, office=self._office, now=now))

    async def give_code(self, talk: str) -> Elsewhere:
        """See ``core.desk.Visits.give_code``."""
        office, now = self._office, self._clock.now()
        given = await self._write(lambda tx: continuing.give_code(tx, talk, office=office, now=now))
        return Elsewhere(given.code, given.until, by_sms=bool(office.postal.get("tel")))

    async def transcribe(self, talk: str, to: str, *, language: str) -> None:
        """See ``core.desk.Visits.transcribe``."""
        office, now = self._office, self._clock.now()
        await self._write(lambda tx: transcribing.send(tx, talk, to, language=language, office=office, now=now))

    async def transcript(self, token: str) -> tuple[Transcript, Sequence[Line]] | None:
        """What the link of a mail opens; None for one that is no good."""
        now = self._clock.now()

        def look(tx: Tx) -> tuple[Transcript, Sequence[Line]] | None:
            found = transcribing.read(tx, token, now=now)
            return found and (found[0], visiting.for_visitor(tx, found[1]))

        return await self._read(look)

    async def revoke(self, talk: str) -> None:
        """See ``core.desk.Visits.revoke``."""
        now = self._clock.now()
        await self._write(lambda tx: visiting.revoke(tx, talk, office=self._office, now=now))

    def hours(self, language: str) -> tuple[bool, str]:
        """See ``core.desk.Visits.hours``."""
        hours = self._office.hours
        return hours.are_open(self._clock.now()), hours.describe(language)

    def file(self, blob_id: str) -> AsyncIterator[bytes]:
        """See ``core.desk.Visits.file``."""
        return self._blobs.read(blob_id)

    def at_end(self, close: Close) -> None:
        """See ``core.desk.Visits.at_end``."""
        self._closing.append(close)

    async def close(self, _app: object = None) -> None:
        """The gateway stops: whoever is connected is told so. One that fails does not keep the others from it."""
        for outcome in await asyncio.gather(*(close() for close in self._closing), return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("visitors were not told that the gateway stops", exc_info=outcome)

    async def _read(self, work: Callable[[Tx], Result]) -> Result:
        try:
            return await self._store.read(work)
        except Unavailable as error:
            raise Busy("the database does not answer") from error

    async def _write(self, work: Callable[[Tx], Result]) -> Result:
        try:
            return await self._store.write(work)
        except Unavailable as error:
            raise Busy("the database does not answer") from error
