"""Updates on their way into the core, in whichever way they came."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem
from channels.chat.telegram.reading.mapping import Aside, Mapped, Say
from channels.chat.telegram.settings import TelegramSettings
from core.channel import Intake, Refused
from core.model.message import Inbound

log = logging.getLogger(__name__)
LARGEST_RAW: Final = 60_000
"""Bytes; the core takes 64 KiB beside a message, larger ones as a file."""


async def hand_in(mapped: Mapped, intake: Intake, *, cursor: str | None = None, in_line: bool = False) -> Aside | None:
    """Give a message to the core; what is to be done beside it, the first time it comes. Raises Busy.

    What the core refuses is not offered again: Telegram would bring it for a day and hold back all that follows.
    """
    if mapped.message is None:
        return mapped.aside
    message = await _with_blob(mapped.message, intake)
    try:
        accepted = await intake.accept(message, cursor=cursor, in_line=in_line)
    except Refused as refusal:
        facts = {"channel": "telegram", "update": mapped.number, "field": refusal.field}
        log.warning("The core takes an update never", extra=facts)
        raise
    is_new = not accepted.repeated or (mapped.aside is not None and bool(mapped.aside.callback))
    return mapped.aside if is_new else None


async def _with_blob(message: Inbound, intake: Intake) -> Inbound:
    if len(message.raw) <= LARGEST_RAW:
        return message
    kept = await intake.store(_whole(message.raw), "application/json", original=True)
    return replace(message, raw=b"", raw_blob=kept.id)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def words_for(aside: Aside, settings: TelegramSettings) -> str:
    """What a group is told; it holds nothing of what was said there."""
    return settings.group_taken if aside.say is Say.TAKEN else settings.group_in_private


async def do_aside(aside: Aside, client: Client, settings: TelegramSettings) -> None:
    """Best effort: it is no answer to a report."""
    try:
        if aside.callback:
            await client.answer_callback(aside.callback)
        elif words := words_for(aside, settings):
            await client.send(str(aside.chat), words, reply_to=aside.reply_to)
    except (NoConnection, NoAnswer, Problem) as error:
        log.info("Telegram did not take an aside", extra={"channel": "telegram", "why": str(error)})
