"""Which sites' pages may open the chat. A browser says the site in ``Origin`` and no script can change it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
WILD = "*."
LABELS = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
LONGEST = 300
HOW = "write a site such as https://www.lapor.go.id or https://*.go.id, without a path"


@dataclass(frozen=True, slots=True)
class Origin:
    """A site, or with ``below`` every site below a name (the name itself is none of them)."""

    scheme: str
    host: str
    port: int
    below: bool = False

    def covers(self, other: "Origin") -> bool:
        """Whether ``other`` is this site or, where it is meant so, below it."""
        if (self.scheme, self.port) != (other.scheme, other.port):
            return False
        return other.host.endswith(f".{self.host}") if self.below else other.host == self.host


def read_origin(written: str) -> Origin:
    """A site as the settings name it. Raises ValueError with the remedy."""
    origin = _read(written.strip().removesuffix("/"), wild=True)
    if origin is None:
        raise ValueError(f"webchat.allowed_origins: '{written}' is no site; {HOW}")
    return origin


def find_site(header: str | None) -> Origin | None:
    """The site that an ``Origin`` header names; None for none, ``null`` and whatever no browser writes."""
    return _read(header, wild=False) if header is not None else None


def is_allowed(site: Origin | None, *, allowed: Sequence[Origin], own: Origin | None, host: str) -> bool:
    """Whether this site's pages may open the chat. ``own``: where our pages are; ``host``: the header of the request,
    which counts as ours where nothing is allowed by name.
    """
    if site is None:
        return False
    if any(origin.covers(site) for origin in ((own, *allowed) if own else allowed)):
        return True
    return not allowed and _same_host(site, host)


def _same_host(site: Origin, host: str) -> bool:
    """A proxy that ends TLS leaves the scheme to be guessed: both are ours then."""
    return _read(f"{site.scheme}://{host}", wild=False) == site


def _read(written: str, *, wild: bool) -> Origin | None:
    if len(written) > LONGEST or not written.isascii() or written != written.strip():
        return None
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        return None
    scheme, _, rest = written.partition("://")
    host, below = rest.lower(), wild and rest.startswith(WILD)
    if port is not None:
        host = host.rpartition(":")[0]
    host = host.removeprefix(WILD) if below else host
    if scheme.lower() not in PORTS or not LABELS.fullmatch(host) or (below and "." not in host):
        return None
    return Origin(scheme.lower(), host, PORTS[scheme.lower()] if port is None else port, below)
