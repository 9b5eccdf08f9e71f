"""Tweets on their way into the core: all at once, and the cursor with the last of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from channels.twitter.reading.mapping import Account, map_tweet
from channels.twitter.reading.media import Gallery
from channels.twitter.reading.shapes import Includes, Json, tweet_id
from channels.twitter.reading.tweets import media_keys
from core.channel import Busy, Intake, Refused
from core.model.message import Inbound, Mark, Origin

log = logging.getLogger(__name__)
LARGEST_RAW: Final = 60_000
"""Bytes; the core takes 64 KiB beside a message, larger ones as a file."""

WITHOUT_PAUSE: Final = 50
"""Tweets that are read in one go; after some milliseconds it is others' turn."""


async def make_ready(
    tweets: Sequence[Any], includes: Includes, *, account: Account, intake: Intake, gallery: Gallery, now: datetime
) -> list[Inbound]:
    """Messages of tweets, oldest first, their files stored. Raises Busy, and then none of them is lost: ask again."""
    ready: list[Inbound] = []
    ordered = sorted(tweets, key=_number)
    for at in range(0, len(ordered), WITHOUT_PAUSE):
        some = ordered[at : at + WITHOUT_PAUSE]
        made = [map_tweet(tweet, includes, account=account, now=now) for tweet in some]
        ready += await asyncio.gather(
            *(_complete(tweet, one, includes, intake, gallery) for tweet, one in zip(some, made, strict=True))
        )
    return ready


def _number(tweet: Any) -> int:
    return int(tweet_id(tweet, "id") or "0") if isinstance(tweet, dict) else 0


async def _complete(tweet: Json, message: Inbound, includes: Includes, intake: Intake, gallery: Gallery) -> Inbound:
    """With its pictures, and a large original as a file."""
    if _has_pictures(tweet, message):
        pictures = await gallery.keep(tweet, includes, intake)
        marks = (*message.marks, Mark.FILES_LEFT_OUT) if pictures.left_out else message.marks
        message = replace(message, attachments=pictures.kept, marks=marks)
    if len(message.raw) > LARGEST_RAW:
        kept = await intake.store(_whole(message.raw), "application/json", original=True)
        message = replace(message, raw=b"", raw_blob=kept.id)
    return message


def _has_pictures(tweet: Json, message: Inbound) -> bool:
    """Ours and retweets bring none."""
    is_somebodys = message.origin is Origin.PERSON and not message.unreadable
    return is_somebodys and bool(message.text or not message.supports) and bool(media_keys(tweet))


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass(frozen=True, slots=True)
class Left:
    """What is still to be offered, and how long the core asks to wait before."""

    messages: Sequence[Inbound] = ()
    pause: timedelta = timedelta()


async def hand_in(messages: Sequence[Inbound], intake: Intake, *, cursor: str) -> Left:
    """Offer all of them, the last one with ``cursor``.

    The last waits for the others: a cursor that is committed says that all before it are. What the core refuses is
    not offered again.
    """
    if not messages:
        return Left()
    *others, last = messages
    answers = await asyncio.gather(*(_offer(one, intake) for one in others), return_exceptions=True)
    refusals = {one.external_id: busy for one, busy in zip(others, answers, strict=True) if isinstance(busy, Busy)}
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Busy):
            raise answer
    if refusals:
        left = [one for one in messages if one.external_id in refusals or one is last]
        return Left(left, max(busy.retry_after for busy in refusals.values()))
    try:
        await _offer(last, intake, cursor=cursor)
    except Busy as busy:
        return Left([last], busy.retry_after)
    return Left()


async def _offer(message: Inbound, intake: Intake, *, cursor: str | None = None) -> None:
    try:
        await intake.accept(message, cursor=cursor)
    except Refused as refusal:
        facts = {"channel": "twitter", "tweet": message.external_id, "field": refusal.field}
        log.warning("The core takes a tweet never; look at it on X", extra=facts)
