"""Which of X's refusals mean the person, and which only this tweet or this way."""

from datetime import UTC, datetime

import pytest

from channels.twitter.client import Problem
from channels.twitter.sending.errors import send_error
from core.channel import Unwelcome

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
