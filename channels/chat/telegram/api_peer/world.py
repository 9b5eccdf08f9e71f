"""The world of the scripted Bot API: who talks with the bot, what they sent, and the updates that come of it."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]
COMMAND: Final = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?")
MENTION: Final = re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}")
ANONYMOUS_ADMIN: Final = 1087968824
FIRST_USER: Final = 777_000_100
FIRST_GROUP: Final = -500_100
MEGABYTE: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the bot. ``choices``: label and data of each button."""

    id: int
    chat: int
    text: str
    reply_to: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    fields: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """What can be fetched. ``size`` is what is said of it."""

    path: str
    content: bytes = field(repr=False)
    size: int = 0


class World:
    """Everything that Telegram knows. Methods named by verbs of citizens append an update and return its message."""

    def __init__(self, *, bot: int, username: str) -> None:
        self.bot: Json = {"id": bot, "is_bot": True, "first_name": "LAPOR!", "username": username}
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Json] = {}
        self.started: set[int] = set()
        self.gone: dict[int, str] = {}
        self.moved: dict[int, int] = {}
        self.files: dict[str, File] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.updates: list[Json] = []
        self.sent: list[Sent] = []
        self.privacy = True
        self._update = 900_000_000
        self._message = 0
        self._other = 0

    def citizen(self, name: str, *, username: str = "", starts: bool = True) -> int:
        """Somebody with an account; ``starts``: they pressed START once, so the bot may write to them."""
        user = FIRST_USER + len(self.users)
        self.users[user] = {"id": user, "is_bot": False, "first_name": name, "language_code": "id"}
        if username:
            self.users[user]["username"] = username
        self.chats[user] = {"id": user, "type": "private", "first_name": name}
        if starts:
            self.started.add(user)
        return user

    def group(self, title: str, *, kind: str = "group") -> int:
        """A group (or supergroup, or channel) with the bot in it."""
        chat = FIRST_GROUP - len(self.chats)
        self.chats[chat] = {"id": chat, "type": kind, "title": title}
        return chat

    def say(self, user: int, text: str, *, chat: int = 0, reply_to: int = 0, **more: Any) -> Json:
        """A text in the private chat, or in a group."""
        fields = {"text": text, **_entities("entities", text), **more}
        return self.bring("message", self.message(user, chat=chat, reply_to=reply_to, **fields))

    def message(self, user: int, *, chat: int = 0, reply_to: int = 0, **fields: Any) -> Json:
        """A message without its update."""
        self._message += 1
        chat = chat or user
        if chat == user:
            self.started.add(user)
        made: Json = {"message_id": self._message, "from": self.users[user], "chat": self.chats[chat]}
        made |= {"date": int(time.time()), **fields}
        answered = self.messages.get((chat, reply_to))
        if answered is not None:
            made["reply_to_message"] = {name: value for name, value in answered.items() if name != "reply_to_message"}
        self.messages[chat, self._message] = made
        return made

    def bring(self, kind: str, content: Json) -> Json:
        """An update of any kind."""
        self._update += 1
        if kind not in {"message", "edited_message"} or self._is_shown(content):
            self.updates.append({"update_id": self._update, kind: content})
        return content

    def inject(self, *updates: Any) -> None:
        """These as they are, sound or not; objects without an id get the next one."""
        for update in updates:
            self._update += 1
            has_none = isinstance(update, dict) and "update_id" not in update
            self.updates.append({"update_id": self._update, **update} if has_none else update)

    def photo(self, user: int, content: bytes, *, caption: str = "", **more: Any) -> Json:
        """In three sizes, as Telegram makes them; the last is the largest."""
        sizes = [(90, 67, content[:64]), (320, 240, content[: len(content) // 2]), (1280, 960, content)]
        shown = [self._file(data, "photos/file_{}.jpg") | {"width": w, "height": h} for w, h, data in sizes]
        return self.bring("message", self.message(user, photo=shown, **_caption(caption), **more))

    def document(self, user: int, content: bytes, *, name: str, kind: str, caption: str = "", **more: Any) -> Json:
        """Any file, by its name and the type its sender's program says. ``file_size`` may be told otherwise."""
        said = self._file(content, "documents/file_{}", size=more.pop("file_size", 0))
        document = said | {"file_name": name, "mime_type": kind}
        return self.bring("message", self.message(user, document=document, **_caption(caption), **more))

    def voice(self, user: int, content: bytes) -> Json:
        """A spoken message."""
        voice = self._file(content, "voice/file_{}.oga") | {"duration": 4, "mime_type": "audio/ogg"}
        return self.bring("message", self.message(user, voice=voice))

    def album(self, user: int, pictures: Sequence[bytes], *, caption: str = "") -> list[Json]:
        """Pictures sent together: a message each, the first with the caption."""
        self._other += 1
        group = str(13_000_000_000_000_000 + self._other)
        captions = [caption, *("" for _ in pictures[1:])]
        return [
            self.photo(user, content, caption=words, media_group_id=group)
            for content, words in zip(pictures, captions, strict=True)
        ]

    def edit(self, message: Json, text: str) -> Json:
        """The author writes a text or a caption anew."""
        name = "caption" if "caption" in message or "text" not in message else "text"
        entities = "caption_entities" if name == "caption" else "entities"
        edited = {key: value for key, value in message.items() if key != entities}
        edited |= {name: text, "edit_date": int(time.time()), **_entities(entities, text)}
        self.messages[edited["chat"]["id"], edited["message_id"]] = edited
        return self.bring("edited_message", edited)

    def press(self, user: int, sent: Sent, label: str) -> str:
        """A button of a message of the bot; the id of the query."""
        self._other += 1
        data = dict(sent.choices)[label]
        query = str(4_382_000_000_000_000_000 + self._other)
        message = self.messages[sent.chat, sent.id]
        content = {"id": query, "from": self.users[user], "message": message, "chat_instance": "-7", "data": data}
        self.bring("callback_query", content)
        return query

    def block(self, user: int, *, blocked: bool = True) -> None:
        """Somebody blocks the bot, or takes it back."""
        kicked: Json = {"user": self.bot, "status": "kicked", "until_date": 0}
        member: Json = {"user": self.bot, "status": "member"}
        old, new = (member, kicked) if blocked else (kicked, member)
        if blocked:
            self.gone[user] = "blocked"
        else:
            self.gone.pop(user, None)
        change = {"chat": self.chats[user], "from": self.users[user], "date": int(time.time())}
        self.bring("my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})

    def migrate(self, group: int) -> int:
        """A group becomes a supergroup; its new id."""
        new = -1_000_000_000_000 + group
        self.chats[new] = {**self.chats[group], "id": new, "type": "supergroup"}
        self.moved[group] = new
        return new

    def answer(self, chat: int, text: str, *, reply_to: int, choices: Sequence[tuple[str, str]], fields: Json) -> Json:
        """A message of the bot."""
        self._message += 1
        made: Json = {"message_id": self._message, "from": self.bot, "chat": self.chats[chat]}
        made |= {"date": int(time.time()), "text": text}
        if choices:
            rows = [[{"text": label, "callback_data": data}] for label, data in choices]
            made["reply_markup"] = {"inline_keyboard": rows}
        self.messages[chat, self._message] = made
        self.sent.append(Sent(self._message, chat, text, reply_to, tuple(choices), fields))
        return made

    def _is_shown(self, message: Json) -> bool:
        """Privacy mode: of a group the bot sees commands and answers to its own messages only."""
        if message["chat"]["type"] == "private" or not self.privacy:
            return True
        words = str(message.get("text", message.get("caption", "")))
        command = COMMAND.match(words)
        ours = command is not None and command[0].partition("@")[2] in {"", self.bot["username"]}
        return ours or bool(message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"])

    def _file(self, content: bytes, path: str, *, size: int = 0) -> Json:
        number = len(self.files) + 1
        file_id = f"AgACAgUAAxkBAAI{number:06}"
        said = size or len(content)
        self.files[file_id] = File(path.format(number), content, said)
        return {"file_id": file_id, "file_unique_id": f"AQAD{number:06}", "file_size": said}


def _caption(words: str) -> Json:
    return {"caption": words, **_entities("caption_entities", words)} if words else {}


def _entities(name: str, words: str) -> Json:
    """Commands and names, counted in UTF-16 as Telegram counts."""
    found = [("bot_command", one) for one in [COMMAND.match(words)] if one]
    found += [("mention", one) for one in MENTION.finditer(words) if not found or one.start() >= found[0][1].end()]
    made = [{"type": kind, "offset": _units(words[: at.start()]), "length": _units(at[0])} for kind, at in found]
    return {name: made} if made else {}


def _units(words: str) -> int:
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
