"""What is said where everyone reads it, and what goes beside it to the recipient alone.

On a network where everyone reads the answers (``Capabilities.public``) the text named after the network says only what
may be known of any report; words of people, a PIN and reasons stand in the text named ``<network>_private``.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.channel import Capabilities
from core.datafile import DataFileInvalid
from core.model.message import Outbound
from core.replies import EVENTS, FALLBACK, IN_TALKS, PLACEHOLDER, TO_STAFF, Replies

CLOSED = "dm_closed"
LINK = "link"
MESSAGE = "message"
NO_MESSAGE = "no_message"
FACTS = frozenset({"nomor", "status", "instansi", "tanggal", "jumlah", "nomor_lama", "bagian", "perintah"})
OF_SECRET_REPORTS = frozenset({CLOSED, LINK})
"""They name a number and nothing else, and there is no other way to say them."""
LINKED = re.compile(r"://|\bwww\.|[a-z0-9-]\.(?:id|com|org|net|info|gov|edu|co)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A reply as it is sent: ``text``, which on a public network everyone reads, and what only its recipient may."""

    text: str = field(repr=False)
    private: str = field(default="", repr=False)


def write(
    replies: Replies,
    event: str,
    facts: Mapping[str, str],
    *,
    channel: str,
    capabilities: Capabilities,
    secret: bool = False,
) -> Written:
    """The reply for a network. Of a ``secret`` report nothing is said in public. Raises ReplyImpossible."""
    if not capabilities.public:
        return Written(replies.compose(event, facts, channel=channel, capabilities=capabilities))
    hidden = secret and event not in OF_SECRET_REPORTS
    known = {name: value for name, value in facts.items() if name in _facts(event)}
    text = "" if hidden else replies.compose(event, known, channel=channel, capabilities=capabilities)
    beside = private_kind(channel)
    if not capabilities.private_length or not (hidden or beside in replies.templates.get(event, {})):
        return Written(text)
    alone = replace(capabilities, public=False, max_length=capabilities.private_length)
    return Written(text, replies.compose(event, facts, channel=beside, capabilities=alone))


def is_out(outbound: Outbound) -> bool:
    """Whether the network took the private piece: it stands behind that of ``text``, where there is any."""
    return any(outbound.accepted[1:] if outbound.text else outbound.accepted)


def private_kind(channel: str) -> str:
    """Under which name the text for the recipient alone stands in ``config/replies``."""
    return f"{channel}_private"


def _facts(event: str) -> frozenset[str]:
    return FACTS | {"tautan"} if event == LINK else FACTS


def check_public(path: Path, templates: Mapping[str, Mapping[str, str]], *, channels: Collection[str]) -> None:
    """Every reply that a citizen may get on one of ``channels``, where everyone reads it, holds nothing personal and
    no link (X: a post with a link costs 13 times as much). Raises DataFileInvalid.
    """
    for channel in channels:
        for event in EVENTS.keys() - TO_STAFF - IN_TALKS:
            _check(path, f"reply.{event}.{channel}", templates[event].get(channel, templates[event][FALLBACK]), event)


def _check(path: Path, key: str, template: str, event: str) -> None:
    personal = sorted(set(PLACEHOLDER.findall(template)) - _facts(event))
    if personal:
        private = f"write {key} without it, and what only its recipient may read as {key}_private"
        raise DataFileInvalid(path, key=key, value=f"{{{personal[0]}}}", remedy=f"everyone reads this text: {private}")
    if found := LINKED.search(template):
        raise DataFileInvalid(path, key=key, value=found.group(), remedy="no links there: say the way in words")
