"""Manual forms: what staff take down from letters, calls, visitors and tweets. See README.md."""

from typing import Final

from channels.form.entry import CAPABILITIES
from channels.form.reading import KIND, read_text
from channels.form.settings import FormSettings
from channels.spec import ChannelSpec

CHANNEL: Final = ChannelSpec(kind=KIND, settings=FormSettings, capabilities=CAPABILITIES, read=read_text)
