"""The web chat: a talk with the bot or a person on the pages of sites. Lines are fetched, not sent. See README.md."""

from typing import Final

from channels.chat.webchat.adapter import CAPABILITIES, hours_of, manner_of, routes
from channels.chat.webchat.examining import examine
from channels.chat.webchat.mapping import KIND, read_text
from channels.chat.webchat.settings import WebchatSettings
from channels.spec import ChannelSpec

CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=WebchatSettings,
    capabilities=CAPABILITIES,
    read=read_text,
    derives={"token_key": "webchat tokens"},
    links="pages",
    examine=examine,
    manner=manner_of,
    hours=hours_of,
    routes=routes,
)
