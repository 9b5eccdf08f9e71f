"""From an update to the message the core sees. Pure, and never raises: what cannot be read is kept for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from channels.chat.telegram.reading.context import write_context
from channels.chat.telegram.reading.files import remote_files
from channels.chat.telegram.reading.groups import Standing, chat_kind, standing_of
from channels.chat.telegram.reading.presses import pressed_words
from channels.chat.telegram.reading.shapes import (
    Json,
    answered,
    digest,
    fraction,
    moment,
    read_raw,
    table,
    text,
    whole,
    write_raw,
)
from channels.chat.telegram.reading.words import overflow, said, start_code
from core.model.message import Address, Command, Inbound, Mark, Origin, Verb

KIND: Final = "telegram"
CONNECTION: Final = "main"
SCHEME: Final = "tg"
NOWHERE: Final = Address("none", "")
SERVICE: Final = frozenset(
    {
        "boost_added",
        "chat_background_set",
        "connected_website",
        "delete_chat_photo",
        "group_chat_created",
        "left_chat_member",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "pinned_message",
        "supergroup_chat_created",
        "write_access_allowed",
    }
)


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are: the id, the username in lower case (empty: not known yet), the key that hides chats in ids."""

    id: str
    name: str
    key: bytes = field(repr=False)


class Say(StrEnum):
    """What the bot tells a group: its member's message was taken, or nobody in particular wrote it."""

    TAKEN = "taken"
    IN_PRIVATE = "in_private"


@dataclass(frozen=True, slots=True)
class Aside:
    """What is done at once, beside the message: a button stops to blink, a group hears where it goes on."""

    callback: str = ""
    chat: int = field(default=0, repr=False)
    reply_to: int = 0
    say: Say = Say.TAKEN


@dataclass(frozen=True, slots=True)
class Mapped:
    """``message`` None: it is not for us, and nothing is kept. ``undecided``: our own name must be known first.

    ``lane``: updates of equal lanes are taken in their order.
    """

    number: int
    lane: str = field(default="", repr=False)
    message: Inbound | None = None
    aside: Aside | None = None
    undecided: bool = False


def map_update(update: Any, *, bot: Bot, now: datetime) -> Mapped:
    """What comes of one update."""
    if not isinstance(update, dict) or not whole(update, "update_id"):
        return Mapped(0, message=_unreadable(update, now=now))
    kind, content = _content(update)
    mapped = Mapped(whole(update, "update_id"), lane=str(_chat(content)))
    match kind:
        case "message" | "edited_message":
            return _map_message(mapped, update, content, bot=bot, now=now, edited=kind == "edited_message")
        case "callback_query":
            return _map_press(mapped, update, content, bot=bot, now=now)
        case "channel_post":
            return _map_nobody(mapped, content, bot=bot)
        case "":
            return replace(mapped, message=_unreadable(update, now=now))
    remark = "blocked" if _is_kicked(content) else kind[:40]
    return replace(mapped, message=_settled(update, remark=remark, now=now))


def read_text(raws: Sequence[bytes | None], _settings: object) -> str:
    """``ChannelSpec.read``: the words of updates that were kept."""
    return "\n".join(_read(read_raw(raw)) for raw in raws if raw is not None)


def message_id(bot: str, chat: int, number: int, *, key: bytes) -> str:
    """The id of a message in a chat. It shows neither: the id of a private chat is that of a person."""
    return f"{digest(bot, str(chat), key=key).hex()}:{number}"


def _read(update: Json) -> str:
    kind, content = _content(update)
    return pressed_words(content) if kind == "callback_query" else said(content)


def _content(update: Json) -> tuple[str, Json]:
    """The one other field of an update, and its name."""
    found = ((name, one) for name, one in update.items() if name != "update_id" and isinstance(one, dict))
    return next(found, ("", {}))


def _chat(content: Json) -> int:
    return whole(table(content, "chat") or table(table(content, "message"), "chat"), "id")


def _is_sound(content: Json) -> bool:
    """Whether it can be told which message of which chat it is."""
    return bool(whole(content, "message_id") and _chat(content) and chat_kind(content))


def _is_kicked(content: Json) -> bool:
    return text(table(content, "new_chat_member"), "status") in {"kicked", "left"}


def _map_message(mapped: Mapped, update: Json, content: Json, *, bot: Bot, now: datetime, edited: bool) -> Mapped:
    if not _is_sound(content):
        return replace(mapped, message=_unreadable(update, now=now))
    standing = standing_of(content, bot_id=bot.id, bot_name=bot.name)
    if standing is Standing.UNDECIDED:
        return replace(mapped, undecided=True)
    if standing is Standing.NOBODY:
        return _map_nobody(mapped, content, bot=bot)
    if standing is Standing.NOT_FOR_US or (edited and table(content, "location")):  # a live location moves all the time
        return mapped
    return _map_words(mapped, update, content, bot=bot, now=now, edited=edited, in_group=standing is Standing.IN_GROUP)


def _map_words(
    mapped: Mapped, update: Json, content: Json, *, bot: Bot, now: datetime, edited: bool, in_group: bool
) -> Mapped:
    if not whole(table(content, "from"), "id"):
        return replace(mapped, message=_unreadable(update, now=now))
    if SERVICE & content.keys():
        return replace(mapped, message=_settled(update, remark="service", now=now))
    message = _speak(update, content, bot=bot, now=now)
    if edited:
        message = _version(message, content, mapped.number, now=now)
    tells = in_group and not edited
    aside = Aside(chat=_chat(content), reply_to=whole(content, "message_id")) if tells else None
    return replace(mapped, message=message, aside=aside)


def _speak(update: Json, content: Json, *, bot: Bot, now: datetime) -> Inbound:
    """The message of a person. What cannot be put into words or files is marked, and its original kept."""
    words, wanted, place = said(content), remote_files(content), _place(content)
    code, sender = start_code(content), whole(table(content, "from"), "id")
    name = message_id(bot.id, _chat(content), whole(content, "message_id"), key=bot.key)
    marks = [Mark.UNREADABLE] if not (words or wanted or place) else []
    marks += [Mark.FILES_LEFT_OUT] if overflow(content) else []
    return Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=name,
        fingerprint=digest(name),
        sender=Address(SCHEME, str(sender)),
        received_at=moment(content, "date", now=now),
        text=words,
        route={"chat": str(sender)},
        raw=write_raw(update),
        command=Command(Verb.CONTINUE, text=code) if code else None,
        context=write_context(content, bot=bot.id, now=now),
        belongs_to=_answered(content, bot),
        group=text(content, "media_group_id")[:64] if text(content, "media_group_id").isalnum() else "",
        place=place,
        wanted=wanted,
        marks=tuple(marks),
    )


def _version(message: Inbound, content: Json, number: int, *, now: datetime) -> Inbound:
    """Every edit has an update of its own; the message keeps its id."""
    name = f"{message.external_id}:{number}"
    at = moment(content, "edit_date", now=now)
    return replace(message, external_id=name, fingerprint=digest(name), received_at=at, replaces=message.external_id)


def _answered(content: Json, bot: Bot) -> tuple[str, ...]:
    above = whole(answered(content), "message_id")
    return (message_id(bot.id, _chat(content), above, key=bot.key),) if above else ()


def _place(content: Json) -> str:
    spot = table(content, "location") or table(table(content, "venue"), "location")
    latitude, longitude = fraction(spot, "latitude"), fraction(spot, "longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return ""
    return f"{latitude:.6f}, {longitude:.6f}"


def _map_press(mapped: Mapped, update: Json, content: Json, *, bot: Bot, now: datetime) -> Mapped:
    """A button is as good as its words. Only in a private chat are there any of ours."""
    sender, query, words = whole(table(content, "from"), "id"), text(content, "id")[:64], pressed_words(content)
    aside = Aside(callback=query) if query else None
    if not sender or not query or not words:
        return replace(mapped, aside=aside, message=_unreadable(update, now=now))
    name = f"press:{digest(query, key=bot.key).hex()}"
    message = Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=name,
        fingerprint=digest(name),
        sender=Address(SCHEME, str(sender)),
        received_at=now,
        text=words,
        route={"chat": str(sender)},
        raw=write_raw(update),
    )
    return replace(mapped, message=message, aside=aside)


def _map_nobody(mapped: Mapped, content: Json, *, bot: Bot) -> Mapped:
    """A channel, or an admin who hides behind the group: there is nobody to answer; only who asks for us hears so."""
    standing = standing_of(content, bot_id=bot.id, bot_name=bot.name, anyone=True)
    if standing is Standing.UNDECIDED:
        return replace(mapped, undecided=True)
    if standing is not Standing.IN_GROUP:
        return mapped
    aside = Aside(chat=_chat(content), reply_to=whole(content, "message_id"), say=Say.IN_PRIVATE)
    return replace(mapped, aside=aside)


def _settled(update: Json, *, remark: str, now: datetime) -> Inbound:
    """Kept, and nothing comes of it."""
    author = whole(table(_content(update)[1], "from"), "id")
    sender = Address(SCHEME, str(author)) if author else NOWHERE
    message = _unreadable(update, now=now)
    return replace(message, sender=sender, unreadable=False, origin=Origin.ROBOT, remark=remark)


def _unreadable(update: Any, *, now: datetime) -> Inbound:
    """Not what Telegram documents. Under its number where it has one, so that it stays one message."""
    raw = write_raw(update)
    number = whole(update, "update_id") if isinstance(update, dict) else 0
    name = f"update:{number}" if number else f"unreadable:{digest(raw.decode('utf-8', 'replace')).hex()}"
    return Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=name,
        fingerprint=digest(name),
        sender=NOWHERE,
        received_at=now,
        raw=raw,
        unreadable=True,
    )
