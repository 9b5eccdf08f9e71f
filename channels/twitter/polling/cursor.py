"""Where we are in the mentions and what this month cost: one string, committed with the tweets."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

ALMOST: Final = 0.8
EARLIEST_PROJECTION: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Meter:
    """What was read and posted in a month (UTC, ``2026-11``). X bills both by the piece; see README.md."""

    month: str = ""
    reads: int = 0
    posts: int = 0
    links: int = 0

    def at(self, now: datetime) -> "Meter":
        """As it stands now: a new month begins with nothing."""
        month = f"{now:%Y-%m}"
        return self if self.month == month else Meter(month)

    def spent(self, quota: int) -> bool:
        """Whether nothing may be read any more; a quota of 0 is none."""
        return quota > 0 and self.reads >= quota

    def is_almost_spent(self, quota: int) -> bool:
        """Whether four fifths are gone."""
        return quota > 0 and self.reads >= quota * ALMOST

    def is_fast(self, quota: int, *, now: datetime) -> bool:
        """Whether the month would end beyond the quota at this pace, were it two days old at least: what
        comes beside the mentions must leave enough for them.
        """
        since = max(now - month_begin(now), EARLIEST_PROJECTION)
        length = next_month(now) - month_begin(now)
        return quota > 0 and self.reads * (length / since) > quota


@dataclass(frozen=True, slots=True)
class Cursor:
    """``since_id``: the newest tweet that was taken; empty before the first."""

    since_id: str = ""
    meter: Meter = Meter()

    def past(self, tweet_id: str) -> "Cursor":
        """Moved on to a tweet, never back."""
        return replace(self, since_id=tweet_id) if int(tweet_id or "0") > int(self.since_id or "0") else self

    def __str__(self) -> str:
        meter = self.meter
        counted = {"month": meter.month, "reads": meter.reads, "posts": meter.posts, "links": meter.links}
        return json.dumps({"since_id": self.since_id, **counted}, separators=(",", ":"))


def read_cursor(written: str | None, *, start_after: str) -> Cursor:
    """From what was committed last. Raises ValueError for what we never wrote: to guess would lose or repeat."""
    if written is None:
        return Cursor(start_after)
    if written.isascii() and written.isdigit():
        return Cursor(written)
    try:
        kept = json.loads(written)
        meter = Meter(str(kept["month"]), int(kept["reads"]), int(kept.get("posts", 0)), int(kept.get("links", 0)))
        return Cursor(f"{int(kept['since_id'])}" if kept["since_id"] else "", meter)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("the cursor of twitter/main is not one of ours") from error


def month_begin(now: datetime) -> datetime:
    """Of the month in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """When it begins, UTC."""
    return (month_begin(now) + timedelta(days=32)).replace(day=1)
