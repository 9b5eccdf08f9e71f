"""What stands around a message: whom it was passed on from, what it answers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from channels.chat.telegram.reading.shapes import Json, answered, moment, table, text, whole
from channels.chat.telegram.reading.words import said
from core.text import clean

LONGEST: Final = 6_000


def write_context(message: Json, *, bot: str, now: datetime) -> str:
    """Folded beside the words: nothing is understood from it."""
    return clean("\n".join(_lines(message, bot=bot, now=now)))[:LONGEST]


def _lines(message: Json, *, bot: str, now: datetime) -> Iterator[str]:
    origin = table(message, "forward_origin")
    if origin:
        at = moment(origin, "date", now=now)
        yield f"↪ {_name(origin)} ({at:%d-%m-%Y})".replace("  ", " ")
    above = answered(message)
    quote = text(table(message, "quote"), "text") or said(above)
    if quote and str(whole(table(above, "from"), "id")) != bot:
        yield "\n".join(f"> {line}" for line in quote.splitlines())


def _name(origin: Json) -> str:
    user = table(origin, "sender_user")
    chat = table(origin, "chat") or table(origin, "sender_chat")
    named = " ".join(filter(None, (text(user, "first_name"), text(user, "last_name"))))
    return named or text(origin, "sender_user_name") or text(chat, "title") or text(chat, "username")
