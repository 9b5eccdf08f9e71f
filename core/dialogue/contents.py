"""What a draft already tells, so that nothing is asked that was said."""

import re
from collections.abc import Sequence

from core.dialogue.vocabulary import says_nothing
from core.facts import Fact
from core.lexicon import lexicon, words
from core.model.dialogue import Draft, Piece, Question
from core.text import Comparable, comparable

PLACES = frozenset({"street", "gang", "village", "district", "regency", "facility", "estate", "km", "company"})
DATES = frozenset({"date", "year"})
SEVERAL = 3
LONG_ENOUGH = 40
REACH = 4
READ = 6000
AT = words(
    "di ke dari dekat depan belakang samping seberang sebelah menuju arah area kawasan sekitar pasar terminal stasiun"
)
GLUED = re.compile(r"\bdi(?=depan|dekat|belakang|samping|seberang|sebelah)")
WORD = re.compile(r"[^\W\d_]+")
VERB = re.compile(r"(?:me[mnlr]|men[gy]|ber|ter|di)[^\W\d_]{4,}")
MONTHS = "januari|februari|pebruari|maret|april|juni|juli|agustus|september|oktober|november|nopember|desember"
TIMES = (
    "kemar(?:in|en)|kmrn|kmren|tadi|td|barusan|baru saja|barusaja|hari ini|hr ini|malam ini|pagi ini|siang ini|sore ini"
    "|sekarang|skrg|skrng|saat ini|semalam|lusa|sejak|sjk|semenjak|dari dulu|(?:su|s|u)?dah lama|terus menerus"
    r"|(?:se)?tiap (?:hari|malam|pagi|sore|siang|minggu|bulan|hujan|tahun)|tiap2 hari|akhir-akhir ini|belakangan ini"
    r"|(?:hari|malam|pagi|siang|sore|tgl|tanggal|tggl) ?\d{1,2}\b|(?:jam|jm|pukul|pkl) ?\d{1,2}"
    r"|(?:ber)?(?:hari|minggu|bulan|tahun)[- ](?:hari|minggu|bulan|tahun)|berhari-hari|berbulan-bulan|bertahun-tahun"
    r"|(?:\d+|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sepuluh|beberapa|se)"
    " ?(?:hari|hr|minggu|mgg|bulan|bln|tahun|thn|jam)"
    r"|se(?:minggu|bulan|tahun|hari|jam)|(?:minggu|bulan|tahun|hari|bln|thn) (?:lalu|kemarin|ini|yang lalu|yg lalu)"
    "|hari (?:senin|selasa|rabu|kamis|jumat|sabtu|minggu)|senin|selasa|rabu|kamis|jum'?at|sabtu"
    r"|(?:tadi|kemarin)? ?(?:pagi|siang|sore|malam) (?:tadi|kemarin|ini|hari)"
    "|yesterday|today|tonight|last (?:night|week|month|year)|this (?:morning|week|month)|since|every day|ago|now"
    "|wingi|mau bengi|kamari|peuting"
)
WHEN = re.compile(rf"\b(?:{TIMES}|{MONTHS})\b|\b\d{{1,2}} (?:jan|feb|mar|apr|mei|jun|jul|agu|ags|sep|okt|nov|des)\b")
OF_TIME = words("lalu pekan jam pukul wib wita wit")
GENERAL = words(
    "sini situ sana mana rumah tempat daerah lingkungan wilayah kampung saya kami kita sekolah anak kantor jalan desa"
    " kelurahan kecamatan pasar terminal stasiun area kawasan sekitar depan dekat belakang samping seberang sebelah"
)
"""With nothing behind them they tell nobody where it is."""


def text_of(pieces: Sequence[Piece]) -> str:
    """All words, one message a line, in the order they were said."""
    return "\n".join(piece.text for piece in pieces if piece.text.strip())


def brings_files(pieces: Sequence[Piece]) -> bool:
    """Whether a file is among them, fetched or not."""
    return any(piece.attachments or piece.files for piece in pieces)


def says_something(pieces: Sequence[Piece]) -> bool:
    """Whether there is anything but courtesy: words, a file, a place."""
    return brings_files(pieces) or any(piece.place or not says_nothing(piece.text) for piece in pieces)


def missing(draft: Draft, regions: frozenset[str]) -> Question | None:
    """What to ask next of what every report needs; None when it is told, or was asked for already.

    ``regions``: names of regencies, cities and provinces, which tell a place wherever they stand.
    """
    done = {answer.question for answer in draft.answers}
    text = text_of(draft.pieces)
    said = comparable(text)
    told = {
        Question.WHAT: tells_what(said),
        Question.WHERE: bool(draft.place)
        or any(p.place for p in draft.pieces)
        or tells_where(text, said)
        or bool(regions & said.names),
        Question.WHEN: bool(draft.time) or tells_when(text, said),
    }
    return next((question for question, is_told in told.items() if not is_told and question not in done), None)


def tells_what(said: Comparable) -> bool:
    """An ordinary word that belongs to no place, number or person; or several words that nobody knows."""
    matter = said.matter - OF_TIME
    return bool(matter & lexicon().known) or len(matter) >= SEVERAL


def tells_where(text: str, said: Comparable) -> bool:
    """A street, village, school, kilometre, RT with RW; or a name close behind "di", "depan", "dekat"."""
    named = any(fact.kind in PLACES and not GENERAL.issuperset(fact.words) for fact in said.facts)
    neighbours = bool(said.of("rt") and said.of("rw"))
    return named or neighbours or any(map(_is_school, said.facts)) or _names_place(text)


def _is_school(fact: Fact) -> bool:
    """One that can be found: "SDN 4", "SMP Pelita"; not "guru SD memukul"."""
    if fact.kind != "school":
        return False
    _, number, *names = fact.words
    return bool(number) or any(not VERB.fullmatch(name) for name in names)


def _names_place(text: str) -> bool:
    said = WORD.findall(GLUED.sub("di ", text[:READ].casefold()))
    places = (at for at, word in enumerate(said) if word in AT)
    return any(_is_name(near) for at in places for near in said[at + 1 : at + REACH])


def _is_name(word: str) -> bool:
    known = lexicon()
    is_ordinary = word in known.known or word in known.spellings or word in GENERAL
    return len(word) >= SEVERAL and not is_ordinary and not word.startswith("di")


def tells_when(text: str, said: Comparable) -> bool:
    """A date, an hour, a day, or how long already."""
    return any(fact.kind in DATES for fact in said.facts) or bool(WHEN.search(text[:READ].casefold()))


def is_complete(text: str) -> bool:
    """Whether it can stand alone as a report: what and where, in more than a few words."""
    said = comparable(text)
    return len(text) >= LONG_ENOUGH and tells_what(said) and tells_where(text, said)


def told_in(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """The facts in them and what they are about, at most 64: by these a later text is known as the same matter."""
    said = comparable(text_of(pieces))
    facts = (f"{fact.kind}:{' '.join(fact.words)}" for fact in said.facts)
    return tuple(dict.fromkeys((*facts, *sorted(said.names), *sorted(said.subjects))))[:64]
