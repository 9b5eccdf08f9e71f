"""The name in an answer to "what is your name?"."""

import re

from core.lexicon import lexicon

LONGEST = 60
MOST_WORDS = 6
INTRODUCED = re.compile(
    r"^(?:perkenalkan,? ?)?(?:nama (?:saya|sy|lengkap saya|aku)|saya bernama|nama|saya|my name is|i am|i'm)\b[ :,]*",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[ ,.(]*(?:(?:no|nomor|hp|wa|telp|tlp)[ .:]*){0,2}\+?\d[\d -]{7,16}\)?$", re.IGNORECASE)
NAME = re.compile(r"[^\W\d_][\w'’.,-]*(?: [^\W\d_][\w'’.,-]*)*")


def read_name(text: str) -> str:
    """The name, without "nama saya" and a telephone number; empty where more is said than a name."""
    if len(text) > LONGEST * 2:
        return ""
    said = NUMBER.sub("", INTRODUCED.sub("", " ".join(text.split()))).strip(" .,")
    is_name = len(said) <= LONGEST and len(said.split()) <= MOST_WORDS and NAME.fullmatch(said)
    return said if is_name and not _tells_something(said) else ""


def _tells_something(said: str) -> bool:
    """ "Jalan rusak" is nobody's name; "Bunga" may be one."""
    known, spoken = lexicon(), said.casefold().split()
    return any(word in known.subjects for word in spoken) or sum(word in known.known for word in spoken) > 1
