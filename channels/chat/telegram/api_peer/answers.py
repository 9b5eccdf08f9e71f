"""What the scripted Bot API answers to each method. Pure, but for what is sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from channels.chat.telegram.api_peer import problems
from channels.chat.telegram.api_peer.problems import Answer
from channels.chat.telegram.api_peer.world import MEGABYTE, World

Fields = Mapping[str, Any]
LONGEST: Final = 4096
LARGEST: Final = 20 * MEGABYTE
REFUSALS: Final = {
    "blocked": problems.BLOCKED,
    "deactivated": problems.DEACTIVATED,
    "kicked": problems.KICKED,
}


@dataclass(slots=True)
class Hook:
    """Where updates are brought, and what went wrong last."""

    url: str = ""
    secret: str = ""
    most: int = 40
    error: str = ""
    error_at: int = 0
    calls: list[tuple[str, Fields]] = field(default_factory=list)


def read_fields(given: Mapping[str, Any]) -> Fields:
    """Of a form each field is JSON or a plain string."""
    return {name: _read(value) if isinstance(value, str) and name != "text" else value for name, value in given.items()}


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def ok(result: Any) -> Answer:
    """What a method gives."""
    return 200, {"ok": True, "result": result}


def get_me(world: World, _fields: Fields) -> Answer:
    """The bot itself."""
    abilities = {"can_join_groups": True, "can_read_all_group_messages": not world.privacy}
    return ok({**world.bot, **abilities, "supports_inline_queries": False})


def send_message(world: World, fields: Fields) -> Answer:
    """A text to one chat."""
    chat, text = fields.get("chat_id"), str(fields.get("text", ""))
    if chat not in world.chats:
        return problems.NO_CHAT
    if chat in world.moved:
        return problems.migrated(world.moved[chat])
    if chat in world.gone:
        return REFUSALS[world.gone[chat]]
    if chat in world.users and chat not in world.started:
        return problems.NOT_STARTED
    choices = _choices(fields)
    return _wrong(text, choices) or _send(world, chat, text, choices, fields)


def _wrong(text: str, choices: Sequence[tuple[str, str]]) -> Answer | None:
    if not text.strip():
        return problems.EMPTY
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST:
        return problems.TOO_LONG
    if any(not 1 <= len(data.encode()) <= 64 for _, data in choices):
        return problems.BAD_BUTTON
    return None


def _send(world: World, chat: int, text: str, choices: Sequence[tuple[str, str]], fields: Fields) -> Answer:
    above = fields.get("reply_parameters") or {}
    reply_to = above.get("message_id", 0)
    if reply_to and (chat, reply_to) not in world.messages:
        if not above.get("allow_sending_without_reply"):
            return problems.NO_ANSWERED
        reply_to = 0
    return ok(world.answer(chat, text, reply_to=reply_to, choices=choices, fields=dict(fields)))


def _choices(fields: Fields) -> list[tuple[str, str]]:
    rows = (fields.get("reply_markup") or {}).get("inline_keyboard", [])
    return [(button["text"], button.get("callback_data", "")) for row in rows for button in row]


def get_file(world: World, fields: Fields) -> Answer:
    """Where a file can be fetched."""
    found = world.files.get(str(fields.get("file_id", "")))
    if found is None:
        return problems.BAD_FILE
    if found.size > LARGEST:
        return problems.BIG_FILE
    said = {"file_id": fields["file_id"], "file_unique_id": "AQADx", "file_size": found.size}
    return ok(said | {"file_path": found.path})


def set_webhook(hook: Hook, fields: Fields) -> Answer:
    """From now on updates are brought."""
    hook.url, hook.secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
    hook.most = int(fields.get("max_connections", 40))
    hook.error, hook.error_at = "", 0
    return ok(True)


def webhook_info(hook: Hook, pending: int) -> Answer:
    """How bringing goes."""
    said: dict[str, Any] = {"url": hook.url, "has_custom_certificate": False, "pending_update_count": pending}
    said |= {"max_connections": hook.most}
    return ok(said | ({"last_error_date": hook.error_at, "last_error_message": hook.error} if hook.error else {}))


METHODS: Final[Mapping[str, Callable[[World, Fields], Answer]]] = {
    "getme": get_me,
    "sendmessage": send_message,
    "getfile": get_file,
    "sendchataction": lambda _world, _fields: ok(True),
}
