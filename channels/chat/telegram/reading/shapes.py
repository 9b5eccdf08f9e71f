"""The JSON of the Bot API, taken apart without trusting it: what is not as documented counts as absent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

Json = Mapping[str, Any]
NOTHING: Final[Json] = {}
LARGEST_ID: Final = 1 << 52
"""Telegram: at most 52 significant bits."""

FIRST_MESSAGE: Final = datetime(2013, 8, 1, tzinfo=UTC)


def text(of: Json, key: str) -> str:
    """A string, else empty."""
    found = of.get(key)
    return found if isinstance(found, str) else ""


def table(of: Json, key: str) -> Json:
    """An object, else an empty one."""
    found = of.get(key)
    return found if isinstance(found, dict) else NOTHING


def tables(of: Json, key: str) -> list[Json]:
    """The objects in a list."""
    found = of.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def answered(message: Json) -> Json:
    """The message that this one answers. In a forum all messages of a topic seem to answer the one that began it."""
    above = table(message, "reply_to_message")
    return NOTHING if "forum_topic_created" in above else above


def whole(of: Json, key: str) -> int:
    """A whole number within the bounds of an id, else 0."""
    found = of.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) <= LARGEST_ID else 0


def fraction(of: Json, key: str) -> float | None:
    """A number, else None."""
    found = of.get(key)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1e6 else None


def moment(of: Json, key: str, *, now: datetime) -> datetime:
    """When it was; ``now`` where Telegram says nothing sensible."""
    seconds = whole(of, key)
    if not 0 < seconds < now.timestamp():
        return now
    at = datetime.fromtimestamp(seconds, UTC)
    return at if at >= FIRST_MESSAGE else now


def write_raw(update: Any) -> bytes:
    """What is kept of an update: itself."""
    try:
        return json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(update, separators=(",", ":")).encode()


def read_raw(raw: bytes) -> Json:
    """The other way round; empty for what is none."""
    try:
        kept = json.loads(raw)
    except (ValueError, RecursionError):
        return NOTHING
    return kept if isinstance(kept, dict) else NOTHING


def digest(*parts: str, key: bytes = b"") -> bytes:
    """Of 16 bytes."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16, key=key[:64]).digest()
