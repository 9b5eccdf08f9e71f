"""A gateway in this process with a Telegram on loopback, and citizens who talk with the bot."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.chat.telegram.api_peer import BotApi, Sent
from core.model.message import Address
from core.model.report import Report
from core.model.talk import Line
from core.model.work import StoredMessage
from core.ports import Tx
from tests.flow.rig import Town, open_town, until

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 40 + b"\xff\xd9"
TELEGRAM = {"poll_seconds": 1, "back_off_max_seconds": 0.3, "check_seconds": 0.2, "pause_seconds": 0.3}


def telegram(api: BotApi, **changed: Any) -> dict[str, Any]:
    """Settings with short waits."""
    return {"token": api.token, "base_url": api.url, **TELEGRAM, **changed}


@dataclass
class Square:
    """A town and its Telegram."""

    api: BotApi
    town: Town

    async def reports(self, count: int, *, limit: float = 30.0) -> Sequence[Report]:
        """So many, once they are there and nothing is under way."""

        async def are_there() -> bool:
            return len(await self.town.reports()) >= count

        await until(are_there, limit=limit)
        await self.town.quiet(limit=limit)
        found = await self.town.reports()
        assert len(found) == count, f"{len(found)} reports instead of {count}"
        return found

    def said_to(self, user: int) -> list[Sent]:
        """What the bot wrote to somebody."""
        return [sent for sent in self.api.world.sent if sent.chat == user]

    async def lines(self, user: int) -> Sequence[Line]:
        """The talk with somebody, oldest first."""

        def work(tx: Tx) -> Sequence[Line]:
            talk = tx.talks.find(Address("tg", str(user)))
            return tx.talks.lines(talk.id, limit=1000) if talk else ()

        return await self.town.read(work)

    async def stored(self, external_id: str) -> StoredMessage | None:
        """A message by its id."""
        return await self.town.read(lambda tx: tx.messages.find("telegram", external_id))


@asynccontextmanager
async def open_square(
    folder: Path,
    database_url: str,
    api: BotApi,
    *,
    port: int = 0,
    limits: Mapping[str, int] | None = None,
    **changed: Any,
) -> AsyncIterator[Square]:
    """The gateway listens on ``port`` and asks for updates, unless ``mode`` says otherwise."""
    sections = {"telegram": telegram(api, **changed), "http": {"port": port}, "limits": limits or {}}
    async with open_town(folder, database_url, sections) as town:
        yield Square(api, town)
