"""Tweets of the last day that are looked at again: their authors may have taken them back."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

REMEMBERED: Final = 2000
FOR: Final = timedelta(hours=24)
AT_ONCE: Final = 100


@dataclass(slots=True)
class Recent:
    """By tweet, who wrote it and when we took it. Bounded; gone with the process."""

    every: timedelta
    _tweets: OrderedDict[str, tuple[str, datetime]] = field(default_factory=OrderedDict, repr=False)
    _looked: datetime | None = None

    def add(self, tweet: str, author: str, *, now: datetime) -> None:
        """Look at it again for a day."""
        if not self.every:
            return
        self._looked = self._looked or now
        self._tweets[tweet] = (author, now)
        if len(self._tweets) > REMEMBERED:
            self._tweets.popitem(last=False)

    def due(self, *, now: datetime) -> Sequence[Sequence[str]]:
        """Ids to ask for now, a hundred at a time; nothing before its time."""
        if self._looked is None or now - self._looked < self.every:
            return ()
        self._looked = now
        for tweet in [one for one, (_, at) in self._tweets.items() if now - at > FOR]:
            del self._tweets[tweet]
        ids = list(self._tweets)
        return [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]

    def author(self, tweet: str) -> str:
        """Who wrote it; empty where it is forgotten."""
        return self._tweets.get(tweet, ("", None))[0]

    def forget(self, tweet: str) -> None:
        """It is gone, and that is said."""
        self._tweets.pop(tweet, None)
