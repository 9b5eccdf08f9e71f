"""A single tweet by its id, for staff who take one down from its URL."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.twitter.adapter import open_session
from channels.twitter.client import Client, NoAnswer, NoConnection, Problem
from channels.twitter.reading.context import author_name
from channels.twitter.reading.shapes import Page, read_page, text
from channels.twitter.reading.tweets import posted_at
from channels.twitter.reading.words import read_words
from channels.twitter.settings import TwitterSettings


@dataclass(frozen=True, slots=True)
class FoundTweet:
    """What X says of a tweet. ``author`` is the handle, ``author_id`` what replies are sent to (``x:``)."""

    author: str = field(repr=False)
    author_id: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class TweetSource:
    """Asks X over a connection of its own, which is closed with the answer."""

    settings: TwitterSettings

    async def find(self, tweet_id: str) -> FoundTweet | None:
        """The tweet, or None when it is gone, protected or out of reach. It is not counted to the month's quota."""
        try:
            async with open_session(self.settings) as session:
                page = read_page(await Client(self.settings, session).tweets([tweet_id]))
        except (NoConnection, NoAnswer, Problem):
            return None
        return _found(page, self.settings)


def _found(page: Page, settings: TwitterSettings) -> FoundTweet | None:
    tweet = next((one for one in page.tweets if isinstance(one, dict)), None)
    if tweet is None or not text(tweet, "author_id"):
        return None
    return FoundTweet(
        author=author_name(tweet, page.includes.users),
        author_id=text(tweet, "author_id"),
        text=read_words(tweet, handle=settings.name, tags=settings.tags),
        at=posted_at(tweet, now=datetime.now(UTC)),
    )


def source(settings: TwitterSettings) -> TweetSource | None:
    """For the manual form, where X is configured."""
    return TweetSource(settings) if settings.handle else None
