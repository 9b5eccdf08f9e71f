"""Choices as people see them: as buttons, or numbered in the text."""

from collections.abc import Sequence

from core.model.dialogue import Offer
from core.model.message import Choice
from core.replies import Replies

LONGEST_LINE = 34
CUT = "..."


def label(offers: Sequence[Offer], replies: Replies) -> tuple[Choice, ...]:
    """As buttons, in the language of ``replies``. Raises ReplyImpossible."""
    return tuple(Choice(replies.choice(offer.key) if offer.key else offer.label, offer.says) for offer in offers)


def write_out(text: str, offers: Sequence[Offer], replies: Replies) -> str:
    """``text`` with a numbered line for each choice, where no buttons can be shown. Raises ReplyImpossible."""
    written = label([offer for offer in offers if not offer.aside], replies)
    lines = (f"{number} {_short(choice.label)}" for number, choice in enumerate(written, start=1))
    return "\n".join((text, *lines))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LINE else name[: LONGEST_LINE - len(CUT)].rstrip() + CUT
