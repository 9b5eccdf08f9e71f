"""A subject without what mail programs put before it."""

import re
from typing import Final

LONGEST: Final = 250
MOST_MARKS: Final = 40

ANSWERS: Final = frozenset(["re", "bls", "balas", "balasan", "aw", "sv", "antw", "ref", "rif", "odp", "vs"])
FORWARDS: Final = frozenset(
    ["fw", "fwd", "trs", "tr", "terusan", "teruskan", "diteruskan", "wg", "rv", "enc", "doorst", "vb", "pd", "vl"]
)
MARK: Final = re.compile(r"([^\W\d_]{2,10})(?:\s?[\[(]\d{1,3}[\])]|\^\d{1,3})?\s?[:：]\s*")
NOTICE: Final = re.compile(r"\[(?:external|ext|eksternal|caution|spam\??|possible spam)\]:?\s*", re.IGNORECASE)
LIST_TAG: Final = re.compile(r"\[[^\W\d_][\w.-]{1,40}\]\s*")


def subject_of(subject: str) -> str:
    """One line of at most 250 characters, without ``Re:``, ``Bls:``, ``Fwd:``, lists' tags and servers' warnings.

    ``[LAPOR #1234567]`` stays: the core reads the number.
    """
    rest, marked = " ".join(subject[: 16 * LONGEST].split()), False
    for _ in range(MOST_MARKS):
        shorter, kind = _shortened(rest, marked=marked)
        if shorter == rest or not shorter:
            break
        rest, marked = shorter, marked or kind != "notice"
    return rest[:LONGEST].rstrip()


def says_forward(subject: str) -> bool:
    """Whether the outermost mark is that of a forward: ``Fwd:``, ``Trs:``, ``Terusan:``."""
    notice = NOTICE.match(subject.lstrip())
    mark = MARK.match(subject.lstrip()[notice.end() if notice else 0 :])
    return mark is not None and mark[1].casefold() in FORWARDS


def _shortened(subject: str, *, marked: bool) -> tuple[str, str]:
    """The subject without its first mark, and what that was: ``mark``, ``notice``, ``tag`` or empty."""
    if notice := NOTICE.match(subject):
        return subject[notice.end() :], "notice"
    mark = MARK.match(subject)
    if mark and mark[1].casefold() in ANSWERS | FORWARDS:
        return subject[mark.end() :], "mark"
    tag = LIST_TAG.match(subject)
    if tag and (marked or _is_mark(subject[tag.end() :])):
        return subject[tag.end() :], "tag"
    return subject, ""


def _is_mark(subject: str) -> bool:
    mark = MARK.match(subject)
    return mark is not None and mark[1].casefold() in ANSWERS | FORWARDS
