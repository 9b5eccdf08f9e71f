"""Visitors of the operators' desk, as a channel brings them, and operators hired for it."""

from dataclasses import dataclass
from datetime import timedelta

from core import attending
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.message import Address, Attachment, Inbound
from core.model.talk import Author, Chat
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
        """Words and files come in, and are worked on to the end."""
        now = self.desk.clock.now()
        inbound = Inbound("webchat", new_id(), self.address, now, text=text, connection="main", attachments=files)
        await self.desk.receive(inbound)

    async def call(self, text: str = "PETUGAS") -> str:
        """Ask the bot for a person; the id of the chat."""
        await self.say(text)
        talk = await self.desk.read(lambda tx: tx.talks.find(self.address))
        assert talk is not None
        assert talk.chat, "the bot called nobody"
        return talk.chat

    async def heard(self) -> list[str]:
        """What came from the desk: an operator's words, or what happened there."""

        def work(tx: Tx) -> list[str]:
            talk = tx.talks.find(self.address)
            lines = tx.talks.lines(talk.id, limit=1000) if talk else ()
            from_desk = (line for line in lines if line.author in {Author.OPERATOR, Author.SYSTEM})
            return [line.text if line.author is Author.OPERATOR else line.event for line in from_desk]

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
