"""How times, numbers and texts are written in the console."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from core.commands import without_pin
from core.lines import Row, words_of
from core.model.message import Mark
from core.model.people import Staff
from core.permissions import Right, Standing, may_with
from core.stewardship import manages_staff
from core.tracking import show
from gateway.console.marks import signs_of

DAYS = {
    "id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
MOST_COUNTED = 10_000
MOST_UNSEEN = 99
KIB = 1024
MOST_COMPARED = 1_000_000
"""Pairs of words; looking at so many takes a twentieth of a second, and the time grows faster than they do."""


def when(moment: datetime, zone: tzinfo, *, language: str, day_only: bool = False) -> Markup:
    """``Sen, 2 Mar 2026 09.15`` as a ``<time>`` that keeps the exact moment."""
    local = moment.astimezone(zone)
    day = f"{DAYS[language][local.weekday()]}, {local.day} {MONTHS[language][local.month - 1]} {local.year}"
    shown = day if day_only else f"{day} {local:%H.%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%H.%M.%S} {zone_name(zone)}".strip(), shown
    )


def hour(moment: datetime, zone: tzinfo) -> Markup:
    """``09.15`` under the heading of its day, as a ``<time>`` that keeps the exact moment."""
    local = moment.astimezone(zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%H.%M.%S} {zone_name(zone)}".strip(), f"{local:%H.%M}"
    )


def zone_name(zone: tzinfo) -> str:
    """``WIB``."""
    return ZONES.get(zone.key, zone.key) if isinstance(zone, ZoneInfo) else ""


def count(number: int, most: int = MOST_COUNTED) -> str:
    """``9.841``, and ``10.000+`` for more than is counted."""
    shown = f"{min(number, most):,}".replace(",", ".")
    return f"{shown}+" if number > most else shown


def size(octets: int) -> str:
    """``340 kB``, ``2,1 MB``."""
    if octets < KIB * KIB:
        return f"{max(1, round(octets / KIB))} kB"
    return f"{octets / KIB / KIB:.1f} MB".replace(".", ",")


def initials(name: str) -> str:
    """One or two letters that stand for a person."""
    words = re.findall(r"\w+", name.replace(".", " "))
    return "".join(word[0] for word in words[:2]).upper() or "?"


def compared(original: str, corrected: str) -> tuple[Markup, Markup]:
    """Both texts, with ``<del>`` around what was taken out and ``<ins>`` around what was put in.

    Between the first and the last change of two long texts everything counts as changed.
    """
    before, after = re.findall(r"\s+|[^\s]+", original), re.findall(r"\s+|[^\s]+", corrected)
    blocks = _matching(before, after)
    ends = [(0, 0), *((block.a + block.size, block.b + block.size) for block in blocks)]
    starts = [(block.a, block.b) for block in blocks]
    left, right = Markup(), Markup()
    for (a_end, b_end), (a_start, b_start), (a_next, b_next) in _gaps(ends, starts):
        left += _marked("del", before[a_end:a_start]) + escape("".join(before[a_start:a_next]))
        right += _marked("ins", after[b_end:b_start]) + escape("".join(after[b_start:b_next]))
    return left, right


def _matching(before: list[str], after: list[str]) -> list[difflib.Match]:
    """What both have in common, as ``difflib`` tells it; of long texts only their beginnings and their ends."""
    if len(before) * len(after) <= MOST_COMPARED:
        return difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return [
        difflib.Match(0, 0, start),
        difflib.Match(len(before) - end, len(after) - end, end),
        difflib.Match(len(before), len(after), 0),
    ]


def _common(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of the first are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


def _gaps(
    ends: list[tuple[int, int]], starts: list[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]:
    for (end, following), start in zip(pairwise(ends), starts, strict=True):
        yield end, start, following


def _marked(tag: str, words: list[str]) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format("".join(words)) if words else Markup()  # noqa: S704 - a tag of ours


def unseen(number: int) -> str:
    """``12`` on the bell, and ``99+``."""
    return count(number, MOST_UNSEEN)


def heading(row: Row, said: Callable[[str], str]) -> str:
    """What stands for a report in a list; ``said`` are the words of the reader's language."""
    return row.title or said("mark.deleted" if Mark.DELETED in row.marks else "queue.no_words")


def reviews_chats(staff: Staff) -> bool:
    """Whether this person may see how chats went."""
    return may_with(staff, Right.REVIEW_CHATS, frozenset({Standing.NONE}))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "tracking": show,
    "count": count,
    "unseen": unseen,
    "size": size,
    "without_pin": without_pin,
    "initials": initials,
    "zone_name": zone_name,
    "manages": manages_staff,
    "reviews": reviews_chats,
    "words_of": words_of,
    "heading": heading,
    "signs": signs_of,
}
