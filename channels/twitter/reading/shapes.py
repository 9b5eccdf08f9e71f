"""The JSON of the X API, taken apart without trusting it: what is not as documented counts as absent."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = Mapping[str, Any]
NOTHING: Final[Json] = {}
LONGEST_ID: Final = 19


@dataclass(frozen=True, slots=True)
class Includes:
    """What came beside the tweets: users and tweets by id, media by key."""

    users: Mapping[str, Json] = field(default_factory=dict, repr=False)
    tweets: Mapping[str, Json] = field(default_factory=dict, repr=False)
    media: Mapping[str, Json] = field(default_factory=dict, repr=False)

    def __or__(self, other: "Includes") -> "Includes":
        return Includes({**self.users, **other.users}, {**self.tweets, **other.tweets}, {**self.media, **other.media})


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``tweets`` as they stand there; ``missing``: ids that X says it cannot find any more."""

    tweets: Sequence[Any] = field(repr=False)
    includes: Includes
    missing: frozenset[str] = frozenset()
    newest_id: str = ""
    next_token: str = ""

    @property
    def posts(self) -> int:
        """How many posts it may be charged for."""
        return len(self.tweets) + len(self.includes.tweets)


def read_page(answer: Json) -> Page:
    """Of a list of tweets. An empty page has no ``data``, or null."""
    data = answer.get("data")
    meta = table(answer, "meta")
    return Page(
        tweets=tuple(data) if isinstance(data, list) else (),
        includes=read_includes(table(answer, "includes")),
        missing=frozenset(_missing(answer)),
        newest_id=tweet_id(meta, "newest_id"),
        next_token=text(meta, "next_token"),
    )


def _missing(answer: Json) -> Iterator[str]:
    """Partial errors: what was deleted. "not-authorized-for-resource" (protected, withheld) is still there."""
    for error in tables(answer, "errors"):
        if text(error, "type").endswith("/resource-not-found"):
            yield from (found for key in ("resource_id", "value") if (found := tweet_id(error, key)))


def read_includes(includes: Json) -> Includes:
    """By their ids."""
    return Includes(
        users={found: user for user in tables(includes, "users") if (found := text(user, "id"))},
        tweets={found: tweet for tweet in tables(includes, "tweets") if (found := tweet_id(tweet, "id"))},
        media={found: medium for medium in tables(includes, "media") if (found := text(medium, "media_key"))},
    )


def write_raw(tweet: Any, includes: Includes) -> bytes:
    """What is kept of a tweet: itself, and of what came beside it what it names."""
    beside = {
        "users": list(includes.users.values()),
        "tweets": list(includes.tweets.values()),
        "media": list(includes.media.values()),
    }
    kept = {"data": tweet, "includes": {name: found for name, found in beside.items() if found}}
    try:
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(kept, separators=(",", ":")).encode()


def read_raw(raw: bytes) -> tuple[Any, Includes]:
    """The other way round; an empty tweet for what is none."""
    try:
        kept = json.loads(raw)
    except (ValueError, RecursionError):
        return NOTHING, Includes()
    if not isinstance(kept, dict):
        return NOTHING, Includes()
    return kept.get("data", NOTHING), read_includes(table(kept, "includes"))


def text(of: Json, key: str) -> str:
    """A string, else empty."""
    found = of.get(key)
    return found if isinstance(found, str) else ""


def tweet_id(of: Json, key: str) -> str:
    """An id: up to 19 digits in a string; a number has lost digits on its way and is none."""
    found = text(of, key)
    return found if is_id(found) else ""


def is_id(found: str) -> bool:
    """Whether it is written as an id is."""
    return found.isascii() and found.isdigit() and len(found) <= LONGEST_ID


def table(of: Json, key: str) -> Json:
    """An object, else an empty one."""
    found = of.get(key)
    return found if isinstance(found, dict) else NOTHING


def tables(of: Json, key: str) -> list[Json]:
    """The objects in a list."""
    found = of.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def words(of: Json, key: str) -> list[str]:
    """The strings in a list."""
    found = of.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
