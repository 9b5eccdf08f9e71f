"""What X's refusals mean for a reply: tables from its words to the errors of the channel contract.

X tells refusals apart by the sentence in ``detail`` alone: nearly all are 403 with ``type`` about:blank.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from channels.twitter.client import Problem
from core.channel import Misconfigured, SendError, Throttled, Unsupported, Unwelcome

LONGEST_WAIT: Final = timedelta(hours=6)
USUAL_WAIT: Final = timedelta(minutes=15)
NO_CREDIT_WAIT: Final = timedelta(minutes=30)

SAID_BEFORE: Final = ("duplicate content", "status is a duplicate")
CAPPED: Final = ("usage-capped", "usagecapexceeded")
NO_CREDIT: Final = ("creditsdepleted", "does not have any credits")

TOO_MUCH: Final = ("might be automated", "over daily status update limit", "reached your daily limit")
"""403 and yet only a matter of time: X finds that the account writes too much."""

WRONG_APP: Final = (
    "oauth1 app permissions",
    "oauth1-permissions",
    "client-forbidden",
    "client-not-enrolled",
    "unsupported-authentication",
    "unsupported authentication",
    "suspended application",
    "your account is suspended",
    "app is suspended",
    "account is temporarily locked",
    "cannot perform write actions",
)
"""The app or the account may not write at all."""

BLOCKED: Final = "they blocked the account"
NOT_HERE: Final = (
    ("deleted or not visible", "the tweet was deleted or hidden"),
    ("not allowed because you have not been mentioned", "its author must mention the account first"),
    ("only reply to or quote posts where you are mentioned", "its author must mention the account first"),
    ("restricted who can reply", "its author lets others not answer"),
    ("permission to dm", "they take no direct messages from us"),
    ("cannot send messages to this user", "they take no direct messages from us"),
    ("not verified to send message", "they take no direct messages from us"),
    ("blocked", BLOCKED),
)
"""What only this one person, or this one tweet, does not allow."""


def waits(problem: Problem, *, now: datetime) -> timedelta:
    """How long a limit asks to wait. X sends no Retry-After: the moment of its reset stands in a header.

    A monthly cap names no moment and credit comes when somebody pays: both are tried again now and then.
    """
    if problem.says(*CAPPED):
        return LONGEST_WAIT
    if problem.status == 402:
        return NO_CREDIT_WAIT
    if not problem.reset:
        return USUAL_WAIT
    until = datetime.fromtimestamp(min(problem.reset, int(now.timestamp()) + 10**6), UTC) - now
    return min(max(until, timedelta(seconds=1)), LONGEST_WAIT)


def send_error(problem: Problem, *, now: datetime) -> SendError:
    """The error for a post or a direct message that X refused: it was surely not sent."""
    status = problem.status
    if status == 429 or problem.says(*TOO_MUCH):
        return Throttled("X asks to wait", retry_after=waits(problem, now=now))
    if status == 402 or problem.says(*NO_CREDIT):
        return Throttled("the account has no credit left at X", retry_after=NO_CREDIT_WAIT)
    if status == 401 or problem.says(*WRONG_APP):
        return Misconfigured(f"X answers {status}: the keys, or what they permit, are wrong")
    if status == 404 and not problem.says("not found", "could not find"):
        return Misconfigured("X answers 404 and not as its API does: check twitter.base_url")
    reason = next((meaning for words, meaning in NOT_HERE if problem.says(words)), "")
    if reason or status in {403, 404}:
        # Another tweet of theirs may be answered; whoever blocked us, or is gone, is not written to again.
        gone = reason == BLOCKED or status == 404
        return Unwelcome(reason or f"X answers {status} without a reason that is known", gone=gone)
    return Unsupported(f"X answers {status}")
