"""A small X of this machine, and citizens who mention us."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from channels.twitter.api_peer import Keys, XApi
from channels.twitter.api_peer.world import Sent
from channels.twitter.settings import TwitterSettings
from gateway.bootstrap import Parts
from gateway.commands.context import CommandFailed
from gateway.commands.demo.operators import LOOPBACK, PATIENCE, number_in


async def play_tweets(parts: Parts) -> None:
    """A report by tweet, its status asked in public, and a mention that waits for a person."""
    settings = parts.settings.channels["twitter"]
    if not isinstance(settings, TwitterSettings) or not settings.handle:
        raise CommandFailed("X is not configured; use --config config/development.toml")
    async with _network(settings) as api:
        house, handle = random.randrange(1, 900), settings.name  # noqa: S311
        author = f"budi_{house}"
        _tweet(
            api, author, f"#LAPOR lampu merah di perempatan Jl. Ahmad Yani {house} Kudus mati sejak kemarin @{handle}"
        )
        public = await _hear(api.posts, 0, "balasan")
        await _hear(api.messages, 0, f"pesan langsung ke @{author}")
        _tweet(api, author, f"@{handle} STATUS {number_in(public.text)}")
        await _hear(api.posts, 1, "balasan")
        _tweet(api, f"rina_{house}", f"Keren, admin @{handle} cepat membalas")
        await _until_asked(api)
        print("    (tanpa tagar: menunggu di daftar yang perlu dilihat)")


def _tweet(api: XApi, author: str, text: str) -> None:
    print(f"\n[X] @{author}: {text}")
    api.world.write(author, text)


async def _hear(said: Sequence[Sent], before: int, what: str) -> Sent:
    """What we said next. Raises CommandFailed."""
    try:
        async with asyncio.timeout(PATIENCE):
            while len(said) <= before:  # noqa: ASYNC110 - the scripted X has no event for what it took
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise CommandFailed(f"nothing was said on X within {PATIENCE:.0f} s; see the gateway's log") from error
    print(f"[X] {what}: {said[before].text}")
    return said[before]


async def _until_asked(api: XApi) -> None:
    """Until the gateway asked for mentions twice: the second time it has stored those of the first."""
    before = len(api.asked)
    async with asyncio.timeout(PATIENCE):
        while len(api.asked) < before + 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _network(settings: TwitterSettings) -> AsyncIterator[XApi]:
    """X where the configuration expects it on this machine."""
    place = urlsplit(settings.base_url)
    if place.hostname != LOOPBACK or place.port is None:
        raise CommandFailed("twitter.base_url is not on 127.0.0.1; use --config config/development.toml")
    api = XApi(settings.name, keys=_keys(settings))
    try:
        await api.start(port=place.port)
    except OSError as error:
        raise CommandFailed(f"port {place.port} is taken: is another demo running?") from error
    try:
        yield api
    finally:
        await api.stop()


def _keys(settings: TwitterSettings) -> Keys:
    return Keys(
        bearer_token=settings.bearer_token.reveal(),
        consumer_key=settings.consumer_key.reveal(),
        consumer_secret=settings.consumer_secret.reveal(),
        access_token=settings.access_token.reveal(),
        access_token_secret=settings.access_token_secret.reveal(),
    )
