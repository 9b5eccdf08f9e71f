"""The first word or words of an SMS that name an agency or a campaign: ``TANGKAB jalan rusak ...``."""

import re
from dataclasses import dataclass, field

from core.directory import Directory, squeeze
from core.lexicon import lexicon

LONGEST = 4
LONG_ENOUGH_FOR_A_SLIP = 6
WORD = re.compile(r"[^\W_]+")
OPENING = re.compile(r"\W*(?:lapor\b\W*)?", re.IGNORECASE)
LABELS = frozenset({"kab", "kabupaten", "kota", "prov", "provinsi", "kementerian"})


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword that was read.

    Attributes:
        agency: the id of the agency that is meant; ``campaign`` the campaign's name, empty for an agency's own keyword.
        matched: the keyword as the file has it.
        rest: the text behind it.
        exact: False when a typing slip was understood; the citizen may then be told what was.
    """

    agency: str
    matched: str
    exact: bool
    rest: str = field(repr=False)
    campaign: str = ""


def read_keyword(text: str, directory: Directory) -> Keyword | None:
    """The keyword ``text`` begins with, the longest first, or None.

    A slip of one letter is understood in keywords of six letters and more, when no other agency is as near and the
    words as written are not ordinary ones ("Tangkap pelaku ..." is not ``TANGKAB``).
    """
    opening = OPENING.match(text)
    start = opening.end() if opening else 0
    spans = [match.span() for match, _ in zip(WORD.finditer(text, start), range(LONGEST), strict=False)]
    for exact in (True, False):
        for _, end in reversed(spans):
            word = _meant(text[start:end], directory, exact=exact)
            if word:
                entry = directory.keywords[word]
                rest = text[end:].lstrip(" \t\r\n.,:;-#")
                return Keyword(entry.agency, entry.written, exact, rest, entry.campaign)
    return None


def _meant(written: str, directory: Directory, *, exact: bool) -> str:
    word = squeeze(written)
    if exact:
        return word if word in directory.keywords else ""
    if len(word) < LONG_ENOUGH_FOR_A_SLIP - 1 or _is_ordinary(written):
        return ""
    near = {
        keyword for keyword in directory.keywords if len(keyword) >= LONG_ENOUGH_FOR_A_SLIP and _near(word, keyword)
    }
    agencies = {directory.keywords[keyword].agency for keyword in near}
    return near.pop() if len(agencies) == 1 else ""


def _is_ordinary(written: str) -> bool:
    """Whether an ordinary word is among those that would have to be the name: "kab mandi", "tangkap"."""
    known = lexicon()
    names = [word for word in WORD.findall(written.casefold()) if word not in LABELS]
    return not names or any(known.spellings.get(word, word) in known.known for word in names)


def _near(word: str, keyword: str) -> bool:
    """Whether one letter is wrong, missing, added, or swapped with its neighbour; the first letter is right."""
    if abs(len(word) - len(keyword)) > 1 or word[0] != keyword[0]:
        return False
    same = next((i for i in range(min(len(word), len(keyword))) if word[i] != keyword[i]), min(len(word), len(keyword)))
    left, right = word[same:], keyword[same:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
