"""Questions to the DNS with an end: the door to dnspython."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

Lookup = Callable[[str, str], list[bytes]]
"""Name and kind (``TXT``, ``A``, ``AAAA``, ``MX``, ``PTR``) to the records as they are written, the strings of a TXT
joined; empty where there are none. Raises Unanswered."""

MOST_QUESTIONS: Final = 40
LONGEST_RECORD: Final = 4096


class Unanswered(Exception):
    """The DNS does not say whether there is a record: try again another time."""


def ask_dns(seconds: float) -> Lookup:
    """Questions about one mail to the resolvers of this machine, all of them together within ``seconds``."""
    resolver, ends = Resolver(), monotonic() + seconds
    asked = 0

    def look_up(name: str, kind: str) -> list[bytes]:
        nonlocal asked
        asked += 1
        left = ends - monotonic()
        if left <= 0 or asked > MOST_QUESTIONS:
            raise Unanswered("out of time")
        return _answers(resolver, name, kind, left)

    return look_up


def _answers(resolver: Resolver, name: str, kind: str, left: float) -> list[bytes]:
    try:
        answers = resolver.resolve(name, kind, lifetime=left)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError, ValueError) as error:
        raise Unanswered(type(error).__name__) from None
    if answers.rdtype == RdataType.TXT:
        return [b"".join(record.strings)[:LONGEST_RECORD] for record in answers]
    return [record.to_text().encode("ascii", "replace") for record in answers]
