"""The same core with two chats beside SMS, played by hand: everything goes through a talk, line by line."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core.channel import Capabilities
from core.ids import new_id
from core.model.message import Address, Inbound
from core.model.network import Manner
from core.model.talk import Line, Talk
from core.model.work import Reply
from core.testing.clocks import MONDAY_MORNING
from tests.flow.post import OFFICE, Post

CHAT = Manner(is_chat=True, pause=timedelta(seconds=4), remind_after=timedelta(minutes=10), files=True)
CHATTING = replace(
    OFFICE,
    capabilities={
        **OFFICE.capabilities,
        "sms": Capabilities(measure=lambda text: 1 + max(0, len(text) - 1) // 153, max_length=3),
        "telegram": Capabilities(measure=len, max_length=4096, choices=8, fetches_files=True, attachments=True),
        "webchat": Capabilities(measure=len, max_length=4000, choices=12, sends=False, attachments=True),
    },
    manners={"telegram": CHAT, "webchat": CHAT},
    readers={"sms": lambda raws: "".join(raw.decode() for raw in raws if raw)},
)
SCHEMES = {"sms": "tel", "telegram": "tg", "webchat": "web"}
VALUES = {"sms": "6281234567890", "telegram": "70012345", "webchat": "w" * 22}


@dataclass
class Person(Post):
    """Somebody on one network, who says one thing after another."""

    network: str = "telegram"
    name: str = ""

    @property
    def address(self) -> Address:
        """Where they are."""
        return Address(SCHEMES[self.network], self.name or VALUES[self.network])

    def words(self, text: str, **given: Any) -> Inbound:
        """A message that was not brought yet."""
        external_id = given.pop("external_id", "") or new_id()
        return Inbound(
            channel=self.network,
            connection="main",
            external_id=external_id,
            sender=self.address,
            received_at=self.now,
            text=text,
            fingerprint=external_id.encode(),
            **given,
        )

    async def says(self, text: str, **given: Any) -> list[str]:
        """What comes back at once, as it is read."""
        self.now += timedelta(seconds=1)
        return await self.brings(self.words(text, **given))

    async def brings(self, *messages: Inbound) -> list[str]:
        """As ``says``, for messages that come together."""
        before = await self.told()
        await self.take(*messages)
        await self.work()
        return (await self.told())[len(before) :]

    async def waits(self, span: timedelta) -> list[str]:
        """Time passes, and what is due is done."""
        before = await self.told()
        self.now += span
        await self.work()
        return (await self.told())[len(before) :]

    async def told(self) -> list[str]:
        """Every word that was written to this person and is wanted, oldest first."""
        replies = await self.read(lambda tx: tx.outbox.listing(limit=1000))
        mine = [each for each in replies if each.outbound.to == self.address and each.state.value != "unwanted"]
        return [each.outbound.text for each in sorted(mine, key=_written)]

    async def talk(self) -> Talk:
        """As it stands."""
        found = await self.read(lambda tx: tx.talks.find(self.address))
        assert found is not None
        return found

    async def transcript(self) -> list[Line]:
        """Every line; numbered without gap or double."""
        talk = await self.talk()
        lines = list(await self.read(lambda tx: tx.talks.lines(talk.id, limit=1000)))
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
        return lines


def _written(reply: Reply) -> tuple[Any, ...]:
    return reply.created_at or MONDAY_MORNING, reply.not_before or MONDAY_MORNING, reply.id
