"""Addresses as clients write them, and which of them are ours."""

import re
from collections.abc import Collection
from typing import Final

from core.text import clean

NOBODY: Final = "<>"
POSTMASTER: Final = "postmaster"
ANGLED: Final = re.compile(r'\s*<((?:[^<>"\s]|"[^"]*")*)>(?:\s+(.*))?\s*', re.DOTALL)
BARE: Final = re.compile(r"\s*([^<>\s]+)(?:\s+(.*))?\s*", re.DOTALL)
ROUTE: Final = re.compile(r"@[^:<>]*:")


def read_path(written: str) -> tuple[str, str] | None:
    """The address and what follows it, or None where there is none. ``<>`` stays as it is (RFC 5321 §4.5.5).

    More is taken than the grammar allows: there are networks that gave their customers addresses such as
    ``budi..s.@contoh.id``, and a source route (§4.1.1.3) is left out.
    """
    found = ANGLED.fullmatch(written) or BARE.fullmatch(written)
    if found is None:
        return None
    address = clean(ROUTE.sub("", found[1], count=1) if found[1].startswith("@") else found[1])
    return address or NOBODY, found[2] or ""


class Recipients:
    """Tells which recipients are ours. Without addresses of our own every one is."""

    def __init__(self, own: Collection[str]) -> None:
        self._own = frozenset(address.lower() for address in own)
        self._domains = frozenset(address.rpartition("@")[2] for address in self._own)

    def take(self, recipient: str) -> bool:
        """Whether mail for it is taken; what is behind a plus is not looked at, and a postmaster is there (§4.5.1)."""
        local, _, domain = recipient.lower().rpartition("@")
        if not local:
            return domain == POSTMASTER
        name = local.partition("+")[0]
        known = not self._own or f"{name}@{domain}" in self._own
        return known or (name == POSTMASTER and domain in self._domains)
