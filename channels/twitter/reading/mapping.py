"""From a tweet to the message the core sees. Pure, and never raises: what cannot be read is kept for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from channels.twitter.reading.context import addressees, author_name, write_context
from channels.twitter.reading.shapes import Includes, Json, read_raw, text, tweet_id, write_raw
from channels.twitter.reading.tweets import (
    belongings,
    chain,
    earlier_versions,
    media_keys,
    mentions,
    posted_at,
    referred,
)
from channels.twitter.reading.words import has_tag, names_in, own_id, plain_text, read_words
from channels.twitter.settings import TwitterSettings
from core.model.message import Address, Inbound, Mark, Origin

KIND: Final = "twitter"
CONNECTION: Final = "main"
SCHEME: Final = "x"
NOWHERE: Final = Address("none", "")
LONGEST_TEXT: Final = 18_000
"""A long tweet has at most 25,000 characters; a message of the core 20,000 unless set."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are on X: the account's id and its handle in lower case, and the hashtags of reports, folded."""

    id: str
    handle: str
    tags: frozenset[str]


def map_tweet(tweet: Any, includes: Includes, *, account: Account, now: datetime) -> Inbound:
    """The message in a tweet that came with the mentions, without its pictures."""
    if not isinstance(tweet, dict) or not own_id(tweet) or not tweet_id(tweet, "author_id"):
        return _unreadable(tweet, includes, now=now)
    includes = belongings(tweet, includes)
    before = earlier_versions(tweet)
    message = Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=own_id(tweet),
        fingerprint=_fingerprint(own_id(tweet)),
        sender=Address(SCHEME, text(tweet, "author_id")),
        received_at=posted_at(tweet, now=now),
        raw=write_raw(tweet, includes),
        replaces=before[0] if before else "",
    )
    if message.sender.value == account.id:
        return replace(message, origin=Origin.ROBOT, remark="own", replaces="")
    passed_on = referred(tweet, "retweeted")
    if passed_on:
        return replace(message, supports=passed_on, route=_route(tweet, includes, account))
    return _speak(message, tweet, includes, account)


def _speak(message: Inbound, tweet: Json, includes: Includes, account: Account) -> Inbound:
    """A mention with words of its own. A report has the hashtag and says something itself."""
    said = read_words(tweet, handle=account.handle, tags=account.tags, addressed=addressees(tweet, includes))
    asks = has_tag(tweet, account.tags) and bool(said or media_keys(tweet))
    return replace(
        message,
        text=said[:LONGEST_TEXT],
        context=write_context(tweet, includes, overflow=said[LONGEST_TEXT:]),
        route=_route(tweet, includes, account),
        belongs_to=(*chain(tweet, includes.tweets), *earlier_versions(tweet)[1:]),
        supports=referred(tweet, "quoted"),
        mention=not asks,
        marks=(Mark.SENSITIVE,) if tweet.get("possibly_sensitive") is True and media_keys(tweet) else (),
    )


def map_deleted(tweet: str, author: str, *, at: datetime) -> Inbound:
    """The author took a tweet back: a message without words that replaces it."""
    return Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=f"{tweet}:deleted",
        fingerprint=_fingerprint(f"{tweet}:deleted"),
        sender=Address(SCHEME, author),
        received_at=at,
        replaces=tweet,
        marks=(Mark.DELETED,),
        raw=f'{{"deleted":"{tweet}"}}'.encode(),
    )


def read_text(raws: Sequence[bytes | None], settings: TwitterSettings) -> str:
    """``ChannelSpec.read``: the words of tweets that were kept."""
    return "\n".join(_read(raw, settings) for raw in raws if raw is not None)


def _read(raw: bytes, settings: TwitterSettings) -> str:
    tweet, includes = read_raw(raw)
    if not isinstance(tweet, dict) or referred(tweet, "retweeted"):
        return ""
    addressed = addressees(tweet, includes)
    return read_words(tweet, handle=settings.name, tags=settings.tags, addressed=addressed)[:LONGEST_TEXT]


def _unreadable(tweet: Any, includes: Includes, *, now: datetime) -> Inbound:
    """Not what X documents. Under its id where it has one, so that it stays one message."""
    raw = write_raw(tweet, Includes() if not isinstance(tweet, dict) else belongings(tweet, includes))
    given = tweet_id(tweet, "id") if isinstance(tweet, dict) else ""
    name = given or f"unreadable:{blake2b(raw, digest_size=16).hexdigest()}"
    return Inbound(
        channel=KIND,
        connection=CONNECTION,
        external_id=name,
        fingerprint=_fingerprint(name),
        sender=NOWHERE,
        received_at=now,
        raw=raw,
        unreadable=True,
    )


def _fingerprint(name: str) -> bytes:
    """A tweet never changes under its id: an edited one has a new id. What comes beside it does change."""
    return blake2b(name.encode(), digest_size=16).digest()


def _route(tweet: Json, includes: Includes, account: Account) -> dict[str, str]:
    """Where ``send`` answers, and whether a self-serve app may: X asks for a mention, or a quotation of our tweet."""
    quoted = includes.tweets.get(referred(tweet, "quoted"), {})
    named = {text(mention, "id") for mention in mentions(tweet)}
    allowed = account.id in named or account.handle in names_in(plain_text(tweet))
    allowed = allowed or text(quoted, "author_id") == account.id
    route = {"tweet": own_id(tweet), "author": text(tweet, "author_id"), "mentions_us": "1" if allowed else "0"}
    handle = author_name(tweet, includes.users)
    return route | ({"handle": handle[:15]} if handle else {})
