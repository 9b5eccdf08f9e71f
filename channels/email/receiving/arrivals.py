"""Mails on their way into the core: read, stored, accepted; each is answered only after its commit."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol, TypeVar

from channels.email.letter.model import Envelope, Letter, Mailbox
from channels.email.receiving.mapping import (
    EML,
    LARGEST_RAW,
    UNREADABLE,
    Arrival,
    Kept,
    Ours,
    fingerprint,
    is_of_from,
    map_bounce,
    map_mail,
)
from channels.email.receiving.readers.reading import Question, Reading
from channels.email.receiving.settings import ReceivingSettings
from channels.email.receiving.smtp.limits import Room
from channels.email.sorting.robots import Own
from core.channel import Busy, Intake, Refused
from core.model.message import Attachment, Inbound, Mark, Origin

log = logging.getLogger(__name__)

OK: Final = "250 2.0.0 Ok"
BUSY: Final = "451 4.3.2 Busy, try again later"
FAILED: Final = "451 4.3.0 Try again later"
REFUSED: Final = "550 5.7.1 The mail is not taken"
LARGE: Final = 262_144
"""Octets from which a mail is digested away from the event loop."""

RUN: Final = 1_048_576
REMEMBERED: Final = 2_000
SHORTEST: Final = 160

Result = TypeVar("Result")


class Reads(Protocol):
    """Reads mails: the pool of processes."""

    async def read(self, raw: bytes, question: Question) -> tuple[Reading, Sequence[memoryview]]:
        """What a mail says, and the contents of its files. Raises Busy."""
        ...


class Checks(Protocol):
    """Finds out whether mails are from whom they say."""

    async def check(self, raw: bytes, letter: Letter, envelope: Envelope) -> Mark | None:
        """Of ``letter`` only the sender is looked at. Never raises."""
        ...


class Arrivals:
    """Every mail that is complete. Whoever brought it may hang up: what is begun is ended."""

    def __init__(
        self,
        settings: ReceivingSettings,
        *,
        ours: Ours,
        readers: Reads,
        now: Callable[[], datetime],
        room: Room,
        trusted: str = "",
        checks: Checks | None = None,
    ) -> None:
        self._settings = settings
        self._ours = ours
        self._own = Own(ours.addresses, next(iter(sorted(ours.domains)), ""), ours.mark.lower())
        self._readers = readers
        self._now = now
        self._room = room
        self._trusted = trusted
        self._checks = checks
        self._intake: Intake | None = None
        self._under_way: dict[bytes, asyncio.Task[str]] = {}
        self._stored: OrderedDict[tuple[bytes, int], Attachment] = OrderedDict()

    def open(self, intake: Intake) -> None:
        """Hand mails to ``intake`` from now on."""
        self._intake = intake

    async def close(self, limit: float) -> None:
        """Take no more, give what is under way ``limit`` seconds, drop the rest unanswered: it comes again."""
        self._intake = None
        tasks = set(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=limit)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take(self, raw: bytes, envelope: Envelope) -> str:
        """The answer for a mail. One that comes twice at the same time is accepted once; each copy takes room while it
        is here.
        """
        self._room.keep(len(raw))
        is_handed_on = False
        try:
            mark = await asyncio.to_thread(fingerprint, raw) if len(raw) > LARGE else fingerprint(raw)
            intake = self._intake
            if intake is None:
                return BUSY
            task = self._under_way.get(mark)
            if task is None:
                task, is_handed_on = self._begin(intake, Arrival(raw, envelope, mark, self._now())), True
            await asyncio.wait({task})
        finally:
            if not is_handed_on:
                self._room.give_back(len(raw))
        return BUSY if task.cancelled() else task.result()

    def _begin(self, intake: Intake, arrival: Arrival) -> "asyncio.Task[str]":
        """It gives the mail's room back, also where whoever waits for it goes away."""
        task = self._under_way[arrival.mark] = asyncio.get_running_loop().create_task(self._settle(intake, arrival))
        task.add_done_callback(lambda _: self._end(arrival))
        return task

    def _end(self, arrival: Arrival) -> None:
        del self._under_way[arrival.mark]
        self._room.give_back(len(arrival.raw))

    async def _settle(self, intake: Intake, arrival: Arrival) -> str:
        """What the core said, as an answer; what nobody foresaw means *bring it again*."""
        try:
            await self._accept(intake, arrival)
        except Busy:
            return BUSY
        except Refused as refused:
            log.warning("The core refused a mail", extra={"reason": str(refused)})
            return REFUSED
        except Exception:
            log.exception("A mail could not be accepted")
            return FAILED
        return OK

    async def _accept(self, intake: Intake, arrival: Arrival) -> None:
        question = Question(arrival.envelope, self._own, self._settings.max_files, self._trusted)
        original: Attachment | None = None
        if len(arrival.raw) > LARGEST_RAW:  # a row holds 64 KiB of a mail
            keeping, asking = self._keep_original(intake, arrival), self._readers.read(arrival.raw, question)
            original, (reading, contents) = await _both(keeping, asking)
        else:
            reading, contents = await self._readers.read(arrival.raw, question)
        if reading.problem:
            log.warning("A mail could not be read and is kept", extra={"problem": reading.problem})
            original = original or await self._keep_original(intake, arrival)
            kept = Kept(original, files=(original,))
        else:
            kept = await self._keep_files(intake, arrival, reading, contents, original)
            kept = replace(kept, proof=await self._prove(arrival, reading))
        receipt = map_bounce(reading, arrival, ours=self._ours)
        if receipt is not None:
            await intake.receipt(receipt)
        inbound = map_mail(reading, arrival, kept, ours=self._ours, longest=self._settings.max_text)
        await _offer(intake, inbound)

    async def _prove(self, arrival: Arrival, reading: Reading) -> Mark | None:
        """What the server in front found out, or else we."""
        if reading.origin is not Origin.PERSON:
            return reading.proof
        if not is_of_from(reading, arrival.envelope):
            return Mark.SENDER_DOUBTFUL
        if reading.proof is not None or self._checks is None:
            return reading.proof
        address = f"@{reading.domain}"
        letter = Letter(headers=(("from", address),), sender=Mailbox(address=address))
        return await self._checks.check(arrival.raw, letter, arrival.envelope)

    async def _keep_original(self, intake: Intake, arrival: Arrival) -> Attachment:
        return await self._keep(intake, (arrival.mark, -1), arrival.raw, EML, name=UNREADABLE, original=True)

    async def _keep_files(
        self,
        intake: Intake,
        arrival: Arrival,
        reading: Reading,
        contents: Sequence[memoryview],
        original: Attachment | None,
    ) -> Kept:
        """A file that is not taken stays in the original; those of a robot do, too."""
        if reading.origin is not Origin.PERSON or not reading.files:
            return Kept(original)
        keeping = [
            self._keep(intake, (arrival.mark, number), content, file.media_type, name=file.name)
            for number, (file, content) in enumerate(zip(reading.files, contents, strict=True))
        ]
        results = await asyncio.gather(*keeping, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Refused):
                raise result
        files = tuple(result for result in results if isinstance(result, Attachment))
        return Kept(original, files, all_of_them=len(files) == len(results))

    async def _keep(
        self,
        intake: Intake,
        key: tuple[bytes, int],
        content: bytes | memoryview,
        media_type: str,
        *,
        name: str,
        original: bool = False,
    ) -> Attachment:
        """Once for a mail, also when it comes again because the database was away."""
        known = self._stored.get(key)
        if known is None:
            known = await intake.store(_runs(content), media_type, name=name, original=original)
        self._stored[key] = known
        self._stored.move_to_end(key)
        if len(self._stored) > REMEMBERED:
            self._stored.popitem(last=False)
        return known


async def _offer(intake: Intake, inbound: Inbound) -> None:
    """Accepted as it is, or with less of it: the original is kept in any case."""
    while True:
        try:
            await intake.accept(inbound)
        except Refused as refused:
            smaller = _smaller(inbound, refused.field)
            if smaller is None:
                raise
            inbound = smaller
        else:
            return


def _smaller(inbound: Inbound, field: str) -> Inbound | None:
    """Without what is too much; None where nothing can be left out."""
    if field == "attachments" and inbound.attachments:
        from_context = inbound.attachments[: len(inbound.attachments) // 2]
        return replace(inbound, attachments=from_context)
    if field == "text" and len(inbound.text) > SHORTEST:
        half = max(SHORTEST, len(inbound.text) // 2)
        return replace(inbound, text=inbound.text[:half], context=f"{inbound.text[half:]}\n\n{inbound.context}")
    return None


async def _runs(content: bytes | memoryview) -> AsyncIterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(view), RUN):
        yield view[start : start + RUN]  # type: ignore[misc] # what takes octets takes a view of them


async def _both(first: Awaitable[Attachment], second: Awaitable[Result]) -> tuple[Attachment, Result]:
    """Side by side; what goes wrong in one is told when both have ended."""
    one, two = await asyncio.gather(first, second, return_exceptions=True)
    if isinstance(one, BaseException):
        raise one
    if isinstance(two, BaseException):
        raise two
    return one, two
