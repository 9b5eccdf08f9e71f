"""The web chat keeps the channel contract."""

from channels.chat.webchat import CHANNEL
from core.testing.channel_kit import contract


class TestContract(contract(CHANNEL.capabilities, connects=False)):
    """What applies to a network of HTTP routes whose replies are fetched."""
