"""What one page, one address and one process may take. Everything counted here is bounded."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

SOURCES_REMEMBERED = 20_000
MINUTE = 60.0
BURST = 4


class TooMany(Exception):
    """So many are open already, or came within the minute; another may come after ``retry_after``."""

    def __init__(self, what: str, *, retry_after: timedelta) -> None:
        super().__init__(f"too many {what}")
        self.retry_after = retry_after


def find_source(remote: str) -> str:
    """Who counts as one: an IPv4 address, a /64 network of IPv6; empty for loopback, which is not limited."""
    try:
        address = ip_address(remote)
    except ValueError:
        return remote
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(address) >> 64 << 64))
    return remote


class Rate:
    """How often each source did something, in windows of a minute; forgets the oldest where there are too many."""

    def __init__(self, what: str, most: int, *, clock: Callable[[], float]) -> None:
        self._what = what
        self._most = most
        self._clock = clock
        self._counts: dict[str, tuple[float, int]] = {}

    def count(self, source: str) -> None:
        """Once more. Raises TooMany."""
        if not self._most or not source:
            return
        now = self._clock()
        begun, count = self._counts.pop(source, (now, 0))
        if now - begun >= MINUTE:
            begun, count = now, 0
        self._counts[source] = begun, count + 1
        if len(self._counts) > SOURCES_REMEMBERED:
            del self._counts[next(iter(self._counts))]
        if count >= self._most:
            raise TooMany(self._what, retry_after=timedelta(seconds=MINUTE - (now - begun)))


class Seats:
    """Places for open sockets: so many in all, and so many from one source."""

    def __init__(self, most: int, *, of_one: int) -> None:
        self._most = most
        self._of_one = of_one
        self._taken = 0
        self._by_source: dict[str, int] = {}

    def take(self, source: str) -> None:
        """One more socket. Raises TooMany."""
        mine = self._by_source.get(source, 0)
        if self._taken >= self._most or (source and self._of_one and mine >= self._of_one):
            raise TooMany("open chats", retry_after=timedelta(seconds=30))
        self._taken += 1
        self._by_source[source] = mine + 1

    def leave(self, source: str) -> None:
        """One that was taken is free again."""
        self._taken -= 1
        self._by_source[source] -= 1
        if not self._by_source[source]:
            del self._by_source[source]


class Bucket:
    """So many a second on average; what was saved up is worth ``BURST`` seconds."""

    __slots__ = ("_at", "_clock", "_left", "_rate")

    def __init__(self, rate: float, *, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._left = rate * BURST
        self._at = clock()

    def take(self) -> bool:
        """Use one; False where none is left."""
        now = self._clock()
        self._left = min(self._rate * BURST, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
