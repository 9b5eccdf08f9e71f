"""How a report came: its marks in words, what stood around what was said, and its originals."""

from typing import Any

from core.model.message import Mark
from gateway.console.marks import signs_of
from gateway.console.sheet import Sheet

NEEDS_ORIGINAL = frozenset({Mark.UNREADABLE, Mark.ENCRYPTED, Mark.FILES_LEFT_OUT})


def circumstances_of(sheet: Sheet, *, sees: bool) -> dict[str, Any]:
    """What the page shows of it; ``sees``: to somebody who may see who sent it."""
    report = sheet.report
    originals = [(each.message_id, each.ending, each.at, each.size) for each in sheet.originals]
    return {
        "marks": signs_of(report.marks),
        "needs_original": {mark.value for mark in NEEDS_ORIGINAL},
        "context": report.context if sees else "",
        "hides_context": bool(report.context) and not sees,
        "originals": originals,
        "hides_original": bool(sheet.whole) and not originals,
        "is_deleted": Mark.DELETED in report.marks,
        "is_sensitive": Mark.SENSITIVE in report.marks,
    }
