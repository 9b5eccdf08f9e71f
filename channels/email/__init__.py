"""E-mail: replies through a relay over SMTP. Letters received will live here too. See README.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from channels.email.adapter import CAPABILITIES, EmailChannel
from channels.email.settings import EmailSettings
from channels.spec import ChannelSpec
from core.channel import Channel
from core.model.network import Postbox

KIND: Final = "email"
CONNECTION: Final = "main"


def connections(settings: EmailSettings) -> Mapping[str, Callable[[], Channel]]:
    """The relay, where there is one."""
    return {CONNECTION: partial(EmailChannel, settings)} if settings.relay_url else {}


def endpoints(settings: EmailSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of the relay."""
    return {CONNECTION: (settings.relay.host, settings.relay.port)} if settings.relay_url else {}


def postboxes(settings: EmailSettings) -> Mapping[str, Sequence[Postbox]]:
    """A relay reaches every address."""
    return {"mail": (Postbox(KIND, CONNECTION),)} if settings.relay_url else {}


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=EmailSettings,
    capabilities=CAPABILITIES,
    derives={"token_key": "mail-tokens"},
    links="links_to",
    connections=connections,
    endpoints=endpoints,
    postboxes=postboxes,
)
