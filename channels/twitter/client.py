"""The X API: one request each, signed and addressed by tweepy over our own session. The door to tweepy."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from yarl import URL

from channels.twitter.settings import TwitterSettings

TWEEPYS_HOST: Final = "https://api.twitter.com"
"""Written into tweepy 4.17, in the middle of ``AsyncBaseClient.request``."""

LARGEST_ANSWER: Final = 16 * 1024 * 1024
TWEET_FIELDS: Final = (
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "possibly_sensitive",
    "referenced_tweets",
    "reply_settings",
    "text",
    "withheld",
)
EXPANSIONS: Final = ("author_id", "referenced_tweets.id", "referenced_tweets.id.author_id", "attachments.media_keys")
MEDIA_FIELDS: Final = ("media_key", "type", "url", "preview_image_url")
USER_FIELDS: Final = ("username", "name", "protected", "withheld")
FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "tweet_fields": TWEET_FIELDS,
    "expansions": EXPANSIONS,
    "media_fields": MEDIA_FIELDS,
    "user_fields": USER_FIELDS,
}

LIMITS: Final[Mapping[str, str]] = {"x-rate-limit": "0", "x-user-limit-24hour": "1", "x-app-limit-24hour": "1"}
"""Names of the headers, and what is left of a limit where X does not say."""

Answer = dict[str, Any]
"""A JSON object of the API: ``data``, ``includes``, ``errors``, ``meta``, each of them maybe absent."""


class NoConnection(Exception):
    """The request surely did not reach X."""


class NoAnswer(Exception):
    """The request may have reached X; what it answered is not known, or was not the API's."""


class Problem(Exception):
    """X refused. ``type``, ``title`` and ``detail`` may name a citizen: they are looked at and never shown.

    ``reset``: seconds since 1970 when the limit that was reached begins anew; 0 where X does not say.
    """

    def __init__(self, status: int, *, type: str = "", title: str = "", detail: str = "", reset: int = 0) -> None:  # noqa: A002
        super().__init__(f"X answered {status}")
        self.status = status
        self.reset = reset
        self._words = f"{type} {title} {detail}".lower()

    def says(self, *words: str) -> bool:
        """Whether one of these (in lower case) is in its type, title or detail."""
        return any(word in self._words for word in words)


class Client:
    """The endpoints that are used. Every call raises NoConnection, NoAnswer or Problem."""

    def __init__(self, settings: TwitterSettings, session: aiohttp.ClientSession) -> None:
        # tweepy takes a third of a second to import: commands that have no business with X do without.
        import tweepy.asynchronous  # noqa: PLC0415

        for chatty in ("tweepy", "oauthlib"):  # at DEBUG both write tokens and texts
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._keys = settings.has_keys
        self._reads_as_account = self._keys and not settings.bearer_token
        self._tweepy = tweepy.asynchronous.AsyncClient(
            bearer_token=settings.bearer_token.reveal() or None,
            consumer_key=settings.consumer_key.reveal() or None,
            consumer_secret=settings.consumer_secret.reveal() or None,
            access_token=settings.access_token.reveal() or None,
            access_token_secret=settings.access_token_secret.reveal() or None,
            return_type=dict,
        )
        self._tweepy.session = Wire(session, base_url=settings.base_url, seconds=settings.request_seconds)

    async def me(self) -> Answer:
        """The account the keys belong to."""
        return await self._get(self._tweepy.get_me(user_auth=self._keys))

    async def user(self, username: str) -> Answer:
        """The account with this handle."""
        return await self._get(self._tweepy.get_user(username=username, user_auth=self._reads_as_account))

    async def mentions(self, user_id: str, *, since_id: str, until_id: str, token: str, most: int) -> Answer:
        """A page of tweets that mention the account, newest first; empty strings set no bound. ``most`` is 5 to 100."""
        bounds = {"since_id": since_id, "until_id": until_id, "pagination_token": token}
        given = {name: value for name, value in bounds.items() if value}
        call = self._tweepy.get_users_mentions
        return await self._get(
            call(user_id, user_auth=self._reads_as_account, max_results=most, **given, **_joined(FIELDS))
        )

    async def tweets(self, ids: Sequence[str]) -> Answer:
        """Up to 100 tweets by id; those that cannot be read are under ``errors``."""
        call = self._tweepy.get_tweets
        return await self._get(call(list(ids), user_auth=self._reads_as_account, **_joined(FIELDS)))

    async def posted(self, user_id: str, *, most: int) -> Answer:
        """What the account posted last."""
        call = self._tweepy.get_users_tweets
        fields = {"tweet_fields": ["referenced_tweets", "text"], "max_results": most}
        return await self._get(call(user_id, user_auth=self._reads_as_account, **fields))

    async def messages(self, user_id: str, *, most: int) -> Answer:
        """The last direct messages with somebody, the newest first."""
        call = self._tweepy.get_direct_message_events
        return await self._get(call(participant_id=user_id, max_results=most, user_auth=self._keys))

    async def reply(self, text: str, *, tweet_id: str) -> str:
        """Post in reply to a tweet; the id of the new one."""
        call = self._tweepy.create_tweet
        answer = await _asked(call(text=text, in_reply_to_tweet_id=tweet_id, user_auth=self._keys))
        return _new_id(answer, "id")

    async def message(self, text: str, *, user_id: str) -> str:
        """Send a direct message; the id of its event."""
        call = self._tweepy.create_direct_message
        answer = await _asked(call(participant_id=user_id, text=text, user_auth=self._keys))
        return _new_id(answer, "dm_event_id")

    async def _get(self, call: Awaitable[Any]) -> Answer:
        return await _asked(call)


class Wire:
    """What tweepy takes for its session: another host, a time limit, and refusals as ``Problem``.

    tweepy knows no timeout, and a 503 with a page of HTML, which X gives when it is overloaded, ends in it as an error
    of aiohttp.
    """

    def __init__(self, session: aiohttp.ClientSession, *, base_url: str, seconds: float) -> None:
        self._session = session
        self._base = base_url.rstrip("/") or TWEEPYS_HOST
        self._seconds = seconds

    @asynccontextmanager
    async def request(self, method: str, url: str | URL, **given: Any) -> AsyncIterator["Reply"]:
        """As ``aiohttp.ClientSession.request``. A signed URL is not quoted anew: its signature would break."""
        there = URL(str(url).replace(TWEEPYS_HOST, self._base, 1), encoded=isinstance(url, URL))
        try:
            async with asyncio.timeout(self._seconds):
                async with self._session.request(method, there, allow_redirects=False, **given) as response:
                    body = await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NoConnection(type(error).__name__) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from None
        yield _judge(response, body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What tweepy asks of a response."""

    status: int
    reason: str
    headers: Mapping[str, str]
    answer: Answer

    async def read(self) -> bytes:
        """It was read already."""
        return b""

    async def json(self) -> Answer:
        """The object."""
        return self.answer


def _joined(fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in fields.items()}


async def _asked(call: Awaitable[Any]) -> Answer:
    answer = await call
    return answer if isinstance(answer, dict) else {}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(65_536):
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise NoAnswer("more than 16 MiB")
        pieces.append(piece)
    return b"".join(pieces)


def _judge(response: aiohttp.ClientResponse, body: bytes) -> Reply:
    """Raises Problem for a refusal of the API; a page of somebody in front of it is as good as no connection."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    status = response.status
    if 200 <= status <= 299 and isinstance(answer, dict):
        return Reply(status, response.reason or "", response.headers, answer)
    if 200 <= status <= 299 or 500 <= status <= 599:  # what cannot be read may say that it is done
        raise NoAnswer(f"status {status}")
    if not isinstance(answer, dict) and status not in {401, 402, 404, 429}:
        raise NoConnection(f"status {status}, not of the API")
    raise _problem(response, answer if isinstance(answer, dict) else {})


def _problem(response: aiohttp.ClientResponse, answer: Answer) -> Problem:
    """Both ways in which X writes errors: a problem (RFC 7807), and a list of codes with messages as in 1.1."""
    listed = answer.get("errors")
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    details = [answer.get("detail"), *(error.get("detail") or error.get("message") for error in errors)]
    return Problem(
        status=response.status,
        type=str(answer.get("type", "")),
        title=str(answer.get("title", "")),
        detail=" ".join(str(detail) for detail in details if detail),
        reset=_reset(response.headers),
    )


def _reset(headers: Mapping[str, str]) -> int:
    """That of the limit that is used up; X has one for 15 minutes and two for a day."""
    used_up = [limit for limit, unsaid in LIMITS.items() if headers.get(f"{limit}-remaining", unsaid) == "0"]
    resets = [headers.get(f"{limit}-reset", "") for limit in used_up]
    return max((int(reset) for reset in resets if reset.isascii() and reset.isdigit()), default=0)


def _new_id(answer: Answer, key: str) -> str:
    data = answer.get("data")
    new = data.get(key) if isinstance(data, dict) else None
    if not isinstance(new, str) or not new:
        raise NoAnswer("an answer without an id")
    return new
