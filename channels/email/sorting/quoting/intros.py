"""The lines that mail programs write above a mail they quote. Everything here looks at a few short lines at a time."""

import re
from collections.abc import Sequence
from typing import Final

MOST_LINES: Final = 4
LONGEST: Final = 400
LONGEST_BLOCK: Final = 14

OPENERS: Final = frozenset(["pada", "on", "am", "op", "le", "el", "il", "em", "den", "dnia", "in", "w"])
VERBS: Final = frozenset(
    [
        "menulis",
        "wrote",
        "writes",
        "schrieb",
        "écrit",
        "escribió",
        "escreveu",
        "scritto",
        "schreef",
        "geschreven",
        "skrev",
        "napisał",
        "napisała",
    ]
)
OURSELVES: Final = frozenset(["saya", "kami", "kita", "aku", "i", "we", "ich", "je"])
DATE: Final = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?!\d))")
CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}[.:]\d\d(?!\d)")
DAY_FIRST: Final = re.compile(r"(?:[^\W\d_]{2,10}[.,]{0,2} )?\d")
WORD: Final = re.compile(r"[^\W\d_]+")

ORIGINALS: Final = frozenset(
    {
        "pesan asli",
        "pesan asal",
        "mesej asal",
        "original message",
        "original appointment",
        "reply message",
        "ursprüngliche nachricht",
        "message d'origine",
        "message original",
        "mensaje original",
        "mensagem original",
        "messaggio originale",
        "oorspronkelijk bericht",
        "oprindelig meddelelse",
        "ursprungligt meddelande",
        "wiadomość oryginalna",
    }
)
FORWARDS: Final = frozenset(
    {
        "pesan terusan",
        "pesan diteruskan",
        "pesan yang diteruskan",
        "memulai pesan yang diteruskan",
        "mulai pesan yang diteruskan",
        "mulai pesan terusan",
        "forwarded message",
        "begin forwarded message",
        "forwarded mail",
        "weitergeleitete nachricht",
        "message transféré",
        "mensaje reenviado",
        "messaggio inoltrato",
        "doorgestuurd bericht",
    }
)
PROCESSED: Final = "original message processed by"

KEY: Final = re.compile(r"[*_ \t]{0,6}([^\W\d_]{1,12}) ?[*_]{0,2} ?[:：]")
SENDER_KEYS: Final = frozenset(
    ["dari", "daripada", "from", "von", "van", "de", "da", "fra", "från", "od", "差出人", "发件人"]
)
KEYS: Final = {
    **dict.fromkeys(SENDER_KEYS, "from"),
    **dict.fromkeys(
        [
            "dikirim",
            "terkirim",
            "tanggal",
            "dihantar",
            "tarikh",
            "sent",
            "date",
            "gesendet",
            "datum",
            "verzonden",
            "envoyé",
            "enviado",
            "fecha",
            "data",
            "inviato",
            "sendt",
            "dato",
            "skickat",
            "wysłano",
        ],
        "sent",
    ),
    **dict.fromkeys(["kepada", "untuk", "ke", "to", "an", "aan", "à", "para", "a", "til", "till", "do"], "to"),
    **dict.fromkeys(["cc", "kopie", "tembusan"], "cc"),
    **dict.fromkeys(
        [
            "perihal",
            "subjek",
            "subject",
            "betreff",
            "onderwerp",
            "objet",
            "asunto",
            "assunto",
            "oggetto",
            "emne",
            "ämne",
            "temat",
        ],
        "subject",
    ),
}


def is_quoted(line: str) -> bool:
    """Whether a line stands behind the mark of quoting (RFC 3676 §4.5)."""
    return line.startswith((">", " >"))


def is_blank(line: str) -> bool:
    """Whether nothing can be seen in a line; a byte-order mark, a soft space and their kind are not seen."""
    return not line or not line.strip().strip("\u200b\ufeff \t")


def is_rule(line: str) -> bool:
    """A line drawn across the mail: five or more dashes, underscores, equals signs or stars."""
    marks = line.strip()
    return len(marks) >= 5 and not marks.strip("-_=*—–―")


def is_separator(line: str) -> bool:
    """``-----Pesan Asli-----``: a whole older mail stands below."""
    return _between_marks(line) in ORIGINALS or line.casefold().startswith(PROCESSED)


def is_forward(line: str) -> bool:
    """``---------- Forwarded message ---------``: what stands below is what the sender wants read."""
    return _between_marks(line) in FORWARDS


def _between_marks(line: str) -> str:
    """The words of a line that marks draw attention to; empty where there are no marks or far too many words."""
    bare = line.strip()
    if len(bare) > 120 or not (bare.startswith(("--", "__", "==", "*")) or bare.endswith(":")):
        return ""
    return bare.strip("-_=*> \t:").casefold()


def may_introduce(line: str) -> bool:
    """Whether a line is worth a closer look: ``block_end`` and ``intro_start`` find nothing at others."""
    return _key(line) == "from" or _may_end_intro(line.rstrip())


def intro_start(lines: Sequence[str], end: int) -> int | None:
    """The first line of an introduction (``Pada … menulis:``) that ends at ``end``; None where none ends there."""
    if not _may_end_intro(lines[end].rstrip()):
        return None
    follows = _what_follows(lines, end)
    for start in range(end, max(end - MOST_LINES, -1), -1):
        if is_blank(lines[start]) or is_quoted(lines[start]) or len(lines[start]) > LONGEST:
            break
        if _opens(lines[start]) and _is_introduction(" ".join(lines[start : end + 1]), follows=follows):
            return start
    return end if follows == "quote" and _only_names(lines[end]) else None


def _may_end_intro(line: str) -> bool:
    if not line.endswith((":", "：", "---")) or is_quoted(line) or len(line) > LONGEST:
        return False
    return line.endswith(">:") or not VERBS.isdisjoint(WORD.findall(line.casefold()))


def _what_follows(lines: Sequence[str], end: int) -> str:
    """``quote``, ``gap`` or ``words``: what an introduction is followed by."""
    following = end + 1
    while following < len(lines) and is_blank(lines[following]):
        following += 1
    if following < len(lines) and is_quoted(lines[following]):
        return "quote"
    return "gap" if following > end + 1 else "words"


def _opens(line: str) -> bool:
    bare = line.lstrip(" -*_")
    word = WORD.match(bare)
    return DAY_FIRST.match(bare) is not None or (word is not None and word[0].casefold() in OPENERS)


def _is_introduction(line: str, *, follows: str) -> bool:
    """Whether mail programs write this. "Pada tanggal 3 November 2025 saya menulis:" above a gap is a citizen's."""
    words = WORD.findall(line.casefold())
    said = not VERBS.isdisjoint(words)
    has_date, has_clock, has_address = DATE.search(line) is not None, CLOCK.search(line) is not None, "@" in line
    if follows == "quote" and said and (has_date or has_address):
        return True
    if not has_date or not OURSELVES.isdisjoint(words):
        return False
    if has_address:
        return (said and (has_clock or follows == "gap")) or (has_clock and line.rstrip().endswith(">:"))
    return said and has_clock and follows == "gap"


def _only_names(line: str) -> bool:
    """``Budi Santoso menulis:``"""
    words = WORD.findall(line.casefold())
    return 2 <= len(words) <= 5 and words[-1] in VERBS and "@" not in line and not OURSELVES.intersection(words)


def block_end(lines: Sequence[str], start: int) -> int | None:
    """Behind a block of Dari/Dikirim/Kepada/Perihal that begins at ``start``; None where none does.

    A citizen who writes a letter also begins with "Dari:", "Kepada:" and "Perihal:". A mail program gives the time of
    day or the sender's address.
    """
    if _key(lines[start]) != "from":
        return None
    found, proven, end = set[str](), "@" in lines[start], start + 1
    for at in range(start, min(start + LONGEST_BLOCK, len(lines))):
        if key := _key(lines[at]):
            found.add(key)
            proven = proven or (key == "sent" and CLOCK.search(lines[at][:LONGEST]) is not None)
            end = at + 1
        elif is_blank(lines[at]) and (at + 1 >= len(lines) or not _key(lines[at + 1])):
            break
    return end if len(found) >= 3 and proven else None


def _key(line: str) -> str:
    """What a header of a quoted mail tells; empty where a line is none."""
    named = KEY.match(line)
    return KEYS.get(named[1].casefold(), "") if named else ""
