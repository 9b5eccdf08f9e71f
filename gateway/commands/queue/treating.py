"""``lapor queue follow-up, forward, hold-clock, release-clock, close, reopen, intervene``."""

from collections.abc import Callable, Mapping
from typing import Any

from core import handling
from core.handling import FollowUp, FollowUpKind
from core.model.report import Report
from gateway.commands.queue.acting import Act, Acting, about_one, with_words


def add_arguments(actions: Any) -> None:
    """The actions on what is verified."""
    answer = about_one(actions, "follow-up", "answer the reporter")
    answer.add_argument("--text", required=True, help="what the reporter reads")
    answer.add_argument("--kind", choices=list(FollowUpKind), default=FollowUpKind.SUBSTANTIVE)
    answer.add_argument("--secret", action="store_true", help="only the reporter reads it, not the public")
    forward = about_one(actions, "forward", "move the duty to answer to a lower agency")
    forward.add_argument("--agency", required=True)
    forward.add_argument("--copy", action="append", default=[], help="an agency that may read the report")
    forward.add_argument("--words", default="", help="why, in words: the reporter reads it in the history")
    with_words(actions, "hold-clock", "the report does not close by itself")
    with_words(actions, "release-clock", "it closes by itself again")
    with_words(actions, "close", "close with a reason that the reporter can read")
    with_words(actions, "reopen", "open a closed report again")
    with_words(actions, "intervene", "remind the agency, in the history")


def _follow_up(acting: Acting) -> Report:
    given = acting.given
    answer = FollowUp(FollowUpKind(given.kind), given.text, secret=given.secret)
    return handling.follow_up(acting.tx, acting.number, answer, acting.staff, **acting.using)


def _forward(acting: Acting) -> Report:
    given, copies = acting.given, tuple(acting.given.copy)
    return handling.forward(
        acting.tx, acting.number, given.agency, given.words, acting.staff, copies=copies, **acting.using
    )


def in_words(act: Callable[..., Report]) -> Act:
    """A use case that takes words alone."""
    return lambda acting: act(acting.tx, acting.number, acting.given.words, acting.staff, **acting.using)


ACTS: Mapping[str, Act] = {
    "follow-up": _follow_up,
    "forward": _forward,
    "hold-clock": in_words(handling.hold_clock),
    "release-clock": in_words(handling.release_clock),
    "close": in_words(handling.close),
    "reopen": in_words(handling.reopen),
    "intervene": in_words(handling.intervene),
}
