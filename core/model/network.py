"""What a network can carry, and how a connection to it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can carry, as data: replies are composed to fit before ``send``.

    Attributes:
        measure: units a text takes on this network (SMS segments, weighted characters, characters).
        max_length: the most units one reply may take.
        sends: False for a network that only fetches its replies (the JSON API).
        parts: long messages arrive in pieces that the core joins.
        receipts: the network tells afterwards what became of a reply.
        repeats: the network may bring the same message again.
        per_second: replies the network takes a second; None where it sets no limit.
    """

    measure: Callable[[str], int]
    max_length: int
    sends: bool = True
    attachments: bool = False
    threading: bool = False
    parts: bool = False
    receipts: bool = False
    repeats: bool = True
    reply_window: timedelta | None = None
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection is. ``detail`` is for an operator and holds no personal data and no secret."""

    up: bool
    detail: str = ""
