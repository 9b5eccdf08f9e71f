"""What people say: an instruction, an answer, or words of a report; nothing of it is lost."""

from dataclasses import replace
from datetime import timedelta

from core.commands import is_thanks
from core.dialogue.answers import note_answer, note_place, note_time
from core.dialogue.contents import is_complete, tells_when, told_in
from core.dialogue.instructions import is_answer, obey
from core.dialogue.naming import read_name
from core.dialogue.questions import ask, ask_next, greet
from core.dialogue.turn import (
    Turn,
    add_piece,
    answered,
    begin_draft,
    change_draft,
    fits,
    has_submitted,
    hold,
    is_open,
    join_held,
    part_held,
    submit,
)
from core.dialogue.vocabulary import Word, greets, read_number, read_word, says_nothing
from core.model.dialogue import AddTo, Last, Piece, Question
from core.text import comparable

IMPATIENT, FORGOTTEN = timedelta(minutes=1), timedelta(hours=12)
LAPOR = "lapor"


def hear(turn: Turn, piece: Piece) -> None:
    """What a message is: late for the last report, an instruction, courtesy, or words of a report."""
    before = turn.state.spoke_at
    silence = turn.at - (before or turn.at)
    turn.change(spoke_at=turn.at, greeted=turn.state.greeted and silence < FORGOTTEN)
    last = turn.state.last
    if last is not None and piece.group and piece.group in last.groups:
        turn.effects.append(AddTo(last.report_id, (piece,), quiet=True))
    elif turn.state.silent:
        _collect(turn, piece)
    elif _is_bare(piece) and _is_courtesy(turn, piece):
        _take_courtesy(turn, piece, silence=silence)
    elif not (_is_bare(piece) and _take_instruction(turn, piece)):
        _take_words(turn, piece, silence=silence)


def _is_bare(piece: Piece) -> bool:
    return not (piece.attachments or piece.files or piece.place)


def _collect(turn: Turn, piece: Piece) -> None:
    """While a person is called or answers words are kept, and nothing is said. KIRIM sends them."""
    said = piece.text
    word = read_word(said, slips=False) if _is_bare(piece) else None
    if word is None and not (_is_bare(piece) and (says_nothing(said) or read_number(said) is not None)):
        hold(turn, piece)
        return
    turn.settle((piece,))
    if word is Word.SEND:
        join_held(turn)
        if turn.draft.pieces and not has_submitted(turn):
            submit(turn)


def _take_instruction(turn: Turn, piece: Piece) -> bool:
    """A choice, a word for the bot or mere courtesy; False when it is words of a report."""
    asked = turn.state.asked
    said = _chosen(turn, piece.text)
    if said is None:
        return _take_wrong_number(turn, piece)
    if _take_choice_by_name(turn, piece, said):
        return True
    if not is_open(turn.state) and read_number(said) is not None:
        turn.settle((piece,))
        turn.say("talk_nothing_open")
        return True
    word = read_word(said, slips=asked is not Question.IDENTITY)
    if word is not None and not is_answer(asked, word):
        turn.settle((piece,))
        obey(turn, word)
        return True
    return False


def _take_choice_by_name(turn: Turn, piece: Piece, said: str) -> bool:
    """An agency of the directory, or their own name: it is no part of the report's text."""
    asked = turn.state.asked
    agency = turn.directory.find(said) if asked is Question.AGENCY else None
    is_word = read_word(said, slips=False) is not None
    name = read_name(said) if asked is Question.IDENTITY and not is_word and not says_nothing(said) else ""
    if agency is None and not name:
        return False
    turn.settle((piece,))
    change_draft(turn, **({"agency": agency.id} if agency else {"name": name}))
    answered(turn, Question.AGENCY if agency else Question.IDENTITY)
    ask_next(turn)
    return True


def _chosen(turn: Turn, text: str) -> str | None:
    """What is meant by a number; the words themselves where it is none; None where nothing has that number."""
    numbered = [offer for offer in turn.state.offered if not offer.aside]
    number = read_number(text) if numbered else None
    if not number:
        return text
    return (numbered[number - 1].says or numbered[number - 1].label) if number <= len(numbered) else None


def _take_wrong_number(turn: Turn, piece: Piece) -> bool:
    """Told once; from then on it counts as words."""
    if turn.state.tries:
        return False
    numbered = sum(not offer.aside for offer in turn.state.offered)
    turn.change(tries=1)
    _keep(turn, piece)
    turn.say("talk_wrong_number", offers=turn.state.offered, jumlah=str(numbered))
    return True


def _keep(turn: Turn, piece: Piece) -> None:
    """Where the words before are, without an answer to the open question."""
    if turn.state.held:
        hold(turn, piece)
    elif turn.state.draft is not None:
        add_piece(turn, piece)
    else:
        turn.settle((piece,))


def _is_courtesy(turn: Turn, piece: Piece) -> bool:
    """Nothing but a greeting or thanks; "pagi" may be the time that was asked for, and "ya" an answer."""
    if turn.state.asked is Question.WHEN and tells_when(f"{piece.text} ini", comparable(piece.text)):
        return False
    return says_nothing(piece.text) and read_word(piece.text) is None


def _take_courtesy(turn: Turn, piece: Piece, *, silence: timedelta) -> None:
    """A greeting begins, or asks whether somebody is there; it is no end of a silence."""
    turn.settle((piece,))
    if turn.has_words():
        turn.change(spoke_at=turn.at - silence)
        if greets(piece.text) and turn.state.asked is not None and silence >= IMPATIENT:
            _say_where_we_are(turn, silence)
    elif is_open(turn.state):
        return
    elif greets(piece.text) or not turn.state.greeted:
        greet(turn)
    elif is_thanks(piece.text) and turn.manner.is_chat:
        turn.say("talk_thanks")


def _say_where_we_are(turn: Turn, silence: timedelta) -> None:
    turn.change(spoke_at=turn.at)
    if turn.state.held or silence < turn.manner.resume_after:
        ask_next(turn)
    else:
        ask(turn, Question.SEND, event="talk_resumed")


def _take_words(turn: Turn, piece: Piece, *, silence: timedelta) -> None:
    state = turn.state
    if state.asked is Question.ADDITION and state.held:
        _take_after_addition(turn, piece)
    elif state.asked is Question.RESUME:
        hold(turn, piece)
        if turn.state.held:
            join_held(turn)
    elif state.held or _is_doubtful(turn, piece, silence):
        hold(turn, piece)
    elif state.draft is None:
        begin_draft(turn, (piece,))
    else:
        _take_answer(turn, piece)
    turn.change(asked=None, offered=(), greeted=True, tries=turn.state.tries if turn.state.held else 0)
    if not turn.manner.pause:
        ask_next(turn)


def _take_after_addition(turn: Turn, piece: Piece) -> None:
    """Whoever does not choose is asked once more; then the words are a report of their own, and compared as such."""
    is_second = bool(turn.state.tries)
    hold(turn, piece)
    if is_second and turn.state.held:
        part_held(turn)
    else:
        turn.change(tries=1)


def _is_doubtful(turn: Turn, piece: Piece, silence: timedelta) -> bool:
    """Whether words may belong to what was said long ago, or to the report that was just sent."""
    state = turn.state
    if state.draft is not None:
        is_album = bool(piece.group) and any(piece.group == other.group for other in state.draft.pieces)
        return silence >= turn.manner.resume_after and bool(state.draft.pieces) and not is_album
    if state.last is None or turn.at - state.last.at > turn.manner.follow_on:
        return False
    return not _is_new_matter(piece, state.last)


def _is_new_matter(piece: Piece, last: Last) -> bool:
    """It says LAPOR, or could stand alone and shares no place and no subject with the last report."""
    if piece.text.casefold().lstrip().startswith(f"{LAPOR} "):
        return True
    return is_complete(piece.text) and not set(told_in((piece,))) & set(last.told)


def _take_answer(turn: Turn, piece: Piece) -> None:
    """Whatever is said is part of the draft; as an answer it is kept apart as well, where it can be one."""
    asked = turn.state.asked
    add_piece(turn, piece)
    if asked is not None:
        note_answer(turn, asked, piece)


def correct(turn: Turn, message_id: str, text: str) -> None:
    """The person changed a message; one that is in no draft is none of ours."""

    def edited(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(replace(p, text=text) if p.message_id == message_id else p for p in pieces)

    draft, held = turn.state.draft, edited(turn.state.held)
    if held != turn.state.held:
        turn.change(held=held, spoke_at=turn.at)
    if draft is None or (pieces := edited(draft.pieces)) == draft.pieces:
        return
    turn.change(spoke_at=turn.at)
    change_draft(turn, pieces=pieces)
    for answer in draft.answers:
        if answer.message_id == message_id:
            _correct_answer(turn, answer.question, text.strip())
    if not fits(pieces):
        submit(turn)


def _correct_answer(turn: Turn, question: Question, text: str) -> None:
    if question is Question.WHERE:
        note_place(turn, text)
    elif question is Question.WHEN:
        note_time(turn, text)
