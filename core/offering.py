"""What can be chosen instead of written: shown beside a reply where the network can, else numbered in its text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.channel import Capabilities
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
    choices: Sequence[Choice],
) -> tuple[Written, tuple[Choice, ...]]:
    """The reply for a network, with what is shown beside it.

    A choice whose label is one of the labels of ``config/replies`` is named by it. What is numbered leaves the words
    less room; where both never fit, the last choices are left out: they can still be written. Raises ReplyImpossible.
    """
    named = tuple(replace(choice, label=replies.labels.get(choice.label, choice.label)) for choice in choices)
    if len(named) <= capabilities.choices:
        return write(replies, event, facts, channel=channel, capabilities=capabilities), named
    while named:
        written = _numbered(replies, event, facts, channel=channel, capabilities=capabilities, choices=named)
        if written is not None:
            return written, ()
        named = named[:-1]
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
