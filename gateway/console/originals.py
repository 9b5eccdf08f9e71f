"""The originals that are worth a person's look: the mail or the tweet as its network brought it.

An original names its sender in many places. It is for those who may see who sent the report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from core.model.message import Inbound, Mark
from core.model.work import StoredMessage

ENDINGS: Mapping[str, str] = MappingProxyType({"email": "eml", "twitter": "json"})


@dataclass(frozen=True, slots=True)
class Original:
    """What came, by the message it became. ``blob`` names it where it is not small enough for ``raw``."""

    message_id: str
    at: datetime
    ending: str
    raw: bytes = field(repr=False)
    blob: str

    @property
    def size(self) -> int:
        """Octets; 0 where only the blob store knows."""
        return len(self.raw)


def originals_of(messages: Iterable[StoredMessage]) -> tuple[Original, ...]:
    """Of those messages whose network people can read."""
    found = (_original(stored) for stored in messages if stored.inbound.channel in ENDINGS)
    return tuple(original for original in found if original.raw or original.blob)


def _original(stored: StoredMessage) -> Original:
    inbound = stored.inbound
    blob = inbound.raw_blob or next(iter(_whole(inbound)), "")
    return Original(stored.id, inbound.received_at, ENDINGS[inbound.channel], inbound.raw, blob)


def _whole(inbound: Inbound) -> tuple[str, ...]:
    """What could not be read has its original for a file."""
    unread = inbound.unreadable or Mark.UNREADABLE in inbound.marks
    return tuple(file.id for file in inbound.attachments) if unread else ()


def files_that_are_originals(messages: Iterable[StoredMessage]) -> frozenset[str]:
    """Ids of files that are the message itself and no attachment of it."""
    return frozenset(blob for stored in messages for blob in (stored.inbound.raw_blob, *_whole(stored.inbound)) if blob)
