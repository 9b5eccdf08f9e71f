"""One turn of the dialogue: where it stood, what happened, and what comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.dialogue.contents import brings_files, says_something, told_in
from core.directory import Directory
from core.model.dialogue import (
    AddTo,
    Answer,
    Dialogue,
    Draft,
    Effect,
    Last,
    Offer,
    Piece,
    Question,
    Say,
    Settle,
    Submit,
    Visibility,
)
from core.model.network import Manner

MOST_PIECES = 100
MOST_CHARACTERS = 20_000


@dataclass(slots=True)
class Turn:
    """Changed by whatever the event asks for; ``state`` and ``effects`` are what is left of it."""

    state: Dialogue
    manner: Manner
    directory: Directory
    at: datetime
    effects: list[Effect] = field(default_factory=list)

    def change(self, **updates: Any) -> None:
        """The state, with some of it changed."""
        self.state = replace(self.state, **updates)

    def say(self, event: str, *, offers: tuple[Offer, ...] = (), **facts: str) -> None:
        """A reply."""
        self.effects.append(Say(event, facts, offers))

    def settle(self, pieces: Iterable[Piece], *, cancelled: bool = False) -> None:
        """Nothing more comes of these."""
        ids = tuple(piece.message_id for piece in pieces)
        if ids:
            self.effects.append(Settle(ids, cancelled))

    @property
    def draft(self) -> Draft:
        """The open draft; an empty one where there is none."""
        return self.state.draft or Draft(begun_at=self.at)

    def has_words(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self.draft.pieces or self.state.held)


def begin_draft(turn: Turn, pieces: tuple[Piece, ...] = ()) -> None:
    """An own draft, with what was held for it."""
    turn.change(draft=Draft(begun_at=turn.at, pieces=pieces), reminded=False, tries=0)


def change_draft(turn: Turn, **updates: Any) -> None:
    """The open draft with some of it changed; a new one where there is none."""
    turn.change(draft=replace(turn.draft, **updates))


def add_piece(turn: Turn, piece: Piece) -> None:
    """Behind the others. A draft that would grow beyond the limits is sent as it stands, and another one begun."""
    if not fits((*turn.draft.pieces, piece)):
        submit(turn)
    change_draft(turn, pieces=(*turn.draft.pieces, piece))


def hold(turn: Turn, piece: Piece) -> None:
    """Until it is known where it belongs; what is too much to hold is a report of its own."""
    held = (*turn.state.held, piece)
    turn.change(held=held)
    if not fits(held):
        part_held(turn)


def join_held(turn: Turn) -> None:
    """What was held belongs to the draft."""
    held, draft = turn.state.held, turn.draft
    if not fits((*draft.pieces, *held)):
        part_held(turn)
        return
    turn.change(held=(), tries=0)
    change_draft(turn, pieces=(*draft.pieces, *held))


def part_held(turn: Turn) -> None:
    """What was held is a report of its own; an older draft is sent as it stands."""
    held = turn.state.held
    if turn.state.draft is not None:
        submit(turn)
    turn.change(held=())
    begin_draft(turn, held)


def add_held(turn: Turn) -> None:
    """What was held belongs to the last report."""
    held, last = turn.state.held, turn.state.last
    if last is not None and held:
        turn.effects.append(AddTo(last.report_id, held))
        turn.change(held=(), tries=0)


def fits(pieces: tuple[Piece, ...]) -> bool:
    """Whether so much may be kept in one draft; a single message always may."""
    return len(pieces) <= 1 or (
        len(pieces) <= MOST_PIECES and sum(len(piece.text) for piece in pieces) <= MOST_CHARACTERS
    )


def submit(turn: Turn) -> None:
    """Send the draft as it stands. One that says nothing comes to nothing."""
    draft = turn.draft
    if says_something(draft.pieces):
        groups = tuple(dict.fromkeys(piece.group for piece in draft.pieces if piece.group))
        turn.change(sent=Last("", "", turn.at, groups, told_in(draft.pieces)))
        turn.effects.append(Submit(_filled(draft)))
    else:
        turn.settle(draft.pieces)
    turn.change(draft=None, asked=None, offered=(), reminded=False, tries=0)


def _filled(draft: Draft) -> Draft:
    """A place on the map stands for one in words where there is none; an anonymous report bears no name."""
    shown = next((piece.place for piece in draft.pieces if piece.place), "")
    name = "" if draft.visibility is Visibility.ANONYMOUS else draft.name
    return replace(draft, place=draft.place or shown, name=name)


def answered(turn: Turn, question: Question, *, by: str = "") -> None:
    """The question is done with; ``by``: the message that answers it."""
    kept = tuple(answer for answer in turn.draft.answers if answer.question is not question)
    change_draft(turn, answers=(*kept, Answer(question, by)))


def drop_all(turn: Turn) -> None:
    """The person throws away what is not sent."""
    turn.settle((*turn.draft.pieces, *turn.state.held), cancelled=True)
    turn.change(draft=None, held=(), asked=None, offered=(), reminded=False, tries=0)


def is_only_files(pieces: tuple[Piece, ...]) -> bool:
    """Pictures without a word."""
    return brings_files(pieces) and not says_something(
        tuple(replace(piece, attachments=(), files=0, place="") for piece in pieces)
    )


def has_submitted(turn: Turn) -> bool:
    """Whether something was sent already in this turn, because it was too much for one draft."""
    return any(isinstance(effect, Submit) for effect in turn.effects)


def is_open(state: Dialogue) -> bool:
    """Whether the next words belong to the dialogue, also where it only speaks on request."""
    return state.draft is not None or bool(state.held) or state.asked is not None


def fall_silent(turn: Turn) -> None:
    """For a person: from now on words are held, until it is known whether they were answered."""
    if turn.state.held and not turn.state.silent:
        join_held(turn)
    turn.change(silent=True, asked=None, offered=(), tries=0)
