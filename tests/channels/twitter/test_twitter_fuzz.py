"""X may change its JSON at any time: no form of it stops the mapping, and what has an id and an author is read."""

import copy
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.twitter import CHANNEL
from channels.twitter.reading.context import write_context
from channels.twitter.reading.mapping import Account, map_tweet
from channels.twitter.reading.media import picture_urls
from channels.twitter.reading.shapes import read_page, read_raw
from core.text import clean
from tests.channels.twitter.conftest import make_settings
from tests.channels.twitter.test_twitter_captured import CAPTURED

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACCOUNT = Account("1708", "lapor1708", frozenset({"lapor"}))
STRANGE: tuple[Any, ...] = (
    None,
    5,
    -1.5,
    True,
    "",
    "x" * 5000,
    "\ud83d",
    "\x00",
    [],
    {},
    [None],
    [[]],
    {"id": {}},
    "9" * 400,
)

Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)


def read_all(answer: Any) -> None:
    """Everything that is done with an answer."""
    page = read_page(answer)
    for tweet in page.tweets:
        message = map_tweet(tweet, page.includes, account=ACCOUNT, now=NOW)
        assert 0 < len(message.external_id) <= 200
        assert message.fingerprint
        assert message.text == clean(message.text)
        assert len(message.belongs_to) <= 50
        message.text.encode()
        message.context.encode()
        json.dumps(dict(message.route)).encode()
        kept, includes = read_raw(message.raw)
        if isinstance(tweet, dict):
            picture_urls(tweet, page.includes)
            write_context(tweet, includes)
        again = CHANNEL.read([message.raw], make_settings())
        assert message.unreadable or (again, kept) == (message.text, tweet)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, one in inner for spot in spots(one, (*path, key)))]


def mutated(answer: dict[str, Any], chance: random.Random) -> Any:
    """One to four places hold something else, or nothing."""
    changed = copy.deepcopy(answer)
    for _ in range(chance.randint(1, 4)):
        *way, last = chance.choice([spot for spot in spots(changed) if spot])
        at = changed
        for step in way:
            at = at[step]
        if chance.random() < 0.2 and isinstance(at, dict):
            del at[last]
        else:
            at[last] = copy.deepcopy(chance.choice(STRANGE))
    return changed


@pytest.mark.parametrize("name", sorted(set(CAPTURED) - {"empty"}))
def test_no_change_of_a_captured_answer_stops_the_mapping(name: str) -> None:
    chance = random.Random(1708)

    for _ in range(400):
        read_all(mutated(CAPTURED[name], chance))


@given(Json)
@settings(max_examples=200, deadline=None)
def test_no_json_stops_the_mapping(tweet: Any) -> None:
    read_all({"data": [tweet, {"id": "19", "author_id": "77", "text": "halo", "entities": tweet, "note_tweet": tweet}]})


@given(Json)
@settings(max_examples=100, deadline=None)
def test_no_includes_stop_the_mapping(includes: Any) -> None:
    tweet = {"id": "19", "author_id": "77", "text": "halo", "referenced_tweets": [{"type": "quoted", "id": "18"}]}
    read_all({"data": [tweet], "includes": includes, "errors": includes, "meta": includes})
    read_all({"data": [tweet], "includes": {"users": includes, "tweets": includes, "media": includes}})
