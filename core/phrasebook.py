"""The files of ``config/replies``: one for each language, each with every text."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from core.datafile import DataFileInvalid, read_data_file
from core.model.lifecycle import State
from core.model.notice import NoticeKind
from core.model.report import ArchiveReason, Event
from core.replies import (
    CHOICES,
    EVENTS,
    FALLBACK,
    NOTES,
    OWN_LANGUAGE,
    PLACEHOLDER,
    UNKNOWN_AGENCY,
    UNKNOWN_PLACE,
    Replies,
)

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")


class Dates(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How days are written."""

    months: tuple[str, str, str, str, str, str, str, str, str, str, str, str]


class ReplyFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """``config/replies/<language>.toml``."""

    reply: dict[str, dict[str, str]]
    labels: dict[str, str]
    shortened: dict[str, str]
    events: dict[str, str]
    dates: Dates
    choices: dict[str, str]


def load_languages(folder: Path) -> dict[str, Replies]:
    """Every language that has a file in ``folder``, by its name; Indonesian has to. Raises DataFileInvalid."""
    names = {OWN_LANGUAGE, *(path.stem for path in folder.glob("*.toml"))}
    for name in names:
        if not LANGUAGE.fullmatch(name):
            remedy = "name it by its language, as id.toml or en.toml; other files belong elsewhere"
            raise DataFileInvalid(reply_file(folder, language=name), key="name", value=name, remedy=remedy)
    return {name: load_replies(folder, language=name) for name in sorted(names)}


def load_replies(folder: Path, *, language: str = OWN_LANGUAGE) -> Replies:
    """Read ``<language>.toml`` in ``folder``; every event and label must be there. Raises DataFileInvalid."""
    path = reply_file(folder, language=language)
    content = read_data_file(path, shape=ReplyFile)
    _require(path, "reply", EVENTS.keys(), content.reply)
    notices = [f"notice_{kind}" for kind in NoticeKind]
    needed = [*State, *ArchiveReason, UNKNOWN_AGENCY, UNKNOWN_PLACE, *notices, *NOTES]
    _require(path, "labels", needed, content.labels)
    _require(path, "events", list(Event), content.events)
    _require(path, "choices", CHOICES, content.choices)
    for name, facts in NOTES.items():
        _check(path, f"labels.{name}", content.labels[name], facts)
    for event, by_channel in content.reply.items():
        if event not in EVENTS:
            remedy = f"no such event; known are {', '.join(EVENTS)}"
            raise DataFileInvalid(path, key=f"reply.{event}", value=event, remedy=remedy)
        _require(path, f"reply.{event}", [FALLBACK], by_channel)
        for channel, template in by_channel.items():
            _check(path, f"reply.{event}.{channel}", template, EVENTS[event])
    _require(path, "shortened", [FALLBACK], content.shortened)
    return Replies(
        templates=content.reply,
        labels=content.labels,
        shortened=content.shortened,
        events=content.events,
        months=content.dates.months,
        language=language,
        choices=content.choices,
    )


def reply_file(folder: Path, *, language: str = OWN_LANGUAGE) -> Path:
    """Where the texts of a language stand."""
    return folder / f"{language}.toml"


def _require(path: Path, table: str, names: Iterable[str], found: Mapping[str, object]) -> None:
    for name in names:
        if name not in found:
            raise DataFileInvalid(path, key=f"{table}.{name}", value="missing", remedy="write it; every one is needed")


def _check(path: Path, key: str, template: str, facts: frozenset[str]) -> None:
    if not template.strip():
        raise DataFileInvalid(path, key=key, value=template, remedy="write what the citizen reads")
    unknown = [name for name in PLACEHOLDER.findall(template) if name not in facts]
    rest = PLACEHOLDER.sub("", template)
    if unknown or "{" in rest or "}" in rest:
        known = ", ".join(f"{{{name}}}" for name in sorted(facts)) or "none"
        remedy = f"facts that this event knows: {known}; braces stand for nothing else"
        raise DataFileInvalid(path, key=key, value=unknown[0] if unknown else template, remedy=remedy)
