"""What Telegram's refusals mean for a reply: a table from its words to the errors of the channel contract."""

from datetime import timedelta
from typing import Final

from channels.chat.telegram.client import Problem
from core.channel import Misconfigured, SendError, Throttled, Unsupported, Unwelcome

USUAL_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=6)

GONE: Final = (
    ("blocked by the user", "they blocked the bot"),
    ("user is deactivated", "their account is gone"),
    ("bot was kicked", "the bot was put out of the chat"),
    ("bot is not a member", "the bot was put out of the chat"),
    ("chat not found", "there is no such chat"),
    ("peer_id_invalid", "there is no such chat"),
    ("user not found", "there is no such chat"),
    ("have no rights to send", "the bot may not write there"),
    ("not enough rights", "the bot may not write there"),
)
NOT_STARTED: Final = "can't initiate conversation"


def send_error(problem: Problem) -> SendError:
    """The error for a message that Telegram refused: it was surely not sent."""
    if problem.status == 429:
        wait = timedelta(seconds=problem.retry_after) if problem.retry_after else USUAL_WAIT
        return Throttled("Telegram asks to wait", retry_after=min(wait, LONGEST_WAIT))
    if problem.status in {401, 404}:
        return Misconfigured(f"Telegram answers {problem.status}: check telegram.token and telegram.base_url")
    reason = next((meaning for words, meaning in GONE if problem.says(words)), "")
    if reason:
        return Unwelcome(reason)
    if problem.says(NOT_STARTED):
        return Unwelcome("they have not begun a chat with the bot", gone=False)
    if problem.status == 403:
        return Unwelcome("Telegram answers 403 without a reason that is known", gone=False)
    return Unsupported(f"Telegram answers {problem.status}")
