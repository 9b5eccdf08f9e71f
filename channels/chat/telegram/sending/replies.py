"""One reply: a plain text with its choices as buttons. Never a parse mode: what a citizen wrote may stand in it."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem
from channels.chat.telegram.reading.mapping import SCHEME, message_id
from channels.chat.telegram.reading.presses import buttons
from channels.chat.telegram.reading.words import units
from channels.chat.telegram.receiving.standing import Standing
from channels.chat.telegram.sending.errors import send_error
from channels.chat.telegram.sending.pace import Pace
from channels.chat.telegram.settings import TelegramSettings
from core.channel import Misconfigured, OutcomeUnknown, Throttled, Unreachable, Unsupported
from core.model.message import Outbound

LONGEST: Final = 4096
"""UTF-16 code units."""

MOST_CHOICES: Final = 10
SHORT_WAIT: Final = 0.25
"""Seconds that a reply waits for its own chat's turn; for longer it goes back to the outbox, and others go first."""

TOGETHER_WAIT: Final = 2.0
"""Seconds that it waits for everybody's."""

REMEMBERED: Final = 1000


@dataclass(slots=True)
class Replies:
    """Sends for one connection. ``moved``: groups that have become supergroups."""

    settings: TelegramSettings
    standing: Standing
    pace: Pace
    moved: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)

    async def send(self, message: Outbound, client: Client | None) -> tuple[str, ...]:
        """One attempt; the id of the message in its chat. Raises SendError."""
        chat = _check(message)
        if message.accepted and message.accepted[0]:
            return message.accepted
        if client is None:
            raise Unreachable("not started")
        chat = self.moved.get(chat, chat)
        await self._wait_for_turn(chat)
        try:
            number = await self._hand_over(client, chat, message)
        except NoConnection as error:
            raise Unreachable(str(error)) from None
        except NoAnswer as error:
            raise OutcomeUnknown(f"no answer from Telegram ({error})") from None
        except Problem as problem:
            raise self._refused(problem, chat) from None
        return (message_id(self.settings.bot_id, int(chat), number, key=self.settings.id_key.reveal().encode()),)

    async def _hand_over(self, client: Client, chat: str, message: Outbound) -> int:
        """A group that has become a supergroup is written to under its new id, at once and from now on."""
        choices = buttons(message.choices)
        try:
            return await client.send(chat, message.text, choices=choices)
        except Problem as problem:
            if not problem.migrated_to:
                raise
            self.moved[chat] = problem.migrated_to
            if len(self.moved) > REMEMBERED:
                self.moved.popitem(last=False)
            return await client.send(problem.migrated_to, message.text, choices=choices)

    async def _wait_for_turn(self, chat: str) -> None:
        """Raises Throttled where its turn comes too late: others go first meanwhile."""
        own = self.pace.own_wait(chat, time.monotonic())
        if own > SHORT_WAIT:
            raise Throttled("our own pace", retry_after=timedelta(seconds=own))
        deadline = time.monotonic() + TOGETHER_WAIT
        while wait := self.pace.take(chat, time.monotonic()):
            if time.monotonic() + wait > deadline:
                raise Throttled("our own pace", retry_after=timedelta(seconds=wait))
            await asyncio.sleep(wait)

    def _refused(self, problem: Problem, chat: str) -> Exception:
        error = send_error(problem)
        if isinstance(error, Throttled):
            self.pace.hold(chat, until=time.monotonic() + error.retry_after.total_seconds())
        if isinstance(error, Misconfigured):
            self.standing.turned_away(str(error))
        return error


def _check(message: Outbound) -> str:
    """The chat. Raises Unsupported rather than cutting anything."""
    chat = message.route.get("chat") or message.to.value
    if message.to.scheme != SCHEME or not chat.removeprefix("-").isdigit():
        raise Unsupported("a reply on Telegram needs the id of a chat")
    if message.attachments or message.private:
        raise Unsupported("no files and no private pieces are sent on Telegram")
    if not message.text.strip() or units(message.text) > LONGEST:
        raise Unsupported(f"a message of Telegram has 1 to {LONGEST} characters")
    if len(message.choices) > MOST_CHOICES:
        raise Unsupported(f"at most {MOST_CHOICES} choices are shown")
    return chat
