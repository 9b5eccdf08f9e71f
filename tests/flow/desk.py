"""The operators' desk with its people, visitors of a chat, and a clock that is set by hand."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from core import attending
from core.attending import Saying
from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.lifecycle import Role
from core.model.message import Accepted, Address, Attachment, Inbound
from core.model.people import Staff
from core.model.talk import Author, Chat, Line, Talk
from core.model.work import JobKind
from core.office import Office
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import SettableClock
from gateway.bootstrap import open_parts
from gateway.registry import find_channels
from gateway.settings import load_settings
from gateway.steps import doing_due
from tests.flow.rig import write_config

Result = TypeVar("Result")


def somebody(username: str, name: str = "", *, role: Role = Role.CHAT_OPERATOR, agency: str = "nasional") -> Staff:
    """A member of staff."""
    return Staff(new_id(), username, role, agency, datetime(2026, 1, 1, tzinfo=UTC), name=name)


@dataclass
class Visitor:
    """Somebody who chats."""

    desk: "Desk"
    address: Address
    channel: str

    async def say(self, text: str, *files: Attachment) -> str:
        """As a channel brings it; the id of the message."""
        inbound = Inbound(
            self.channel, new_id(), self.address, self.desk.now, text=text, connection="main", attachments=files
        )
        offers, office, now = [Offer(inbound, f"{self.channel}/main")], self.desk.office, self.desk.now
        answers = await self.desk.do(lambda tx: accept_all(tx, offers, office=office, now=now))
        await self.desk.work()
        accepted = answers[0]
        assert isinstance(accepted, Accepted)
        return accepted.message_id

    async def call(self) -> str:
        """Ask the bot for a person; the id of the chat."""
        await self.say("PETUGAS")
        chat = (await self.talk()).chat
        assert chat, "the bot called nobody"
        return chat

    async def talk(self) -> Talk:
        """As it stands."""
        found = await self.desk.store.read(lambda tx: tx.talks.find(self.address))
        assert found
        return found

    async def lines(self) -> Sequence[Line]:
        """All of them."""
        talk = await self.talk()
        return await self.desk.store.read(lambda tx: tx.talks.lines(talk.id, limit=10_000))

    async def heard(self) -> list[str]:
        """What came from the desk, in order: an operator's words, or what happened there."""
        from_desk = (line for line in await self.lines() if line.author in {Author.OPERATOR, Author.SYSTEM})
        return [line.text if line.author is Author.OPERATOR else line.event for line in from_desk]


@dataclass
class Desk:
    """A store, its rules, the time, and operators."""

    store: SqlStore
    office: Office
    clock: SettableClock
    rina: Staff = field(default_factory=lambda: somebody("rina", "Rina Wulandari"))
    tono: Staff = field(default_factory=lambda: somebody("tono", "Tono Prasetyo"))

    @property
    def now(self) -> datetime:
        """The time by hand."""
        return self.clock.now()

    async def do(self, work: Callable[[Tx], Result]) -> Result:
        """A use case."""
        return await self.store.write(work)

    def visitor(self, number: int = 1, *, channel: str = "webchat") -> Visitor:
        """Somebody who has said nothing yet."""
        scheme = {"webchat": "web", "telegram": "tg"}[channel]
        return Visitor(self, Address(scheme, f"pengunjung-{number}"), channel)

    async def caller(self, number: int = 1, *, channel: str = "webchat") -> tuple[Visitor, str]:
        """Somebody who has asked for a person, and the chat."""
        visitor = self.visitor(number, channel=channel)
        return visitor, await visitor.call()

    async def work(self) -> None:
        """Every step that is due is done."""
        nothing: frozenset[JobKind] = frozenset()
        work = doing_due(limit=100, ids=None, kinds=nothing, office=self.office, now=self.now)
        while await self.do(work):
            pass

    async def take_next(self, staff: Staff) -> Chat | None:
        """The one that waits longest."""
        return await self.do(lambda tx: attending.take_next(tx, staff, office=self.office, now=self.now))

    async def take(self, chat_id: str, staff: Staff) -> Chat:
        """This one."""
        return await self.do(lambda tx: attending.take(tx, chat_id, staff, office=self.office, now=self.now))

    async def keep(self, staff: Staff) -> set[str]:
        """The heartbeat of somebody's page."""
        return set(await self.do(lambda tx: attending.keep(tx, staff, office=self.office, now=self.now)))

    async def speak(self, chat_id: str, text: str, staff: Staff, *, client_id: str = "") -> int:
        """Say something."""
        saying = Saying(client_id or new_id(), text)
        return await self.do(lambda tx: attending.speak(tx, chat_id, saying, staff, office=self.office, now=self.now))

    async def hand_on(self, chat_id: str, to: str, staff: Staff) -> Chat:
        """To somebody, or to the queue."""
        return await self.do(lambda tx: attending.hand_on(tx, chat_id, to, staff, office=self.office, now=self.now))

    async def close(self, chat_id: str, staff: Staff) -> Chat:
        """It is over."""
        return await self.do(lambda tx: attending.close(tx, chat_id, staff, office=self.office, now=self.now))

    async def tidy(self) -> int:
        """What the periodic round does."""
        return await self.do(lambda tx: attending.tidy(tx, office=self.office, now=self.now))

    async def chat(self, chat_id: str) -> Chat:
        """As it stands."""
        found = await self.store.read(lambda tx: tx.chats.get(chat_id))
        assert found
        return found


@asynccontextmanager
async def open_desk(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    """With a migrated database and two operators."""
    config, specs = write_config(folder, database_url=database_url), find_channels()
    async with open_parts(load_settings(config, environ={}, channels=specs), specs) as parts:
        desk = Desk(parts.store, parts.office, SettableClock())
        for staff in (desk.rina, desk.tono):
            await parts.store.write(lambda tx, one=staff: tx.people.add(one))
        yield desk
