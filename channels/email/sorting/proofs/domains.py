"""Domains as DMARC compares them (RFC 7489 §3): who registered them, and what they ask of mails in their name."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final

from authheaders.dmarc_lookup import PublicSuffixList

MISSING: Final = ("kop.id", "ai.id")
"""Second levels of .id that are open to everybody (PANDI) and not yet in the list that authheaders brings."""

MOST_TAGS: Final = 40


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether DKIM and SPF must name the domain itself (``strict``), or one of the same owner."""

    strict_dkim: bool = False
    strict_spf: bool = False


class Owners:
    """Which part of a domain somebody registered: ``dinas.go.id`` of ``surat.dinas.go.id``.

    The list is the public suffix list that authheaders brings, and ``MISSING``; reading it takes a tenth of a second.
    """

    @cached_property
    def _suffixes(self) -> PublicSuffixList:
        listed = files("authheaders").joinpath("public_suffix_list.txt").read_text("utf-8")
        return PublicSuffixList(io.StringIO("\n".join([listed, *MISSING])))

    def owner_of(self, domain: str) -> str:
        """The domain that was registered; a public suffix (``go.id``) is nobody's and stands for itself."""
        return str(self._suffixes.get_public_suffix(domain.rstrip(".").casefold()) or domain)

    def are_aligned(self, one: str, other: str, *, strict: bool) -> bool:
        """Whether what is proven for one domain counts for the other (RFC 7489 §3.1)."""
        first, second = one.rstrip(".").casefold(), other.rstrip(".").casefold()
        if not first or not second:
            return False
        return first == second or (not strict and self.owner_of(first) == self.owner_of(second))


def read_policy(records: list[str]) -> Policy | None:
    """The policy among the TXT records of ``_dmarc.<domain>``; None where there is none, or more than one."""
    found = [tags for tags in (_tags(record) for record in records) if tags.get("v") == "dmarc1"]
    if len(found) != 1 or found[0].get("p", "none") not in {"none", "quarantine", "reject"}:
        return None
    return Policy(strict_dkim=found[0].get("adkim") == "s", strict_spf=found[0].get("aspf") == "s")


def _tags(record: str) -> Mapping[str, str]:
    """``v=DMARC1; p=reject``. ``v`` must come first (RFC 7489 §6.3)."""
    pairs = [piece.partition("=") for piece in record[:4096].split(";")[:MOST_TAGS]]
    tags = {name.strip().casefold(): value.strip().casefold() for name, _, value in pairs}
    return tags if next(iter(tags), "") == "v" else {}
