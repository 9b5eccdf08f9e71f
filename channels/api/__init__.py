"""The JSON API for apps, web forms and partner agencies. Replies are fetched, not sent. See README.md."""

from typing import Final

from channels.api.adapter import CAPABILITIES, routes
from channels.api.mapping import KIND, read_text
from channels.api.settings import ApiSettings
from channels.spec import ChannelSpec

CHANNEL: Final = ChannelSpec(kind=KIND, settings=ApiSettings, capabilities=CAPABILITIES, read=read_text, routes=routes)
