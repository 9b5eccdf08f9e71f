"""All mentions since the last one taken. X gives the newest first, a hundred at a time, and no more than 800."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from channels.twitter.reading.shapes import Includes, Page, tweet_id

SHOWN: Final = 800
"""As documented for the mentions timeline. Deleted tweets count, so that fewer come."""

NEAR_THE_END: Final = 750
MOST_PAGES: Final = 20

Ask = Callable[[str, str], Awaitable[Page]]
"""Asks for a page by ``until_id`` and ``pagination_token``, each empty for none."""


@dataclass(slots=True)
class Backlog:
    """Pages fetched so far; when X fails in between they are kept, and the rest is asked for the next time."""

    tweets: list[Any] = field(default_factory=list, repr=False)
    includes: Includes = field(default_factory=Includes)
    newest_id: str = ""
    pages: int = 0
    is_whole: bool = False

    @property
    def oldest_id(self) -> str:
        """Where to go on after an interruption; empty before the first page."""
        ids = [int(found) for one in self.tweets if isinstance(one, dict) and (found := tweet_id(one, "id"))]
        return str(min(ids)) if ids else ""

    @property
    def has_gap(self) -> bool:
        """Whether there may be older ones that X does not show."""
        return len(self.tweets) >= NEAR_THE_END or self.pages >= MOST_PAGES

    async def fetch(self, ask: Ask) -> None:
        """Until there is no further page. What ``ask`` raises is passed on. Called again it goes on from there; once it
        is whole nothing more is asked.
        """
        until, token = self.oldest_id, ""
        while not self.is_whole and self.pages < MOST_PAGES:
            page = await ask(until if not token else "", token)
            self._add(page)
            self.is_whole = not page.next_token or len(self.tweets) >= SHOWN
            token = page.next_token

    def _add(self, page: Page) -> None:
        self.tweets += page.tweets
        self.includes |= page.includes
        self.pages += 1
        ids = [page.newest_id, *(tweet_id(one, "id") for one in page.tweets if isinstance(one, dict)), self.newest_id]
        self.newest_id = str(max(int(one or "0") for one in ids))
