"""Which of X's refusals mean the person, and which only this tweet or this way."""

from datetime import UTC, datetime

import pytest

from channels.twitter.client import Problem
from channels.twitter.sending.errors import send_error
from core.channel import Misconfigured, SendError, Throttled, Unwelcome

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("detail", "gone"),
    [
        ("You have been blocked from replying to this user.", True),
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", False),
        ("You do not have permission to DM one or more participants.", False),
        ("The original Tweet author restricted who can reply to this Tweet.", False),
        ("Something that nobody has seen yet.", False),
    ],
)
def test_only_who_blocked_us_is_not_written_to_any_more(detail: str, gone: bool) -> None:
    error = send_error(Problem(403, detail=detail), now=NOW)

    assert isinstance(error, Unwelcome)
    assert error.gone == gone


LOCKED = (
    "To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to "
    "https://twitter.com to unlock your account."
)
AUTOMATED = (
    "This request looks like it might be automated. To protect our users from spam and other malicious activity, we "
    "can't complete this action right now. Please try again later."
)


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        (LOCKED, Misconfigured),
        ("Application cannot perform write actions. Contact Twitter Platform Operations.", Misconfigured),
        (AUTOMATED, Throttled),
        ("User is over daily status update limit.", Throttled),
        ("You have reached your daily limit for sending Tweets and messages. Please try again later.", Throttled),
    ],
)
def test_what_is_about_the_account_costs_no_reply(detail: str, kind: type[SendError]) -> None:
    assert type(send_error(Problem(403, detail=detail), now=NOW)) is kind
