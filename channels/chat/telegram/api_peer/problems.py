"""What the Bot API says when it refuses: status, description and parameters as Telegram writes them."""

from typing import Any, Final

Answer = tuple[int, dict[str, Any]]
HTML: Final = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


def refusal(status: int, description: str, **parameters: int) -> Answer:
    """An answer that is not ``ok``."""
    answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, answer | ({"parameters": parameters} if parameters else {})


def throttled(seconds: int) -> Answer:
    """429."""
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def migrated(chat: int) -> Answer:
    """400: the group is a supergroup now."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return refusal(400, words, migrate_to_chat_id=chat)


UNAUTHORIZED: Final = refusal(401, "Unauthorized")
NO_METHOD: Final = refusal(404, "Not Found")
BLOCKED: Final = refusal(403, "Forbidden: bot was blocked by the user")
DEACTIVATED: Final = refusal(403, "Forbidden: user is deactivated")
NOT_STARTED: Final = refusal(403, "Forbidden: bot can't initiate conversation with a user")
KICKED: Final = refusal(403, "Forbidden: bot was kicked from the group chat")
NO_CHAT: Final = refusal(400, "Bad Request: chat not found")
EMPTY: Final = refusal(400, "Bad Request: message text is empty")
TOO_LONG: Final = refusal(400, "Bad Request: message is too long")
BAD_BUTTON: Final = refusal(400, "Bad Request: BUTTON_DATA_INVALID")
NO_ANSWERED: Final = refusal(400, "Bad Request: message to be replied not found")
BAD_CALLBACK: Final = refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
BAD_FILE: Final = refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
BIG_FILE: Final = refusal(400, "Bad Request: file is too big")
HOOKED: Final = refusal(
    409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER: Final = refusal(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
