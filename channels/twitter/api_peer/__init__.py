"""A scripted X API on loopback, for demonstrations, benchmarks and tests."""

from channels.twitter.api_peer.peer import Keys, XApi
from channels.twitter.api_peer.world import Sent

__all__ = ["Keys", "Sent", "XApi"]
