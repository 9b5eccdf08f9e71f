"""The course of the dialogue: from where it stood and what happened to where it stands and what comes of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.dialogue.contents import says_something
from core.dialogue.listening import correct, hear
from core.dialogue.questions import ask, ask_next, remind
from core.dialogue.turn import Turn, add_held, fall_silent, has_submitted, is_only_files, join_held, submit
from core.directory import Directory
from core.model.dialogue import (
    Dialogue,
    Edited,
    Effect,
    Event,
    Last,
    PersonLeft,
    PersonTook,
    Question,
    Reported,
    Spoke,
    TimePassed,
)
from core.model.network import Manner


def step(state: Dialogue, event: Event, *, manner: Manner, directory: Directory) -> tuple[Dialogue, tuple[Effect, ...]]:
    """What comes of an event. At most one ``Submit`` and two ``Say``; one for ``TimePassed``. Never raises for words.

    ``due_at`` of the new state is when ``TimePassed`` is to happen, None where nothing waits.
    """
    turn = Turn(state, manner, directory, at=max(_moment(event), state.spoke_at or _moment(event)))
    match event:
        case Spoke(piece):
            hear(turn, piece)
        case Edited(message_id, text=text):
            correct(turn, message_id, text)
        case TimePassed():
            _wait(turn)
        case PersonTook():
            fall_silent(turn)
        case PersonLeft():
            _take_over(turn, event)
        case Reported(report_id=report_id, tracking_id=tracking_id):
            sent = state.sent or Last("", "", turn.at)
            turn.change(last=replace(sent, report_id=report_id, tracking_id=tracking_id, at=turn.at), sent=None)
    turn.change(due_at=_due(turn.state, manner))
    return turn.state, tuple(turn.effects)


def _moment(event: Event) -> datetime:
    return event.piece.at if isinstance(event, Spoke) else event.at


def _due(state: Dialogue, manner: Manner) -> datetime | None:
    """A question after the pause, a reminder, the end."""
    since = state.spoke_at
    if since is None or state.silent:
        return None
    if state.draft is None and not state.held:
        return since + manner.resume_after if state.asked else None
    return since + min(_waits(state, manner), manner.submit_after)


def _waits(state: Dialogue, manner: Manner) -> timedelta:
    if state.asked is None:
        return manner.pause
    wants_reminder = not state.reminded and manner.remind_after is not None
    return manner.remind_after if wants_reminder and manner.remind_after is not None else manner.submit_after


def _wait(turn: Turn) -> None:
    """It is not our moment, or: the end of a silence, the pause, a reminder."""
    state, due = turn.state, turn.state.due_at
    if due is None or turn.at < due or state.silent or state.spoke_at is None:
        return
    if state.draft is None and not state.held:
        turn.change(asked=None, offered=())
    elif turn.at >= state.spoke_at + turn.manner.submit_after:
        _end(turn)
    elif state.asked is None:
        ask_next(turn)
    elif not state.reminded:
        remind(turn)


def _end(turn: Turn) -> None:
    """Nothing said is dropped by time: what waits is sent as it is."""
    turn.change(asked=None, offered=())
    if turn.state.draft is None and turn.state.last is not None and is_only_files(turn.state.held):
        add_held(turn)
        return
    if turn.state.held:
        join_held(turn)
    if not has_submitted(turn):
        submit(turn)


def _take_over(turn: Turn, event: PersonLeft) -> None:
    """The bot answers again. What a person has answered is to be sent no more."""
    if not turn.state.silent:
        return
    turn.change(silent=False, spoke_at=turn.at)
    if event.came:
        turn.settle(turn.state.held)
        turn.change(held=())
    elif turn.state.held:
        join_held(turn)
    if not says_something(turn.draft.pieces):
        turn.settle(turn.draft.pieces)
        turn.change(draft=None)
    elif not has_submitted(turn):
        ask(turn, Question.SEND, event="talk_resumed")
    else:
        ask_next(turn)
