"""Whether a message is for the bot: in a group only what is said to it counts."""

from enum import Enum
from typing import Final

from channels.chat.telegram.reading.shapes import Json, answered, table, text, whole
from channels.chat.telegram.reading.words import REPORT, command_name, command_of, names_in

ANONYMOUS_ADMIN: Final = 1087968824
"""``GroupAnonymousBot``, in whose name Telegram shows admins who hide behind their group."""

GROUPS: Final = frozenset({"group", "supergroup"})


class Standing(Enum):
    """``NOBODY``: no person can be seen behind it. ``UNDECIDED``: it names a bot, and our name is not known yet."""

    PRIVATE = "private"
    IN_GROUP = "in_group"
    NOT_FOR_US = "not_for_us"
    NOBODY = "nobody"
    UNDECIDED = "undecided"


def standing_of(message: Json, *, bot_id: str, bot_name: str, anyone: bool = False) -> Standing:
    """Of one message. ``anyone``: whoever wrote it."""
    kind, author = chat_kind(message), table(message, "from")
    if kind == "private":
        return Standing.NOT_FOR_US if author.get("is_bot") is True else Standing.PRIVATE
    if not anyone and kind in GROUPS:
        if table(message, "sender_chat") or whole(author, "id") == ANONYMOUS_ADMIN:
            return Standing.NOBODY
        if author.get("is_bot") is True:
            return Standing.NOT_FOR_US
    elif kind not in {*GROUPS, "channel"}:
        return Standing.NOT_FOR_US
    return _addressed(message, bot_id=bot_id, bot_name=bot_name)


def chat_kind(message: Json) -> str:
    """``private``, ``group``, ``supergroup``, ``channel``; only people's ids are above 0."""
    chat = table(message, "chat")
    return text(chat, "type") or ("private" if whole(chat, "id") > 0 else "")


def _addressed(message: Json, *, bot_id: str, bot_name: str) -> Standing:
    above = table(answered(message), "from")
    if str(whole(above, "id")) == bot_id:
        return Standing.IN_GROUP
    command, name = command_of(message), command_name(message)
    if command and not name:  # it may be for any of the group's bots
        return Standing.IN_GROUP if command == REPORT else Standing.NOT_FOR_US
    named = {name} if command else names_in(message)
    if named and not bot_name:
        return Standing.UNDECIDED
    return Standing.IN_GROUP if bot_name in named else Standing.NOT_FOR_US
