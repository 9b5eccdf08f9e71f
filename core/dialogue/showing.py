"""Choices as people see them: as buttons, or numbered in the text (``core.offering``)."""

from collections.abc import Sequence

from core.model.dialogue import Offer
from core.model.message import Choice
from core.replies import Replies

LONGEST_LINE = 33
CUT = "..."


def label(offers: Sequence[Offer], replies: Replies, *, beside: bool) -> tuple[Choice, ...]:
    """In the language of ``replies``. ``beside``: as buttons; else they will be numbered in the text, which itself
    tells of those that stand ``aside``, and long names are cut. Raises ReplyImpossible.
    """
    if beside:
        return tuple(Choice(_name(offer, replies), offer.says) for offer in offers)
    return tuple(Choice(_short(_name(offer, replies)), offer.says) for offer in offers if not offer.aside)


def _name(offer: Offer, replies: Replies) -> str:
    return replies.choice(offer.key) if offer.key else offer.label


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LINE else name[: LONGEST_LINE - len(CUT)].rstrip() + CUT
