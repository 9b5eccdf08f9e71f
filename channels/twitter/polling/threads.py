"""The tweets above answers, as far as X did not give them with the answers."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from channels.twitter.client import Client
from channels.twitter.reading.shapes import Includes, Page, read_page, tweet_id
from channels.twitter.reading.tweets import chain

AT_ONCE: Final = 100
BY_CONVERSATION: Final = "conversation_id"


async def read_above(client: Client, tweets: Iterable[Any], includes: Includes, *, levels: int) -> Sequence[Page]:
    """Up to ``levels`` further tweets above each, one request for all of them a level. Raises as the client does."""
    answers = [one for one in tweets if isinstance(one, dict)]
    pages: list[Page] = []
    asked: set[str] = set()
    for _ in range(levels):
        missing = {one for tweet in answers for one in _next(tweet, includes)} - asked
        if not missing:
            break
        wanted = sorted(missing)[:AT_ONCE]
        asked.update(wanted)
        page = read_page(await client.tweets(wanted))
        pages.append(page)
        includes |= page.includes | beside(page)
    return pages


def beside(page: Page) -> Includes:
    """The tweets of a page as what came beside others."""
    return Includes(
        tweets={found: one for one in page.tweets if isinstance(one, dict) and (found := tweet_id(one, "id"))}
    )


def _next(tweet: dict[str, Any], includes: Includes) -> Iterable[str]:
    """The nearest tweet above that is not known; the conversation's first is read on the way there, not leapt to."""
    return [one for one in chain(tweet, includes.tweets) if one not in includes.tweets][:1]
