"""What the bot does when it is told a word: LAPOR, KIRIM, LEWATI, KEMBALI, ULANG, BATAL, YA, PETUGAS, ..."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from core.dialogue.questions import ask, ask_next, greet, warn
from core.dialogue.turn import (
    Turn,
    add_held,
    answered,
    begin_draft,
    change_draft,
    drop_all,
    fall_silent,
    has_submitted,
    is_open,
    join_held,
    part_held,
    submit,
)
from core.dialogue.vocabulary import Word
from core.model.dialogue import CallPerson, Question, SpeakLanguage, Visibility

Q, W = Question, Word
FREE = (Q.WHAT, Q.WHERE, Q.WHEN, Q.AGENCY, Q.EVIDENCE, Q.IDENTITY)
"""Answered in words; each can be passed over."""
JUST_NOW = timedelta(minutes=30)
SAID_ALONE = frozenset({W.YES, W.NO, W.SKIP, W.ADDITION})
"""They answer a question, and mean nothing where none is open."""


def obey(turn: Turn, word: Word) -> None:
    """Do what the word asks for where the dialogue stands."""
    here = BY_QUESTION.get(turn.state.asked, {}) if turn.state.asked else {}
    if word in here:
        here[word](turn)
    elif word not in SAID_ALONE:
        ANYWHERE[word](turn)
    elif not turn.state.greeted and not is_open(turn.state):
        greet(turn)


def is_answer(asked: Question | None, word: Word) -> bool:
    """Whether a word is rather the answer to the open question: "baru" is a time, "Indonesia" a place."""
    return (word is W.NEW and asked in {Q.WHAT, Q.WHERE, Q.WHEN}) or (
        word is W.INDONESIAN and asked in {Q.WHERE, Q.AGENCY}
    )


def _begin(turn: Turn) -> None:
    if turn.state.held and turn.state.draft is None:
        _part(turn)
    elif turn.has_words():
        ask(turn, Q.RESUME)
    else:
        greet(turn)


def _send(turn: Turn) -> None:
    if turn.state.held:
        join_held(turn)
    if has_submitted(turn):
        ask_next(turn)
    elif turn.draft.pieces:
        if not warn(turn):
            submit(turn)
    elif not _say_sent_already(turn):
        _say_nothing_there(turn)


def _say_sent_already(turn: Turn) -> bool:
    """Whoever presses twice is told that it has arrived, not that nothing has."""
    last = turn.state.last
    if turn.state.draft is not None or last is None or turn.at - last.at > JUST_NOW:
        return False
    turn.say("talk_sent", nomor=last.tracking_id)
    return True


def _say_nothing_there(turn: Turn) -> None:
    if turn.state.draft is None:
        begin_draft(turn)
    ask(turn, Q.WHAT, event="talk_nothing")


def _skip(turn: Turn) -> None:
    if not turn.draft.pieces:
        _say_nothing_there(turn)
    elif turn.state.asked is not None:
        answered(turn, turn.state.asked)
        ask_next(turn)


def _back(turn: Turn) -> None:
    draft = turn.draft
    if not draft.answers or turn.state.held:
        _again(turn)
        return
    last = draft.answers[-1]
    undone = tuple(piece for piece in draft.pieces if last.message_id and piece.message_id == last.message_id)
    turn.settle(undone, cancelled=True)
    kept = tuple(piece for piece in draft.pieces if piece not in undone)
    change_draft(turn, pieces=kept, answers=draft.answers[:-1], **UNDONE.get(last.question, {}))
    ask(turn, last.question if kept and last.question in FREE else (Q.SEND if kept else Q.WHAT))


def _again(turn: Turn) -> None:
    """The open question once more; where none is open and nothing is written, say so."""
    if turn.state.asked is not None:
        ask(turn, turn.state.asked)
    elif turn.has_words() or turn.state.draft is not None:
        ask_next(turn)
    else:
        turn.say("talk_nothing_open")


def _restart(turn: Turn) -> None:
    if turn.has_words():
        ask(turn, Q.START_OVER)
    else:
        greet(turn)


def _throw_away(turn: Turn) -> None:
    drop_all(turn)
    begin_draft(turn)
    ask(turn, Q.WHAT, event="talk_restarted")


def _cancel(turn: Turn) -> None:
    is_open = turn.state.draft is not None or bool(turn.state.held)
    drop_all(turn)
    turn.say("talk_cancelled" if is_open else "talk_nothing_open")


def _go_on(turn: Turn) -> None:
    """YA to "go on with the draft?": what was held belongs to it."""
    join_held(turn)
    ask_next(turn)


def _part(turn: Turn) -> None:
    """BARU: what was held is a report of its own; without such a new one is begun."""
    has_held = bool(turn.state.held)
    part_held(turn)
    if has_held:
        ask_next(turn)
    else:
        greet(turn)


def _add(turn: Turn) -> None:
    add_held(turn)
    ask_next(turn)


def _not_yet(turn: Turn) -> None:
    """The closing question stays open: KIRIM sends."""
    turn.say("talk_continue")


def _done(turn: Turn) -> None:
    if not turn.has_words():
        return
    if turn.state.asked in FREE:
        answered(turn, turn.state.asked)
    if turn.state.held:
        ask_next(turn)
    else:
        ask(turn, Q.SEND)


def _call_person(turn: Turn) -> None:
    turn.effects.append(CallPerson())
    fall_silent(turn)


def _speak(language: str) -> Callable[[Turn], None]:
    def speak(turn: Turn) -> None:
        turn.effects.append(SpeakLanguage(language))
        turn.say("talk_language_set")
        if turn.state.greeted or is_open(turn.state):
            ask_next(turn)
        else:
            greet(turn)

    return speak


def _ask_photo(turn: Turn) -> None:
    if not turn.manner.files:
        turn.say("talk_no_files")
        return
    _ask_for(turn, Q.EVIDENCE)


def _ask_for(turn: Turn, question: Question) -> None:
    if turn.state.draft is None:
        begin_draft(turn)
    ask(turn, question)


def _show_to(visibility: Visibility) -> Callable[[Turn], None]:
    def choose(turn: Turn) -> None:
        change_draft(turn, visibility=visibility, warned=False)
        answered(turn, Q.VISIBILITY)
        ask_next(turn)

    return choose


def _tell_privacy(turn: Turn) -> None:
    turn.say("talk_privacy")


UNDONE: Mapping[Question, Mapping[str, object]] = MappingProxyType(
    {
        Q.WHERE: {"place": ""},
        Q.WHEN: {"time": ""},
        Q.AGENCY: {"agency": ""},
        Q.IDENTITY: {"name": ""},
        Q.VISIBILITY: {"visibility": None},
    }
)
ANYWHERE: Mapping[Word, Callable[[Turn], None]] = MappingProxyType(
    {
        W.BEGIN: _begin,
        W.SEND: _send,
        W.BACK: _back,
        W.RESTART: _restart,
        W.CANCEL: _cancel,
        W.NEW: _begin,
        W.DONE: _done,
        W.PERSON: _call_person,
        W.LANGUAGE: lambda turn: ask(turn, Q.LANGUAGE),
        W.ENGLISH: _speak("en"),
        W.INDONESIAN: _speak("id"),
        W.PRIVACY: _tell_privacy,
        W.PHOTO: _ask_photo,
        W.ANONYMOUS: _show_to(Visibility.ANONYMOUS),
        W.SECRET: _show_to(Visibility.SECRET),
        W.OPEN: _show_to(Visibility.OPEN),
        W.AGENCY: lambda turn: _ask_for(turn, Q.AGENCY),
        W.NAME: lambda turn: _ask_for(turn, Q.IDENTITY),
    }
)
PASSED_OVER: Mapping[Word, Callable[[Turn], None]] = MappingProxyType({W.NO: _skip, W.SKIP: _skip})
BY_QUESTION: Mapping[Question, Mapping[Word, Callable[[Turn], None]]] = MappingProxyType(
    {
        **dict.fromkeys(FREE, PASSED_OVER),
        Q.AGENCY: {**PASSED_OVER, W.BACK: ask_next},
        Q.EVIDENCE: {**PASSED_OVER, W.BACK: ask_next},
        Q.IDENTITY: {**PASSED_OVER, W.BACK: ask_next, W.SECRET: ANYWHERE[W.ANONYMOUS]},
        Q.SEND: {W.YES: _send, W.DONE: _send, W.NO: _not_yet, W.SKIP: _not_yet},
        Q.RESUME: {
            **dict.fromkeys((W.YES, W.SKIP, W.ADDITION, W.DONE), _go_on),
            **dict.fromkeys((W.NO, W.NEW, W.BEGIN), _part),
        },
        Q.ADDITION: {
            **dict.fromkeys((W.YES, W.ADDITION), _add),
            **dict.fromkeys((W.NO, W.NEW, W.BEGIN, W.SKIP), _part),
        },
        Q.START_OVER: {
            **dict.fromkeys((W.YES, W.RESTART), _throw_away),
            **dict.fromkeys((W.NO, W.SKIP, W.CANCEL, W.BACK), ask_next),
        },
        Q.LANGUAGE: dict.fromkeys((W.YES, W.NO, W.SKIP, W.BACK), ask_next),
    }
)
"""What a word means as the answer to a question, where that is something else than anywhere."""
