"""What can be chosen instead of written: shown beside a reply where the network can, else numbered in its text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.channel import Capabilities
from core.dialogue import label
from core.model.dialogue import Offer
from core.model.message import Choice
from core.publicity import Written, write
from core.replies import Replies, ReplyImpossible


def write_with_choices(
    replies: Replies,
    event: str,
    facts: Mapping[str, str],
    *,
    channel: str,
    capabilities: Capabilities,
    offers: Sequence[Offer],
) -> tuple[Written, tuple[Choice, ...]]:
    """The reply for a network, with what is shown beside it.

    What is numbered leaves the words less room; where both never fit, the last choices are left out: what they say can
    still be written. Raises ReplyImpossible.
    """
    if capabilities.choices or not offers:
        written = write(replies, event, facts, channel=channel, capabilities=capabilities)
        return written, label(offers, replies, beside=True)[: capabilities.choices]
    choices = label(offers, replies, beside=False)
    for most in range(len(choices), 0, -1):
        found = _numbered(replies, event, facts, channel=channel, capabilities=capabilities, choices=choices[:most])
        if found is not None:
            return found, ()
    return write(replies, event, facts, channel=channel, capabilities=capabilities), ()


def _numbered(
    replies: Replies,
    event: str,
    facts: Mapping[str, str],
    *,
    channel: str,
    capabilities: Capabilities,
    choices: Sequence[Choice],
) -> Written | None:
    """None where it never fits."""
    listed = "\n".join(f"{number} {choice.label}" for number, choice in enumerate(choices, start=1))

    def measure(text: str) -> int:
        return capabilities.measure(f"{text}\n{listed}")

    try:
        written = write(replies, event, facts, channel=channel, capabilities=replace(capabilities, measure=measure))
    except ReplyImpossible:
        return None
    return replace(written, text=f"{written.text}\n{listed}")
