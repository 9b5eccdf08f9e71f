"""Pictures of a tweet, fetched at once: later they may be gone."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from channels.twitter.reading.shapes import Includes, Json, text
from channels.twitter.reading.tweets import media_keys
from channels.twitter.settings import TwitterSettings
from core.channel import Intake, Refused
from core.filetypes import FileRefused, keep_file
from core.model.message import Attachment

HOSTS: Final = frozenset({"pbs.twimg.com", "video.twimg.com"})
X_ITSELF: Final = frozenset({"", "api.x.com", "api.twitter.com"})
AT_ONCE: Final = 8
MOST: Final = 8
PIECE: Final = 65_536
FILMS: Final = frozenset({"video", "animated_gif"})


class NotFetched(Exception):
    """A picture is left out. The message says why and names no URL."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was kept, and whether something is only in the original."""

    kept: tuple[Attachment, ...] = ()
    left_out: bool = False


class Gallery:
    """Fetches pictures over one session, a few at a time."""

    def __init__(self, settings: TwitterSettings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._places = asyncio.Semaphore(AT_ONCE)

    async def keep(self, tweet: Json, includes: Includes, intake: Intake) -> Pictures:
        """Store a tweet's pictures, of a film its first frame. Raises Busy; what fails otherwise is left out."""
        addresses = picture_urls(tweet, includes)[:MOST] if self._settings.max_media_bytes else []
        found = await asyncio.gather(*(self._try(one, intake) for one in addresses), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        kept = tuple(one for one in found if isinstance(one, Attachment))
        wanted = len(media_keys(tweet)) + len(_films(tweet, includes))  # of a film only a picture is kept
        return Pictures(kept, left_out=len(kept) < wanted)

    async def _try(self, address: str, intake: Intake) -> Attachment | None:
        try:
            async with self._places, asyncio.timeout(self._settings.request_seconds):
                return await self._fetch(address, intake)
        except (NotFetched, FileRefused, Refused, aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return None

    async def _fetch(self, address: str, intake: Intake) -> Attachment:
        url = self._where(address)
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                raise NotFetched(f"status {response.status}")
            content = response.content.iter_chunked(PIECE)
            name, limit = url.name, self._settings.max_media_bytes
            return await keep_file(_pieces(content), intake.store, name=name, declared="", limit=limit)

    def _where(self, address: str) -> URL:
        """Only X's own servers, or the one that stands for them, are asked. ``orig`` is the size that was uploaded."""
        url, base = URL(address), URL(self._settings.base_url)
        stands_in = (base.host or "") not in X_ITSELF
        if stands_in and url.host in HOSTS:
            url = base.join(URL(url.raw_path_qs, encoded=True))
        elif url.host not in HOSTS and not (stands_in and url.origin() == base.origin()):
            raise NotFetched("another server")
        return url.update_query(name="orig")


def picture_urls(tweet: Json, includes: Includes) -> Sequence[str]:
    """Where its pictures are; those that X names without an address are missing."""
    return list(_urls(tweet, includes))


def _urls(tweet: Json, includes: Includes) -> Iterator[str]:
    for key in media_keys(tweet):
        medium = includes.media.get(key, {})
        address = text(medium, "url") or text(medium, "preview_image_url")
        if address.startswith(("http://", "https://")):
            yield address


def _films(tweet: Json, includes: Includes) -> Sequence[str]:
    return [key for key in media_keys(tweet) if text(includes.media.get(key, {}), "type") in FILMS]


async def _pieces(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in content:
        yield piece
