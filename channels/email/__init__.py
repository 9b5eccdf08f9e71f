"""E-mail: letters come in over SMTP, replies go out through a relay. See README.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from channels.email.again import find_files, read_again, read_around
from channels.email.capabilities import CAPABILITIES
from channels.email.receiving.examining import examine
from channels.email.settings import EmailSettings
from channels.spec import ChannelSpec
from core.channel import Channel
from core.model.network import Postbox

KIND: Final = "email"
CONNECTION: Final = "main"


def connections(settings: EmailSettings) -> Mapping[str, Callable[[], Channel]]:
    """One, where there is a relay or a port to listen on."""
    return {CONNECTION: partial(_open, settings)} if settings.relay_url or settings.listen_port else {}


def _open(settings: EmailSettings) -> Channel:
    from channels.email.adapter import EmailChannel  # noqa: PLC0415 - who only reads mails needs no SMTP

    return EmailChannel(settings)


def endpoints(settings: EmailSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of the relay."""
    return {CONNECTION: (settings.relay.host, settings.relay.port)} if settings.relay_url else {}


def listens(settings: EmailSettings) -> Mapping[str, tuple[str, int]]:
    """Where mails are taken."""
    return {CONNECTION: (settings.listen_host, settings.listen_port)} if settings.listen_port else {}


def postboxes(settings: EmailSettings) -> Mapping[str, Sequence[Postbox]]:
    """A relay reaches every address."""
    return {"mail": (Postbox(KIND, CONNECTION),)} if settings.relay_url else {}


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=EmailSettings,
    capabilities=CAPABILITIES,
    read=read_again,
    files=find_files,
    around=read_around,
    derives={"token_key": "mail-tokens"},
    links="links_to",
    listens=listens,
    examine=examine,
    connections=connections,
    endpoints=endpoints,
    postboxes=postboxes,
)
