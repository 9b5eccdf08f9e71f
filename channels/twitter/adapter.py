"""X as a channel: the watch over mentions, and replies."""

from datetime import timedelta
from typing import Final

import aiohttp

from channels.twitter.client import Client
from channels.twitter.polling.standing import Standing
from channels.twitter.polling.watch import Watch
from channels.twitter.reading.media import Gallery
from channels.twitter.sending.replies import LONGEST_MESSAGE, LONGEST_TWEET, Replies
from channels.twitter.sending.weights import weigh
from channels.twitter.settings import TwitterSettings
from core.channel import Capabilities, Health, Intake
from core.model.message import Outbound

CAPABILITIES: Final = Capabilities(
    measure=weigh,
    max_length=LONGEST_TWEET,
    threading=True,
    public=True,
    private_length=LONGEST_MESSAGE,
    brake=((timedelta(minutes=10), 6), (timedelta(days=1), 30)),
)
CONNECT_SECONDS: Final = 10.0


class TwitterChannel:
    """One account on X. Nothing is asked before ``receive``."""

    def __init__(self, settings: TwitterSettings) -> None:
        self._settings = settings
        self._standing = Standing(quota=settings.monthly_read_quota)
        self._replies = Replies(settings, self._standing)
        self._watch: Watch | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Those of X."""
        return CAPABILITIES

    async def receive(self, intake: Intake) -> None:
        """Ask for mentions until cancelled."""
        async with open_session(self._settings) as session:
            client, gallery = Client(self._settings, session), Gallery(self._settings, session)
            self._watch = Watch(self._settings, client, gallery, intake, self._standing)
            try:
                await self._watch.run()
            finally:
                self._watch = None

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """The public piece, then the private one: an id for each that is not empty, in this order."""
        watch = self._watch
        own = watch.account.id if watch and watch.account else self._settings.user_id
        return await self._replies.send(message, watch.client if watch else None, own=own)

    async def health(self) -> Health:
        """Up when X answered the last time it was asked, also while a limit or the quota stops reading."""
        return self._standing.health()


def open_session(settings: TwitterSettings) -> aiohttp.ClientSession:
    """Without cookies, and a connection for each request: one that X closed meanwhile would leave a post in doubt."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_SECONDS, settings.request_seconds)),
    )
