"""How much one client, and all of them, may ask of us."""

from collections import Counter, OrderedDict
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic
from typing import Final

from channels.email.receiving.smtp.octets import NoRoom

MINUTE: Final = 60.0
REMEMBERED: Final = 20_000
NETWORK: Final = 64


def client_of(address: str) -> str:
    """Who counts as one client: an address, of IPv6 the network that one customer is given (/64)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(IPv6Network((found, NETWORK), strict=False)) if isinstance(found, IPv6Address) else str(found)


def is_among(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of these networks."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found in ip_network(network, strict=False) for network in networks)


class Visits:
    """Open connections and mails a minute, by client; the clients seen longest ago are forgotten."""

    def __init__(self, *, connections: int, mails_per_minute: int) -> None:
        self._most_connections = connections
        self._most_mails = mails_per_minute
        self._connections: Counter[str] = Counter()
        self._mails: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def enter(self, client: str) -> bool:
        """Whether one more connection is let in; each one that is has to ``leave``."""
        if self._connections[client] >= self._most_connections:
            return False
        self._connections[client] += 1
        return True

    def leave(self, client: str) -> None:
        """A connection ended."""
        self._connections[client] -= 1
        if self._connections[client] <= 0:
            del self._connections[client]

    def may_bring(self, client: str) -> bool:
        """Whether one more mail within this minute is not too many. It is counted."""
        now = monotonic()
        begun, count = self._mails.pop(client, (now, 0))
        if now - begun >= MINUTE:
            begun, count = now, 0
        self._mails[client] = begun, count + 1
        if len(self._mails) > REMEMBERED:
            self._mails.popitem(last=False)
        return count < self._most_mails


class Room:
    """The octets of mails that are in memory, from the first one that arrives to the answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @property
    def is_full(self) -> bool:
        """Whether no further mail is to be begun."""
        return self.taken >= self._most

    def take(self, octets: int) -> None:
        """Raises NoRoom."""
        if self.taken + octets > self._most:
            raise NoRoom
        self.taken += octets

    def keep(self, octets: int) -> None:
        """For what is here already."""
        self.taken += octets

    def give_back(self, octets: int) -> None:
        """They are gone."""
        self.taken -= octets
