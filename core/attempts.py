"""Limits on wrong tries to log in that a flood cannot turn into a lock-out.

A wrong try counts against where it came from: (user name + network) and network. A browser that logged in before is a
*device*; its tries count against itself alone, so that strangers cannot use them up (OWASP, *Device Cookies*).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from core.model.people import Staff
from core.ports import Tx

HOUR = 3600


@dataclass(frozen=True, slots=True)
class AccessRules:
    """How long sessions last, and how many wrong tries an hour are taken.

    Attributes:
        idle, absolute: a session ends when nothing was done for so long, and in any case after so long.
        tries_by_name: of one user name from one network (IPv4 /24, IPv6 /64).
        tries_by_source: of all user names from one network.
        tries_by_device: of one user name from a browser that logged in with it before.
        codes_by_account: second factors of one account from browsers that are new to it.
    """

    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(days=7)
    tries_by_name: int = 10
    tries_by_source: int = 100
    tries_by_device: int = 10
    codes_by_account: int = 20


class TooManyTries(Exception):
    """No further try is looked at before ``retry_after`` has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many wrong tries")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who wants to come in: address and browser, and the device's name where it proved to have logged in with this
    user name before.
    """

    address: str = field(repr=False)
    agent: str = field(default="", repr=False)
    device: str = field(default="", repr=False)


def password_limits(name: str, *, visitor: Visitor, rules: AccessRules) -> Mapping[str, int]:
    """What a try with a password counts against, and how often that may be."""
    if visitor.device:
        return {f"login device {visitor.device}": rules.tries_by_device}
    network = network_of(visitor.address)
    return {
        f"login name {network} {name.casefold()}": rules.tries_by_name,
        f"login source {network}": rules.tries_by_source,
    }


def code_limits(staff: Staff, *, visitor: Visitor, rules: AccessRules) -> Mapping[str, int]:
    """A code has a million values: strangers who know the password share one quota, whatever network they come from."""
    if visitor.device:
        return {f"code device {visitor.device}": rules.tries_by_device}
    return {
        f"code name {network_of(visitor.address)} {staff.id}": rules.tries_by_name,
        f"code account {staff.id}": rules.codes_by_account,
    }


def count(tx: Tx, limits: Mapping[str, int], *, now: datetime) -> None:
    """One more try against each limit. Raises TooManyTries.

    Looked at before, so that a flood writes nothing, and after, when others at the same moment are counted too.
    """
    hour = int(now.timestamp()) // HOUR
    retry_after = timedelta(seconds=(hour + 1) * HOUR - int(now.timestamp()))
    if any(tx.guesses.wrong(source, hour=hour) >= limit for source, limit in limits.items()):
        raise TooManyTries(retry_after)
    for source, limit in limits.items():
        tx.guesses.add(source, hour=hour)
        if tx.guesses.wrong(source, hour=hour) > limit:
            raise TooManyTries(retry_after)


def give_back(tx: Tx, sources: Sequence[str], *, at: datetime) -> None:
    """What was counted at ``at`` came out right, or was not looked at."""
    for source in sources:
        tx.guesses.give_back(source, hour=int(at.timestamp()) // HOUR)


def network_of(address: str) -> str:
    """The network an address counts with: IPv4 /24, IPv6 /64 (one customer); what is no address counts as itself."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    mapped = known if isinstance(known, IPv4Address) else known.ipv4_mapped
    return str(ip_network((mapped, 24), strict=False) if mapped else ip_network((known, 64), strict=False))
