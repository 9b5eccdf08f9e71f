"""The kinds of manual form (*form manual*) and what each needs."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FormKind(StrEnum):
    """How a report that staff take down came in."""

    LETTER = "letter"
    TELEPHONE = "telephone"
    WALK_IN = "walk_in"
    TWEET = "tweet"
    OTHER = "other"


LABELS: Final[Mapping[FormKind, str]] = MappingProxyType(
    {
        FormKind.LETTER: "Surat",
        FormKind.TELEPHONE: "Telepon",
        FormKind.WALK_IN: "Datang langsung",
        FormKind.TWEET: "Twitter",
        FormKind.OTHER: "Lainnya",
    }
)

REQUIRED: Final[Mapping[FormKind, tuple[str, ...]]] = MappingProxyType(
    {
        FormKind.LETTER: ("title", "agenda_number", "written_on", "received_on"),
        FormKind.TELEPHONE: ("title",),
        FormKind.WALK_IN: ("title", "name"),
        FormKind.TWEET: ("url",),
        FormKind.OTHER: ("title",),
    }
)
"""Fields that may not be empty, beside the text. A contact and a scan are asked for by rules of their own."""

READ_BACK: Final = frozenset({FormKind.LETTER, FormKind.TELEPHONE, FormKind.WALK_IN})
"""Somebody wrote down what another said or wrote: the reporter is asked whether it is right."""
