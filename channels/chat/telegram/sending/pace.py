"""How fast the bot may write: to everybody together, to one person, to one group. Buckets of tokens, in memory."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from channels.chat.telegram.settings import TelegramSettings

REMEMBERED: Final = 20_000
SLACK: Final = 1.0
"""Seconds worth of tokens that may be saved up for all; a chat saves up three messages."""

BURST: Final = 3.0


@dataclass(slots=True)
class Bucket:
    """``tokens`` at ``at``, in seconds of a monotonic clock."""

    rate: float
    size: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 where one is."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1.0 - self.tokens) / self.rate)


@dataclass(slots=True)
class Pace:
    """One connection's. ``blocked``: until when Telegram wants no message to a chat, or to anybody (empty)."""

    per_second: float
    per_chat_second: float
    per_group_minute: float
    chats: OrderedDict[str, Bucket] = field(default_factory=OrderedDict, repr=False)
    blocked: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)
    everybody: Bucket | None = None

    def take(self, chat: str, now: float) -> float:
        """0 where a message may go out now, and it is counted; else the seconds to wait, and nothing is."""
        everybody = self.everybody = self.everybody or _full(self.per_second, self.per_second * SLACK, now)
        mine = self._bucket(chat, now)
        held = max(self.blocked.get(chat, 0.0), self.blocked.get("", 0.0)) - now
        wait = max(everybody.wait(now), mine.wait(now), held)
        if wait <= 0:
            everybody.tokens -= 1
            mine.tokens -= 1
        return max(wait, 0.0)

    def own_wait(self, chat: str, now: float) -> float:
        """The seconds that a chat has to wait whatever others do."""
        return max(self._bucket(chat, now).wait(now), self.blocked.get(chat, 0.0) - now)

    def hold(self, chat: str, *, until: float) -> None:
        """Telegram wants nothing there before."""
        self.blocked[chat] = until
        if len(self.blocked) > REMEMBERED:
            self.blocked.popitem(last=False)

    def _bucket(self, chat: str, now: float) -> Bucket:
        bucket = self.chats.pop(chat, None)
        if bucket is None:
            is_group = chat.startswith("-")
            rate = self.per_group_minute / 60 if is_group else self.per_chat_second
            bucket = _full(rate, BURST, now)
        self.chats[chat] = bucket
        if len(self.chats) > REMEMBERED:
            self.chats.popitem(last=False)
        return bucket


def make_pace(settings: TelegramSettings) -> Pace:
    """As the settings say."""
    return Pace(settings.per_second, settings.per_chat_second, settings.per_group_minute)


def _full(rate: float, size: float, now: float) -> Bucket:
    return Bucket(rate, max(size, 1.0), max(size, 1.0), now)
