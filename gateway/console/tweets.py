"""A tweet in the manual form: fetched where X can be asked, and known again where it came by itself."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from channels.form.kinds import FormKind
from channels.form.tweets import NotATweet, Tweet, TweetSource, fill, read_tweet_url
from channels.twitter import lookup
from channels.twitter.settings import TwitterSettings
from core.model.work import Outcome
from core.ports import Tx
from gateway.console.access import Visit, access_of

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=4)
CHANNEL = "twitter"
WAITS = frozenset({Outcome.NONE, Outcome.PARKED})


@dataclass(frozen=True, slots=True)
class AskedOfX:
    """``TweetSource``: X itself."""

    x: lookup.TweetSource

    async def find(self, tweet_id: str) -> Tweet | None:
        """One request to X, which is paid for."""
        found = await self.x.find(tweet_id)
        return Tweet(found.author, found.text, found.at, found.author_id) if found else None


def tweets_of(settings: object) -> TweetSource | None:
    """Where the settings of X name an account."""
    x = lookup.source(settings) if isinstance(settings, TwitterSettings) else None
    return AskedOfX(x) if x else None


@dataclass(frozen=True, slots=True)
class KnownTweet:
    """What became of a tweet that came by itself: the report ``number``, or it waits for a person."""

    number: str = ""


async def filled_fields(source: TweetSource | None, values: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The form's fields with what URL, X and the pasted words tell; and what to say of it. Raises NotATweet."""
    link = read_tweet_url(values.get("url", ""))
    tweet = await _fetch(source, link.id) if source is not None else None
    said = "forms.fetched" if tweet else "forms.filled" if source is None else "forms.not_fetched"
    return {**fill(values, tweet), "looked_up": "1" if source else ""}, said


async def _fetch(source: TweetSource, tweet_id: str) -> Tweet | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await source.find(tweet_id)
    except TimeoutError:
        log.warning("X did not answer in time: a tweet is taken down as it was pasted")
        return None


async def with_author(source: TweetSource | None, *, kind: FormKind, values: Mapping[str, str]) -> Mapping[str, str]:
    """The fields of a tweet nobody looked up yet, with its author's id where X tells it and nothing else changed."""
    if source is None or kind is not FormKind.TWEET or values.get("looked_up"):
        return values
    try:
        told, _ = await filled_fields(source, values)
    except NotATweet:
        return values  # Handing in says what is wrong with it.
    return {**values, "author_id": told.get("author_id", "")}


async def known_tweet(request: web.Request, written: str) -> KnownTweet | None:
    """What became of this tweet, where it mentioned us and came by itself; None where it did not, or is no tweet."""
    try:
        link = read_tweet_url(written)
    except NotATweet:
        return None

    def look(tx: Tx) -> KnownTweet | None:
        stored = tx.messages.find(CHANNEL, link.id)
        report = tx.reports.get(stored.report_id) if stored is not None and stored.report_id else None
        if report is not None:
            return KnownTweet(report.tracking_id)
        return KnownTweet() if stored is not None and stored.outcome in WAITS else None

    return await access_of(request).store.read(look)


def show_known(request: web.Request, found: Visit, known: KnownTweet) -> web.Response:
    """Where it is, instead of a second report of it."""
    facts = {"visit": found, "section": "forms", "number": known.number}
    return access_of(request).pages.render("forms/known.html", facts, language=found.staff.language)
