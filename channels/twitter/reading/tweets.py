"""A tweet's own statements: who wrote it, what it refers to, its whole text."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from channels.twitter.reading.shapes import Includes, Json, is_id, table, tables, text, tweet_id, words

MOST_VERSIONS: Final = 10
"""X allows five edits."""

FIRST_TWEET: Final = datetime(2006, 3, 21, tzinfo=UTC)


def referred(tweet: Json, kind: str) -> str:
    """The id of the tweet it is ``retweeted``, ``quoted`` or ``replied_to`` of; empty where it is not."""
    found = (tweet_id(one, "id") for one in tables(tweet, "referenced_tweets") if one.get("type") == kind)
    return next((one for one in found if one), "")


def full_text(tweet: Json) -> str:
    """As X writes it, long ones too: ``text`` of a long tweet ends after 280 characters."""
    return text(table(tweet, "note_tweet"), "text") or text(tweet, "text")


def links(tweet: Json) -> Iterator[Json]:
    """The links of the whole text."""
    for of in (tweet, table(tweet, "note_tweet")):
        yield from tables(table(of, "entities"), "urls")


def mentions(tweet: Json) -> Iterator[Json]:
    """Who is named, by ``username`` and ``id``."""
    for of in (tweet, table(tweet, "note_tweet")):
        yield from tables(table(of, "entities"), "mentions")


def media_keys(tweet: Json) -> list[str]:
    """Its pictures and films."""
    return words(table(tweet, "attachments"), "media_keys")


def posted_at(tweet: Json, *, now: datetime) -> datetime:
    """When it was written; ``now`` where X says nothing sensible."""
    try:
        at = datetime.fromisoformat(text(tweet, "created_at")).astimezone(UTC)
    except (ValueError, OverflowError):
        return now
    return at if FIRST_TWEET <= at <= now else now


def earlier_versions(tweet: Json) -> list[str]:
    """The ids it had before its edits, the last first; none for a tweet as it was written."""
    own = text(tweet, "id")
    history = [found for found in words(tweet, "edit_history_tweet_ids")[:MOST_VERSIONS] if is_id(found)]
    before = history[: history.index(own)] if own in history else history
    return before[::-1]


def chain(tweet: Json, tweets: Mapping[str, Json], *, most: int = 40) -> list[str]:
    """The ids above it, nearest first, as far as they are known; the conversation's first tweet closes it."""
    found: list[str] = []
    above = referred(tweet, "replied_to")
    while above and above not in found and len(found) < most:
        found.append(above)
        above = referred(tweets.get(above, {}), "replied_to")
    first = tweet_id(tweet, "conversation_id")
    if found and first and first not in found:
        found.append(first)
    return found


def belongings(tweet: Json, includes: Includes) -> Includes:
    """Of all that came in an answer what this tweet needs to be read again."""
    near = [referred(tweet, "quoted"), *chain(tweet, includes.tweets)]
    near += [referred(includes.tweets.get(one, {}), "quoted") for one in near]
    tweets = {one: includes.tweets[one] for one in near if one in includes.tweets}
    authors = {text(one, "author_id") for one in (tweet, *tweets.values())}
    keys = [key for one in (tweet, *tweets.values()) for key in media_keys(one)]
    return Includes(
        users={one: includes.users[one] for one in authors if one in includes.users},
        tweets=tweets,
        media={key: includes.media[key] for key in keys if key in includes.media},
    )
