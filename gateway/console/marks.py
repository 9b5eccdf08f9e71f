"""The marks of a report as they are shown: a picture and a tone for each."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.model.message import Mark

SIGNS: Mapping[Mark, tuple[str, str]] = MappingProxyType(
    {
        Mark.UNREADABLE: ("warning", "bad"),
        Mark.SENDER_DOUBTFUL: ("warning", "bad"),
        Mark.ENCRYPTED: ("lock", "warned"),
        Mark.FILES_LEFT_OUT: ("clip", "warned"),
        Mark.FILES_LOST: ("clip", "warned"),
        Mark.DELETED: ("close", "warned"),
        Mark.OTHER_ADDRESS: ("mask", "warned"),
        Mark.SENSITIVE: ("eye", "warned"),
        Mark.SENDER_PROVEN: ("check", "good"),
    }
)


def signs_of(marks: Sequence[Mark]) -> Sequence[tuple[str, str, str]]:
    """Each mark's name, picture and tone, the gravest first."""
    return [(mark.value, *sign) for mark, sign in SIGNS.items() if mark in marks]
