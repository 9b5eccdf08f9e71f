"""The operators' desk with its people, visitors of a chat, and a clock that is set by hand."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from core import attending, chatting
from core.attending import Saying
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.message import Address, Attachment, Inbound
from core.model.network import Capabilities, Manner
from core.model.people import Staff
from core.model.talk import Author, Chat, Line, Owner, Talk
from core.model.work import Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import SettableClock
from gateway.bootstrap import open_parts
from gateway.registry import find_channels
from gateway.settings import load_settings
from tests.flow.rig import write_config

Result = TypeVar("Result")
CHAT = Manner(is_chat=True, pause=timedelta(seconds=8))
WEBCHAT = Capabilities(measure=len, max_length=4_000, sends=False, attachments=True, choices=8)
TELEGRAM = Capabilities(measure=len, max_length=4_096, attachments=True, choices=8)


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
        now, message_id = self.desk.now, new_id()
        inbound = Inbound(self.channel, new_id(), self.address, now, text=text, connection="main", attachments=files)

        def work(tx: Tx) -> None:
            stored = StoredMessage(message_id, inbound)
            spot = tx.talks.enter([stored], new_id=new_id, now=now)[message_id]
            tx.messages.add_all([stored], now=now)
            outcome = Outcome.TALK if spot.owner is Owner.PERSON else Outcome.DRAFT
            tx.messages.settle([message_id], outcome)

        await self.desk.do(work)
        return message_id

    async def call(self) -> str:
        """Ask for a person; the id of the chat."""
        office, now = self.desk.office, self.desk.now

        def work(tx: Tx) -> str:
            found = tx.talks.find(self.address)
            assert found
            talk = tx.talks.lock(found.id)
            chat = chatting.call(tx, talk, office=office, now=now)
            tx.talks.save(chatting.owned(talk, Owner.WAITING, chat))
            return chat.id

        return await self.desk.do(work)

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
        """What others said, in order: an operator's words, or what happened."""
        return [
            line.text if line.author is Author.OPERATOR else line.event for line in await self.lines() if not_me(line)
        ]


def not_me(line: Line) -> bool:
    """Whether somebody else than the visitor said it."""
    return line.author is not Author.VISITOR


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
        await visitor.say("Saya mau bicara dengan petugas")
        return visitor, await visitor.call()

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


def chatty(office: Office) -> Office:
    """With two networks on which people chat, whatever channels there are."""
    capabilities: Mapping[str, Capabilities] = {"webchat": WEBCHAT, "telegram": TELEGRAM, **office.capabilities}
    return replace(office, capabilities=capabilities, manners={**office.manners, "webchat": CHAT, "telegram": CHAT})


@asynccontextmanager
async def open_desk(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    """With a migrated database and two operators."""
    config, specs = write_config(folder, database_url=database_url), find_channels()
    async with open_parts(load_settings(config, environ={}, channels=specs), specs) as parts:
        desk = Desk(parts.store, chatty(parts.office), SettableClock())
        for staff in (desk.rina, desk.tono):
            await parts.store.write(lambda tx, one=staff: tx.people.add(one))
        yield desk
