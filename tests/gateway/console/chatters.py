"""Visitors of the operators' desk, as a channel brings them, and operators hired for it."""

from dataclasses import dataclass
from datetime import timedelta

from core import attending, chatting
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.message import Address, Attachment, Inbound
from core.model.talk import Author, Chat, Owner
from core.model.work import Outcome, StoredMessage
from core.ports import Tx
from tests.gateway.console.desk import Desk

LEASE = timedelta(seconds=45)


@dataclass
class Chatter:
    """Somebody who chats with the gateway of a test."""

    desk: Desk
    number: int = 1

    @property
    def address(self) -> Address:
        """Of nobody else."""
        return Address("web", f"pengunjung-{self.number}")

    async def say(self, text: str, *files: Attachment) -> None:
        """Words and files become a line, and part of what the bot or a person heard."""
        now, message_id = self.desk.clock.now(), new_id()
        inbound = Inbound("webchat", new_id(), self.address, now, text=text, connection="main", attachments=files)

        def work(tx: Tx) -> None:
            stored = StoredMessage(message_id, inbound)
            spot = tx.talks.enter([stored], new_id=new_id, now=now)[message_id]
            tx.messages.add_all([stored], now=now)
            tx.messages.settle([message_id], Outcome.TALK if spot.owner is Owner.PERSON else Outcome.DRAFT)

        await self.desk.write(work)

    async def call(self, text: str = "Saya mau bicara dengan petugas") -> str:
        """Ask for a person; the id of the chat."""
        await self.say(text)
        office, now = self.desk.parts.office, self.desk.clock.now()

        def work(tx: Tx) -> str:
            found = tx.talks.find(self.address)
            assert found
            talk = tx.talks.lock(found.id)
            chat = chatting.call(tx, talk, office=office, now=now)
            tx.talks.save(chatting.owned(talk, Owner.WAITING, chat))
            return chat.id

        return await self.desk.write(work)

    async def heard(self) -> list[str]:
        """What others said: an operator's words, or what happened."""

        def work(tx: Tx) -> list[str]:
            talk = tx.talks.find(self.address)
            lines = tx.talks.lines(talk.id, limit=1000) if talk else ()
            others = (line for line in lines if line.author is not Author.VISITOR)
            return [line.text if line.author is Author.OPERATOR else line.event for line in others]

        return await self.desk.read(work)


async def hire_operators(desk: Desk) -> None:
    """Two of them, of the national agency."""
    await desk.hire("ayu", Role.CHAT_OPERATOR, "nasional", "Ayu Wulandari")
    await desk.hire("joko", Role.CHAT_OPERATOR, "nasional", "Joko Prasetyo")


async def pass_by(desk: Desk, time: timedelta) -> int:
    """Time passes, and the periodic round comes by."""
    now = desk.clock.forward(time)
    return await desk.write(lambda tx: attending.tidy(tx, office=desk.parts.office, now=now))


async def chat(desk: Desk, chat_id: str) -> Chat:
    """As it stands."""
    found = await desk.read(lambda tx: tx.chats.get(chat_id))
    assert found is not None
    return found
