"""X (Twitter): mentions of one account, answered in public and by direct message. See README.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from yarl import URL

from channels.spec import ChannelSpec
from channels.twitter.adapter import CAPABILITIES, TwitterChannel
from channels.twitter.client import TWEEPYS_HOST
from channels.twitter.lookup import source as source
from channels.twitter.reading.mapping import CONNECTION, KIND, SCHEME, read_text
from channels.twitter.settings import TwitterSettings
from core.channel import Channel
from core.model.network import Postbox


def connections(settings: TwitterSettings) -> Mapping[str, Callable[[], Channel]]:
    """The account, where one is named."""
    return {CONNECTION: partial(TwitterChannel, settings)} if settings.handle else {}


def endpoints(settings: TwitterSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of the API."""
    url = URL(settings.base_url or TWEEPYS_HOST)
    return {CONNECTION: (url.host or "", url.port or 443)} if settings.handle else {}


def postboxes(settings: TwitterSettings) -> Mapping[str, Sequence[Postbox]]:
    """Who did not mention us may be written to only where X granted the app more than it sells to all."""
    may_begin = settings.handle and settings.access != "self_serve" and settings.direct_messages
    return {SCHEME: (Postbox(KIND, CONNECTION),)} if may_begin else {}


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=TwitterSettings,
    capabilities=CAPABILITIES,
    read=read_text,
    connections=connections,
    endpoints=endpoints,
    postboxes=postboxes,
)
