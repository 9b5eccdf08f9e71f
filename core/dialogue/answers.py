"""What is kept of an answer beside its words, where it can be one."""

from core.dialogue.contents import tells_what, tells_when, tells_where, text_of
from core.dialogue.suggestions import suggest_agencies
from core.dialogue.turn import Turn, answered, change_draft
from core.dialogue.vocabulary import read_number
from core.model.dialogue import Piece, Question
from core.text import comparable

LONGEST = 200
NOT_ANSWERED = frozenset({Question.SEND, Question.START_OVER, Question.LANGUAGE})
"""Whoever writes words there goes on with the report."""


def note_answer(turn: Turn, asked: Question, piece: Piece) -> None:
    """The last piece of the draft came when this was asked. A stray number answers nothing."""
    text = piece.text.strip()
    is_number = asked in {Question.WHAT, Question.WHERE} and read_number(text) is not None
    if asked in NOT_ANSWERED or is_number or not (text or (piece.place and asked is Question.WHERE)):
        return
    about = _meant(turn, asked, text)
    if about is Question.WHERE:
        note_place(turn, text or piece.place)
    elif about is Question.WHEN:
        note_time(turn, text)
    elif about is Question.AGENCY and len(found := suggest_agencies(text[:LONGEST], turn.directory)) == 1:
        change_draft(turn, agency=found[0])
    answered(turn, about, by=piece.message_id)


def note_place(turn: Turn, text: str) -> None:
    """As it was said; what is no place is among the words all the same."""
    if len(text) <= LONGEST and not _tells_only_time(text):
        change_draft(turn, place=text)


def note_time(turn: Turn, text: str) -> None:
    """As it was said."""
    if len(text) <= LONGEST and not _tells_only_place(text) and read_number(text) is None:
        change_draft(turn, time=text)


def _meant(turn: Turn, asked: Question, text: str) -> Question:
    """Who is asked where and tells when has answered that; the place is asked for again, and the other way round."""
    before = text_of(turn.draft.pieces[:-1])
    if asked is Question.WHERE and _tells_only_time(text) and not tells_when(before, comparable(before)):
        return Question.WHEN
    if asked is Question.WHEN and _tells_only_place(text) and not tells_where(before, comparable(before)):
        return Question.WHERE
    return asked


def _tells_only_time(text: str) -> bool:
    said = comparable(text)
    return tells_when(text, said) and not tells_where(text, said) and not tells_what(said) and not said.matter


def _tells_only_place(text: str) -> bool:
    said = comparable(text)
    return tells_where(text, said) and not tells_when(text, said)
