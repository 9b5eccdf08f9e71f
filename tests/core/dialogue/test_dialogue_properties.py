"""Whatever people say and whenever: every dialogue ends, no word is lost, replies and state stay small."""

import string
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.dialogue import step, vocabulary
from core.model.dialogue import (
    AddTo,
    Dialogue,
    Edited,
    Effect,
    Event,
    PersonLeft,
    PersonTook,
    Piece,
    Reported,
    Say,
    Settle,
    Spoke,
    Submit,
    TimePassed,
)
from core.model.network import Manner
from core.replies import CHOICES, EVENTS
from tests.core.dialogue.talk import CHAT, PHOTO, SMS, START, read_directory

DIRECTORY = read_directory()
SAID_FOR = {
    word: [said for said, asked in vocabulary.vocabulary().phrases.items() if asked is word] for word in vocabulary.Word
}
TOLD = st.sampled_from(
    [
        "lampu jalan mati",
        "Jl Melati 5",
        "sejak kemarin",
        "Lampu jalan mati di depan pasar Serpong sejak kemarin",
        "NIK saya 3171234567890123, petugas imigrasi nganjuk minta uang",
    ]
)
WORDS = st.one_of(
    st.sampled_from(list(SAID_FOR.values())).flatmap(st.sampled_from),
    TOLD,
    TOLD,
    st.sampled_from(["", "1", "2", "3", "9", "0", "no 2", "halo", "terima kasih", "Batam", "imigrasi", "Siti Rahayu"]),
    st.sampled_from(
        [
            "LAPOR got mampet",
            "x" * 15_000,
            "\u202e\u0000\u200d👩‍👩‍👧",
        ]
    ),
    st.text(max_size=40),
    st.text(alphabet=string.ascii_lowercase + " ", max_size=40),
)
GAPS = st.sampled_from([timedelta(), *(timedelta(seconds=s) for s in (1, 9, 60, 700, 2000, 8000))])
SPOKEN = st.tuples(
    st.just("spoke"), GAPS, WORDS, st.sampled_from([0, 0, 0, 1]), st.sampled_from(["", "", "", "album", "other"])
)
OTHER = st.tuples(
    st.sampled_from(["time", "time", "edit", "took", "left", "left_came"]),
    GAPS,
    WORDS,
    st.just(0),
    st.just(""),
)
STORY = st.lists(st.one_of(SPOKEN, SPOKEN, OTHER), max_size=25)
MANNERS = st.sampled_from(
    [CHAT, SMS, Manner(is_chat=True, submit_after=timedelta(seconds=5), pause=timedelta(seconds=8))]
)
Told = tuple[str, timedelta, str, int, str]


def make_event(told: Told, number: int, state: Dialogue, at: object) -> Event:
    kind, _, text, files, group = told
    now = START if at is None else at
    match kind:
        case "spoke":
            attachments = (PHOTO,) * files
            return Spoke(Piece(f"m{number}", now, text, attachments, files, group=group))  # type: ignore[arg-type]
        case "edit":
            return Edited(f"m{max(0, number - 2)}", now, text)  # type: ignore[arg-type]
        case "took":
            return PersonTook(now)  # type: ignore[arg-type]
        case "time":
            return TimePassed(max(now, state.due_at or now))  # type: ignore[type-var, arg-type]
        case _:
            return PersonLeft(now, came=kind == "left_came")  # type: ignore[arg-type]


class Play:
    """Plays a story, and looks at each step."""

    def __init__(self, manner: Manner) -> None:
        self.manner, self.state, self.now = manner, Dialogue(), START
        self.spoken: list[str] = []
        self.ended: Counter[str] = Counter()

    def do(self, event: Event) -> None:
        was_silent = self.state.silent
        self.state, effects = step(self.state, event, manner=self.manner, directory=DIRECTORY)
        if was_silent and self.state.silent:
            assert not any(isinstance(effect, Say) for effect in effects)
        self.look_at(event, effects)
        for effect in effects:
            self.ended.update(ids_of(effect))
        if any(isinstance(effect, Submit) for effect in effects):
            self.do(Reported(self.now, "r1", "4821093756"))

    def look_at(self, event: Event, effects: Sequence[Effect]) -> None:
        said = [effect for effect in effects if isinstance(effect, Say)]
        assert len(said) <= (1 if isinstance(event, TimePassed) else 2)
        assert sum(isinstance(effect, Submit) for effect in effects) <= 1
        assert all(say.facts.keys() == EVENTS[say.event] for say in said)
        assert all(offer.label or offer.key in CHOICES for say in said for offer in say.choices)
        assert all(len(say.choices) <= 20 for say in said)
        assert all(len(offer.says.encode()) <= 64 for say in said for offer in say.choices)
        assert [say.event for say in said] == [] or not isinstance(event, Reported | PersonTook | Edited)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(self.state), type=Dialogue) == self.state
        waits = self.state.draft is not None or bool(self.state.held)
        assert (self.state.due_at is not None) == ((waits or self.state.asked is not None) and not self.state.silent)
        for pieces in (self.state.draft.pieces if self.state.draft else (), self.state.held):
            assert len(pieces) <= 101
            assert len(pieces) <= 1 or sum(len(piece.text) for piece in pieces) <= 40_000

    def waiting(self) -> Counter[str]:
        draft = self.state.draft.pieces if self.state.draft else ()
        return Counter(piece.message_id for piece in (*draft, *self.state.held))


def ids_of(effect: Effect) -> tuple[str, ...]:
    match effect:
        case Settle(message_ids):
            return message_ids
        case Submit(draft):
            return tuple(piece.message_id for piece in draft.pieces)
        case AddTo(pieces=pieces):
            return tuple(piece.message_id for piece in pieces)
    return ()


@settings(max_examples=400, deadline=None)
@given(story=STORY, manner=MANNERS)
@example(story=[("spoke", timedelta(), f"kata {n}", 0, "") for n in range(250)], manner=CHAT)
@example(story=[("spoke", timedelta(), "x" * 15_000, 0, "") for _ in range(5)], manner=SMS)
@example(story=[("spoke", timedelta(minutes=40), sign * 15_000, 0, "") for sign in "xy"], manner=SMS)
@example(
    story=[("spoke", timedelta(minutes=40), said, 0, "") for said in ("x" * 15_000, "y" * 15_000, "kirim")], manner=SMS
)
@example(story=[("spoke", timedelta(), said, 0, "") for said in ("got mampet", "Jl Melati", "kembali")], manner=SMS)
def test_any_sequence_of_events_ends_loses_nothing_and_stays_small(story: list[Told], manner: Manner) -> None:
    play = Play(manner)

    for number, told in enumerate(story):
        play.now += told[1]
        event = make_event(told, number, play.state, play.now)
        if isinstance(event, TimePassed):
            play.now = max(play.now, event.at)
        if isinstance(event, Spoke):
            play.spoken.append(event.piece.message_id)
        play.do(event)
        assert play.ended + play.waiting() == Counter(play.spoken)

    play.do(PersonLeft(play.now))
    for _ in range(8):
        if play.state.due_at is None:
            break
        play.now = max(play.now, play.state.due_at)
        play.do(TimePassed(play.now))
    assert play.state.due_at is None
    assert play.state.draft is None
    assert play.ended == Counter(play.spoken)
    assert play.state.asked is None


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(), st.text(max_size=3).map(lambda part: part * 7000)))
@example(text="\ud83d\ude00" * 10)
@example(text="(" * 20_000)
@example(text="di di " * 3500)
def test_no_text_whatever_raises(text: str) -> None:
    play = Play(SMS)
    for number in range(3):
        play.do(Spoke(Piece(f"m{number}", START, text)))
    assert sum(play.ended.values()) + sum(play.waiting().values()) == 3
