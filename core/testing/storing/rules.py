"""How the kit states a rule, and what its tests share."""

from datetime import timedelta
from typing import Any

from core.ports import Store
from core.testing.builders import stored
from core.testing.clocks import MONDAY_MORNING

NOW = MONDAY_MORNING
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=30)


def agree(found: object, wanted: object, rule: str) -> None:
    """Fail with the rule that is broken. The values are shown: they are the kit's own."""
    if found != wanted:
        raise AssertionError(f"{rule}: found {found!r}, wanted {wanted!r}")


def numbered(number: int) -> str:
    """An id that sorts by ``number``."""
    return f"{number:032x}"


async def keep(store: Store, *messages: Any, at: Any = NOW) -> list[str]:
    """Store inbound messages in one batch; their ids in order."""
    kept = [stored(message) for message in messages]
    await store.write(lambda tx: tx.messages.add_all(kept, now=at))
    return [message.id for message in kept]
