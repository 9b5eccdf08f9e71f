"""Buttons below a message: what their data says, within Telegram's 64 bytes, and what was said by pressing one."""

from collections.abc import Sequence
from typing import Final

from channels.chat.telegram.reading.shapes import Json, table, text
from core.model.message import Choice
from core.text import clean

MOST_BYTES: Final = 64
LONGEST_LABEL: Final = 64
BY_LABEL: Final = "~"


def buttons(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """Label and data of each. Words that do not fit are told by the button's number, and found again by its label."""
    return [(_short(choice.label), _data(choice, number)) for number, choice in enumerate(choices, start=1)]


def pressed_words(query: Json) -> str:
    """What counts as said; empty for what is no button of ours."""
    data = text(query, "data")
    if not data.startswith(BY_LABEL):
        return clean(data).strip()[: MOST_BYTES * 2]
    rows = table(table(query, "message"), "reply_markup").get("inline_keyboard")
    shown = [one for row in rows if isinstance(row, list) for one in row] if isinstance(rows, list) else []
    labels = [text(one, "text") for one in shown if isinstance(one, dict) and text(one, "callback_data") == data]
    return clean(next(iter(labels), data.removeprefix(BY_LABEL))).strip()[: LONGEST_LABEL * 2]


def _data(choice: Choice, number: int) -> str:
    words = choice.says or choice.label
    fits = len(words.encode()) <= MOST_BYTES and not words.startswith(BY_LABEL)
    return words if fits and words else f"{BY_LABEL}{number}"


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
