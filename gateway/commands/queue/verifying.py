"""``lapor queue claim, release, verify, delegate, hold, archive``."""

import argparse
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core import verification
from core.model.report import ArchiveReason, Report
from core.verification import Disposition
from gateway.commands.context import CommandFailed
from gateway.commands.queue.acting import Act, Acting, about_one


def add_arguments(actions: Any) -> None:
    """The actions on what waits for verification."""
    about_one(actions, "claim", "keep a report from others while you look at it")
    about_one(actions, "release", "give back a report that you claimed")
    _add_verify(about_one(actions, "verify", "verify and dispose to an agency"))
    about_one(actions, "delegate", "move to a lower agency's queue").add_argument("--agency", required=True)
    hold = about_one(actions, "hold", "hold: ask the reporter, or wait for an agency")
    hold.add_argument("--question", help="ask the reporter this; their next message is the answer")
    hold.add_argument("--reason", help="the agency is not connected yet: say so in words")
    archive = about_one(actions, "archive", "archive with a reason that the reporter can read")
    archive.add_argument("--reason", required=True, choices=list(ArchiveReason))
    archive.add_argument("--note", required=True, help="the reason in words, for the reporter")


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agency", default="", help="the agency or unit that answers (default: the suggested one)")
    for name in ("title", "text", "classification", "category", "place", "priority-programme"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument(
        "--occurred-at", type=datetime.fromisoformat, help="when it happened: 2026-11-20T07:30, in the national zone"
    )
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--copy", action="append", default=[], help="an agency that may read the report")
    for name in ("anonymous", "secret", "priority", "supervised"):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None)


def _claim(acting: Acting) -> Report:
    return verification.claim(acting.tx, acting.number, acting.staff, **acting.using)


def _release(acting: Acting) -> Report:
    return verification.release(acting.tx, acting.number, acting.staff, **acting.using)


def _verify(acting: Acting) -> Report:
    given = acting.given
    disposition = Disposition(
        agency=given.agency,
        title=given.title,
        text=given.text,
        classification=given.classification,
        category=given.category,
        tags=tuple(given.tag),
        place=given.place,
        occurred_at=_moment(given.occurred_at, acting.office.terms.timezone),
        anonymous=given.anonymous,
        secret=given.secret,
        priority=given.priority,
        priority_programme=given.priority_programme,
        supervised=given.supervised,
        copies=tuple(given.copy),
    )
    return verification.verify(acting.tx, acting.number, disposition, acting.staff, **acting.using)


def _moment(given: datetime | None, timezone: str) -> datetime | None:
    return given.replace(tzinfo=ZoneInfo(timezone)) if given and given.tzinfo is None else given


def _delegate(acting: Acting) -> Report:
    return verification.delegate(acting.tx, acting.number, acting.given.agency, acting.staff, **acting.using)


def _hold(acting: Acting) -> Report:
    question, reason = acting.given.question, acting.given.reason
    if bool(question) == bool(reason):
        raise CommandFailed("hold needs either --question (the reporter answers) or --reason (agency not connected)")
    if question:
        return verification.ask(acting.tx, acting.number, question, acting.staff, **acting.using)
    return verification.hold(acting.tx, acting.number, reason, acting.staff, **acting.using)


def _archive(acting: Acting) -> Report:
    reason = ArchiveReason(acting.given.reason)
    return verification.archive(acting.tx, acting.number, reason, acting.given.note, acting.staff, **acting.using)


ACTS: Mapping[str, Act] = {
    "claim": _claim,
    "release": _release,
    "verify": _verify,
    "delegate": _delegate,
    "hold": _hold,
    "archive": _archive,
}
