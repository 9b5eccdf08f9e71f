"""A toy network's channel that keeps the whole contract: JSON lines over TCP. The kit is proven with it.

Its small methods are the places where the broken channels of ``test_the_kit_catches_broken_channels`` go wrong.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import logging
import unicodedata
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.channel import (
    Busy,
    Capabilities,
    Health,
    Intake,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    SendError,
    Throttled,
    Unreachable,
    Unsupported,
)
from core.model.message import Address, Attachment, Delivery, Inbound, Outbound, Part, Receipt
from core.model.secret import Secret

log = logging.getLogger(__name__)
PIECE = 100
PAUSE = 0.02
Frame = dict[str, Any]


class LogInRefused(Exception):
    """The network does not take our password."""


def measure(text: str) -> int:
    """Pieces of 100 characters."""
    return max(1, -(-len(text) // PIECE))


CAPABILITIES = Capabilities(measure=measure, max_length=5, attachments=True, parts=True, receipts=True)


def read(pieces: Sequence[bytes | None]) -> str:
    """The text of a message from its lines."""
    return "".join(clean(json.loads(piece)["text"]) for piece in pieces if piece is not None)


def clean(text: str) -> str:
    """NFC without NUL and lone surrogates."""
    kept = "".join(sign for sign in text if sign != "\x00" and not "\ud800" <= sign <= "\udfff")
    return unicodedata.normalize("NFC", kept)


class ToyChannel:
    """One connection: logs in, is brought messages, sends replies."""

    capabilities = CAPABILITIES

    def __init__(self, *, port: int, password: Secret, patience: float = 0.2) -> None:
        self._port = port
        self._password = password
        self._patience = patience
        self._writer: asyncio.StreamWriter | None = None
        self._state = "not connected"
        self._waiting: dict[int, asyncio.Future[Frame]] = {}

    async def receive(self, intake: Intake) -> None:
        """Connect, listen, and come back after every loss."""
        while True:
            await self._try_to_visit(intake)
            await asyncio.sleep(PAUSE)

    async def _try_to_visit(self, intake: Intake) -> None:
        try:
            await self._visit(intake)
            self._state = "connection lost"
        except LogInRefused:
            self._state = "log-in refused"
        except OSError:
            self._state = "not connected"
        finally:
            self._writer = None

    async def _visit(self, intake: Intake) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await self._log_in(reader, writer)
            self._writer, self._state = writer, "connected"
            async with asyncio.TaskGroup() as group:
                await self._listen(reader, intake, group)
        finally:
            await self._hang_up(writer)

    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        for answer in self._waiting.values():
            answer.cancel()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _log_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps({"password": self._password.reveal()}).encode() + b"\n")
        if json.loads(await reader.readline() or b"{}").get("welcome") is not True:
            raise LogInRefused

    async def _listen(self, reader: asyncio.StreamReader, intake: Intake, group: asyncio.TaskGroup) -> None:
        tasks = [group.create_task(self._obey(line, frame, intake)) async for line, frame in self._frames(reader)]
        for task in tasks:
            task.cancel()

    async def _frames(self, reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, Frame]]:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                try:
                    frame = json.loads(line)
                except ValueError:
                    log.warning("unreadable line", extra={"size": len(line)})
                    continue
                yield line, frame

    async def _obey(self, line: bytes, frame: Frame, intake: Intake) -> None:
        match frame:
            case {"id": _, "from": _, "text": _}:
                await self._take(line, frame, intake)
            case {"number": int(number)}:
                self._answered(number, frame)
            case {"delivered": str(external_id)}:
                await intake.receipt(self._receipt(external_id))
            case _:
                log.warning("unknown frame")

    async def _take(self, line: bytes, frame: Frame, intake: Intake) -> None:
        try:
            await intake.accept(await self._inbound(line, frame, intake))
            self._tell(frame, "accepted")
        except Busy:
            self._tell(frame, "busy")
        except Refused:
            self._tell(frame, "refused")

    def _tell(self, frame: Frame, verdict: str) -> None:
        if self._writer is not None:
            self._writer.write(json.dumps({"told": frame["id"], "verdict": verdict}).encode() + b"\n")

    async def _inbound(self, line: bytes, frame: Frame, intake: Intake) -> Inbound:
        return Inbound(
            channel="toy",
            external_id=self._external_id(frame),
            sender=Address("toy", frame["from"]),
            received_at=self._now(),
            text=self._clean(frame["text"]),
            fingerprint=hashlib.sha256(line).digest(),
            route=self._route(frame),
            attachments=tuple([await self._store(file, intake) for file in frame.get("files", ())]),
            part=self._part(frame),
            raw=self._raw(line),
        )

    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _raw(self, line: bytes) -> bytes:
        return line

    def _external_id(self, frame: Frame) -> str:
        return f"{frame['id']}"

    def _clean(self, text: str) -> str:
        return clean(text)

    def _route(self, frame: Frame) -> dict[str, str]:
        return {"to": frame["from"]}

    def _part(self, frame: Frame) -> Part | None:
        if "part" not in frame:
            return None
        reference, number, total = frame["part"]
        return Part(f"{frame['from']}/{reference}", number, total)

    async def _store(self, file: str, intake: Intake) -> Attachment:
        async def content() -> AsyncIterator[bytes]:
            yield base64.b64decode(file)

        return await intake.store(content(), "image/jpeg")

    def _receipt(self, external_id: str) -> Receipt:
        return Receipt("toy", (external_id,), Delivery.DELIVERED, datetime.now(UTC))

    def _answered(self, number: int, frame: Frame) -> None:
        if (answer := self._waiting.get(number)) and not answer.done():
            answer.set_result(frame)

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Each piece that was not taken before, and the ids of all of them."""
        self._check(message)
        pieces = [message.text[start : start + PIECE] for start in range(0, len(message.text), PIECE)]
        ids = list(self._taken_before(message) or [""] * len(pieces))
        for index, piece in enumerate(pieces):
            if not ids[index]:
                ids[index] = await self._send_piece(piece, message.route["to"], tuple(ids))
        return tuple(ids)

    def _taken_before(self, message: Outbound) -> tuple[str, ...]:
        return message.accepted

    def _check(self, message: Outbound) -> None:
        if measure(message.text) > CAPABILITIES.max_length:
            raise Unsupported("longer than five pieces")

    async def _send_piece(self, text: str, to: str, taken: tuple[str, ...]) -> str:
        if self._writer is None:
            raise self._not_connected(to)
        number = len(self._waiting) + 1
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"number": number, "to": to, "text": text}).encode() + b"\n")
        try:
            async with asyncio.timeout(self._patience):
                return self._id_in(await answer, taken)
        except TimeoutError:
            raise self._unanswered(taken) from None

    def _not_connected(self, _to: str) -> SendError:
        return Misconfigured(self._state) if self._state == "log-in refused" else Unreachable(self._state)

    def _unanswered(self, taken: tuple[str, ...]) -> SendError:
        return OutcomeUnknown("the network did not answer", accepted=taken)

    def _id_in(self, answer: Frame, taken: tuple[str, ...]) -> str:
        if "wait" in answer:
            raise Throttled("the network asks to wait", retry_after=timedelta(seconds=answer["wait"]), accepted=taken)
        return str(answer["sent"])

    async def health(self) -> Health:
        """From memory."""
        return Health(up=self._writer is not None, detail=self._state)


class FetchingToyChannel(ToyChannel):
    """The same network, asked for what comes after a cursor."""

    async def _listen(self, reader: asyncio.StreamReader, intake: Intake, group: asyncio.TaskGroup) -> None:
        fetching = group.create_task(self._fetch(intake))
        await super()._listen(reader, intake, group)
        fetching.cancel()

    async def _fetch(self, intake: Intake) -> None:
        cursor = int(await self._start_of(intake) or 0)
        while True:
            for position, line, frame in await self._page_after(cursor):
                try:
                    await intake.accept(await self._inbound(line, frame, intake), cursor=str(position))
                except Busy:
                    break
                except Refused:
                    log.warning("the core refused a message")
                cursor = position
            await asyncio.sleep(PAUSE)

    async def _start_of(self, intake: Intake) -> str | None:
        return await intake.cursor()

    async def _page_after(self, cursor: int) -> list[tuple[int, bytes, Frame]]:
        if self._writer is None:
            return []
        page = self._waiting[0] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"fetch": cursor}).encode() + b"\n")
        rows = (await page)["page"]
        return [(position, json.dumps(frame).encode(), frame) for position, frame in rows if "text" in frame]
