"""What a person said in a message, as text: links in full, commands as the words that every channel understands."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from channels.chat.telegram.reading.shapes import Json, table, tables, text, whole
from core.text import clean

LONGEST: Final = 18_000
"""A text of Telegram has 4,096 characters, but a hundred links of 2,000 may hide behind it; the core takes 20,000."""

MOST_LINKS: Final = 100
"""Telegram keeps a hundred entities of a message."""

COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,32}))?(?!\S)[ \t]*", re.ASCII)
CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
BOT_NAME: Final = re.compile(r"(?<![\w@])@([A-Za-z0-9_]{2,29}bot)(?!\w)[ \t,:]*", re.ASCII | re.IGNORECASE)
CONTINUE: Final = "LANJUT"
REPORT: Final = "lapor"
"""The one command that people know as ours, also without our name; what stands behind it is the report."""

SAME: Final = re.findall(
    r"\w+",
    "BAHASA BALAS BANTUAN BATAL BELUM BERHENTI CEK INFO KEMBALI KIRIM LACAK LANJUT LAPOR LEWATI MULAI PETUGAS PRIVASI "
    "PUAS STATUS ULANG",
)
OURS: Final[Mapping[str, str]] = {
    "start": "MULAI",
    "help": "BANTUAN",
    "stop": "BERHENTI",
    "language": "BAHASA",
    "cancel": "BATAL",
    **{word.lower(): word for word in SAME},
}
"""Commands in the words that citizens may write anywhere; any other stays as it was written."""


def said(message: Json) -> str:
    """The words of a message, of its caption, or of what stands for words: a place's name, a contact, a poll."""
    name, entities = ("text", "entities") if text(message, "text") else ("caption", "caption_entities")
    words = _with_links(text(message, name), tables(message, entities))
    if whole(table(message, "chat"), "id") < 0:  # of a group
        words = BOT_NAME.sub("", words)
    return clean(_plain_command(words) or "\n".join(_instead(message))).strip()[:LONGEST]


def overflow(message: Json) -> bool:
    """Whether ``said`` had to be cut; the rest is only in the original."""
    return len(said(message)) >= LONGEST


def start_code(message: Json) -> str:
    """What stands behind ``/start`` in a link to the bot: a code by which somebody goes on here."""
    found = COMMAND.match(text(message, "text"))
    rest = text(message, "text")[found.end() :].strip() if found and found[1].lower() == "start" else ""
    return rest if CODE.fullmatch(rest) else ""


def command_name(message: Json) -> str:
    """The bot that a command is for, in lower case; empty for any, and where there is none."""
    found = COMMAND.match(_first_words(message))
    return (found[2] or "").lower() if found else ""


def command_of(message: Json) -> str:
    """The word behind ``/``, in lower case; empty where it begins with none."""
    found = COMMAND.match(_first_words(message))
    return found[1].lower() if found else ""


def names_in(message: Json) -> set[str]:
    """The usernames in the words, in lower case."""
    return {found.lower() for found in re.findall(r"(?<![\w@])@([A-Za-z0-9_]{3,32})", _first_words(message))}


def units(words: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(words) + sum(sign > "\uffff" for sign in words)


def _first_words(message: Json) -> str:
    return text(message, "text") or text(message, "caption")


def _plain_command(words: str) -> str:
    """``/status 123`` is STATUS 123."""
    found = COMMAND.match(words)
    name, rest = (found[1].lower(), words[found.end() :].strip()) if found else ("", "")
    if name not in OURS:
        return words
    if name == "start" and rest:
        return f"{CONTINUE} {rest}"
    if name == REPORT and rest:
        return rest
    return f"{OURS[name]} {rest}".strip()


def _with_links(words: str, entities: list[Json]) -> str:
    """A link behind words is written out behind them."""
    links = [(whole(one, "offset") + whole(one, "length"), text(one, "url")) for one in entities[:MOST_LINKS]]
    shown = [(end, url) for end, url in links if url and 0 < end <= units(words)]
    if not shown:
        return words
    encoded = words.encode("utf-16-le", "surrogatepass")
    for end, url in sorted(shown, reverse=True):
        encoded = encoded[: 2 * end] + f" ({url})".encode("utf-16-le", "surrogatepass") + encoded[2 * end :]
    return encoded.decode("utf-16-le", "replace")


def _instead(message: Json) -> Iterator[str]:
    """What stands for words where there are none."""
    venue, contact, poll = table(message, "venue"), table(message, "contact"), table(message, "poll")
    yield from filter(None, (text(venue, "title"), text(venue, "address")))
    whose = " ".join(filter(None, (text(contact, "first_name"), text(contact, "last_name"))))
    yield from filter(None, (whose, text(contact, "phone_number")))
    yield from filter(None, (text(poll, "question"), *(text(one, "text") for one in tables(poll, "options"))))
    yield from filter(None, (text(table(message, "sticker"), "emoji"), text(table(message, "dice"), "emoji")))
