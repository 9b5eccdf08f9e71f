"""``lapor queue not-mine, request-hold, request-release, request-close, request-reopen, reject``."""

from collections.abc import Mapping
from typing import Any

from core import requesting
from core.model.report import Report
from gateway.commands.queue.acting import Act, Acting, with_words
from gateway.commands.queue.treating import in_words


def add_arguments(actions: Any) -> None:
    """What an agency asks of the one that handed it the report; granting is doing what was asked."""
    mistaken = with_words(actions, "not-mine", "ask that the report goes to another agency")
    mistaken.add_argument("--agency", default="", help="the agency whose report it is, where you know it")
    with_words(actions, "request-hold", "ask that the report does not close by itself")
    with_words(actions, "request-release", "ask that it closes by itself again")
    with_words(actions, "request-close", "ask that the report is closed now")
    with_words(actions, "request-reopen", "ask that a closed report is opened again")
    with_words(actions, "reject", "refuse the request that waits")


def _not_mine(acting: Acting) -> Report:
    given = acting.given
    return requesting.not_mine(acting.tx, acting.number, given.agency, given.words, acting.staff, **acting.using)


ACTS: Mapping[str, Act] = {
    "not-mine": _not_mine,
    "request-hold": in_words(requesting.request_hold),
    "request-release": in_words(requesting.request_release),
    "request-close": in_words(requesting.request_close),
    "request-reopen": in_words(requesting.request_reopen),
    "reject": in_words(requesting.reject_request),
}
