"""A scripted Bot API on loopback, for demonstrations, benchmarks and tests."""

from channels.chat.telegram.api_peer.peer import BotApi
from channels.chat.telegram.api_peer.world import Sent

__all__ = ["BotApi", "Sent"]
