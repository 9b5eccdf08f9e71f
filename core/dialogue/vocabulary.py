"""Words for the bot (LAPOR, KIRIM, LEWATI): each counts only as a whole message, for all of them are everyday words.

"Petugas kelurahan minta uang" and "kirim sampah ke sungai" are complaints.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.commands import CHOICE_LEADS, POLITE, THANKS, is_courtesy, is_slip
from core.lexicon import lexicon, words

WORDS = Path(__file__).with_name("words.tsv")
REGIONAL = Path(__file__).with_name("regional.tsv")
LONGEST = 80
SHORTEST_SLIP, SHORTEST_PHRASE = 5, 10
TOKEN = re.compile(r"\w+")
ADDRESSED = re.compile(r"@\w+")
"""Telegram writes commands in groups as ``/lapor@LaporBot``."""
MARKS = re.compile("[\\s\\ufe0e\\ufe0f\\U0001f3fb-\\U0001f3ff]")
NUMBER = re.compile(r"\d{1,4}")
COUNTED = (
    "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh",
    "pertama kedua ketiga keempat kelima keenam",
    "one two three four five six seven eight nine ten",
)
NUMERALS: Mapping[str, int] = {
    word: number for counted in COUNTED for number, word in enumerate(counted.split(), start=1)
}
LEADS = CHOICE_LEADS | words("number choose option saja aja")


class Word(StrEnum):
    """What a word asks of the bot; the first column of ``words.tsv``."""

    BEGIN = "begin"
    SEND = "send"
    SKIP = "skip"
    BACK = "back"
    RESTART = "restart"
    CANCEL = "cancel"
    YES = "yes"
    NO = "no"
    NEW = "new"
    ADDITION = "addition"
    DONE = "done"
    PERSON = "person"
    LANGUAGE = "language"
    ENGLISH = "english"
    INDONESIAN = "indonesian"
    PRIVACY = "privacy"
    PHOTO = "photo"
    ANONYMOUS = "anonymous"
    SECRET = "secret"  # noqa: S105 - a word, and no password
    OPEN = "open"
    AGENCY = "agency"
    NAME = "name"


OPENING = frozenset({Word.BEGIN, Word.PERSON, Word.LANGUAGE, Word.ENGLISH, Word.INDONESIAN, Word.PRIVACY})
"""They mean something also to a bot that was not spoken to before."""
GREETING, EVERYDAY = "greeting", "everyday"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``words.tsv``, and ``regional.tsv`` for Javanese and Sundanese, read once.

    Attributes:
        phrases: what is said, its words parted by single blanks -> what it asks.
        near: those of ``words.tsv`` that are long enough to be understood with one slip.
        greetings: the words of which a greeting is made.
        everyday: words that are near one of ours and mean something else.
    """

    phrases: Mapping[str, Word]
    near: Mapping[str, Word] = field(repr=False)
    greetings: frozenset[str]
    everyday: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The words that are part of this version of the product."""
    ours, others = _read(WORDS)
    regional, more = _read(REGIONAL)
    near = {said: word for said, word in ours.items() if _is_long_enough(said)}
    greetings = frozenset(others[GREETING] | more[GREETING])
    return Vocabulary(regional | ours, near, greetings, frozenset(others[EVERYDAY]))


def _is_long_enough(said: str) -> bool:
    return (said.isalpha() and len(said) >= SHORTEST_SLIP) or (" " in said and len(said) >= SHORTEST_PHRASE)


def _read(file: Path) -> tuple[dict[str, Word], dict[str, set[str]]]:
    """What asks something of the bot, and the other words by their kind."""
    phrases: dict[str, Word] = {}
    others: dict[str, set[str]] = {GREETING: set(), EVERYDAY: set()}
    for kind, said in _rows(file):
        if kind in others:
            others[kind].update(said.replace(",", " ").split())
        else:
            phrases |= dict.fromkeys(map(str.strip, said.split(",")), Word(kind))
    return phrases, others


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, _, said = line.partition("\t")
            yield kind, said


def read_word(text: str, *, slips: bool = True) -> Word | None:
    """What ``text`` asks of the bot, or None when it may be anything else; without ``slips`` only as it is spelled.

    Whether it is obeyed depends on where the dialogue stands: "baru" is also an answer to "since when".
    """
    if len(text) > LONGEST:
        return None
    known, said = vocabulary(), _tokens(text)
    spelled = [lexicon().spellings.get(word, word) for word in said]
    for phrase in dict.fromkeys((MARKS.sub("", text), *_without_courtesy(said), *_without_courtesy(spelled))):
        if phrase in known.phrases:
            return known.phrases[phrase]
    alone = " ".join(word for word in said if word not in POLITE | THANKS)
    return _slipped(alone) if slips and len(alone) >= SHORTEST_SLIP - 1 else None


def _without_courtesy(said: Sequence[str]) -> Iterator[str]:
    """As it is, without polite words but for agreement, and without all of them."""
    yield " ".join(said)
    yield " ".join(word for word in said if word not in (POLITE | THANKS) - AGREEMENT)
    yield " ".join(word for word in said if word not in POLITE | THANKS)


def _slipped(word: str) -> Word | None:
    known = vocabulary()
    if word in lexicon().known or word in known.everyday or word in known.greetings:
        return None
    meant = {asked for said, asked in known.near.items() if is_slip(word, said) and not _is_risky(word, said, asked)}
    return meant.pop() if len(meant) == 1 else None


def _is_risky(word: str, said: str, asked: Word) -> bool:
    """With another letter BATAL is Batam and Batak: whatever throws words away must be nearer."""
    return asked in {Word.CANCEL, Word.RESTART} and len(word) == len(said) and sorted(word) != sorted(said)


def read_number(text: str) -> int | None:
    """The number in "2", "2.", "no 2", "dua" or "yang kedua", and nothing more; else None."""
    if len(text) > LONGEST:
        return None
    said = [word for word in _tokens(text) if word not in LEADS | POLITE | THANKS]
    if len(said) != 1:
        return None
    return int(said[0]) if NUMBER.fullmatch(said[0]) else NUMERALS.get(said[0])


def greets(text: str) -> bool:
    """Whether ``text`` greets, and says nothing more."""
    said = _tokens(text) if len(text) <= LONGEST * 2 else []
    return bool(GREETED & set(said)) and vocabulary().greetings | POLITE | THANKS >= set(said)


def says_nothing(text: str) -> bool:
    """Whether nothing is said but a greeting or thanks, if anything."""
    return is_courtesy(text) or greets(text)


def begins(text: str) -> bool:
    """Whether ``text`` asks for the bot where it only speaks on request: LAPOR alone, a greeting, PETUGAS, BAHASA."""
    return greets(text) or read_word(text) in OPENING


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(ADDRESSED.sub("", text).casefold())


AGREEMENT = words("ya yah")
GREETED = words(
    "halo hallo haloo hai hi hello hey p ping tes test assalamualaikum assalamu asalamualaikum assalamualaikm asslmkm"
    " ass aslm waalaikumsalam salam pagi siang sore malam permisi misi swastiastu shalom morning afternoon evening"
    " enjing enjang sonten dalu ndalu wengi sampurasun rampes kulonuwun kulo kula punten"
)
"""One of these makes it a greeting."""
