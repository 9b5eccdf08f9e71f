"""What programs and offices put below a mail's words, and the banners they put above them.

Only what nobody means as part of a report is taken: a name below a greeting, never a line with a digit, for it may be
the house number the report is about.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from channels.email.sorting.quoting.intros import is_blank, is_quoted, is_rule

WINDOW: Final = 25
MOST_PEELS: Final = 40
LONGEST: Final = 4000

DELIMITERS: Final = frozenset({"--", "—", "– –", "- -"})
MOST_SIGNED: Final = 12
LONGEST_SIGNED: Final = 90

WORD: Final = re.compile(r"[^\W_]+")
SENT_FROM: Final = (
    "dikirim dari",
    "dikirim melalui",
    "dikirim menggunakan",
    "terkirim dari",
    "dihantar dari",
    "sent from",
    "sent via",
    "sent with",
    "dapatkan outlook",
    "unduh outlook",
    "get outlook",
    "powered by",
    "von meinem",
    "gesendet von",
    "envoyé de",
    "enviado desde",
    "verstuurd vanaf",
    "sendt fra",
    "skickat från",
)
DEVICES: Final = frozenset(
    [
        "iphone",
        "ipad",
        "ios",
        "android",
        "samsung",
        "galaxy",
        "xiaomi",
        "redmi",
        "poco",
        "oppo",
        "vivo",
        "realme",
        "infinix",
        "huawei",
        "nokia",
        "asus",
        "blackberry",
        "yahoo",
        "outlook",
        "gmail",
        "mail",
        "email",
        "surel",
        "windows",
        "smartphone",
        "ponsel",
        "handphone",
        "perangkat",
        "telepon",
        "mobile",
        "proton",
        "telkomsel",
    ]
)

CLOSINGS: Final = frozenset(
    {
        "salam",
        "salam hormat",
        "salam hangat",
        "salam hormat saya",
        "salam sejahtera",
        "hormat saya",
        "hormat kami",
        "dengan hormat saya",
        "wassalam",
        "wassalamualaikum",
        "wassalamu'alaikum",
        "wassalamualaikum wr wb",
        "wassalamu'alaikum wr wb",
        "regards",
        "best regards",
        "kind regards",
        "warm regards",
        "thanks & regards",
        "sincerely",
        "yours sincerely",
        "cheers",
        "mit freundlichen grüßen",
        "cordialement",
        "saludos",
        "atentamente",
        "met vriendelijke groet",
        "med venlig hilsen",
        "hilsen",
        "mvh",
        "kh",
        "med vänlig hälsning",
        "pozdrawiam",
        "z poważaniem",
        "z powazaniem",
    }
)
MOST_NAMES: Final = 3
LONGEST_NAME: Final = 40

LIST_FOOTERS: Final = ("mailing list", "unsubscribe", "berhenti berlangganan", "berlangganan grup", "receiving this")
NOTICES: Final = (
    "virus-free",
    "bebas virus",
    "scanned for viruses",
    "consider the environment before print",
    "mempertimbangkan lingkungan sebelum mencetak",
    "pertimbangkan lingkungan sebelum mencetak",
)
DISCLAIMED: Final = (
    ("rahasia", "confidential", "privileged", "vertraulich", "confidentiel"),
    ("lampiran", "attachment"),
    ("penerima yang", "penerima yg", "ditujukan", "dimaksudkan", "bukan penerima", "intended", "addressee"),
    ("menghapus", "hapus", "delete", "destroy"),
    (
        "menyebar",
        "disebar",
        "menyalin",
        "menggandakan",
        "disclos",
        "dissemination",
        "distribut",
        "copying",
        "forwarding",
    ),
    ("kesalahan", "keliru", "in error", "by mistake"),
)
"""Kinds of things a disclaimer says. Two of them make one; "Email ini bersifat rahasia" alone is a citizen's wish."""

BANNER_STARTS: Final = (
    "caution",
    "warning",
    "attention",
    "external",
    "perhatian",
    "peringatan",
    "eksternal",
    "hati-hati",
)
BANNER_MAIL: Final = ("email", "e-mail", "message", "pesan", "surel", "surat elektronik", "sender", "pengirim")
BANNER_OUTSIDE: Final = ("outside", "external", "eksternal", "luar ", "do not click", "jangan klik", "jangan mengklik")
BANNERS: Final = (
    "you don't often get email from",
    "anda jarang menerima email dari",
    "anda tidak sering mendapatkan email",
)
LONGEST_BANNER: Final = 600


def words_end(lines: Sequence[str], start: int, end: int) -> int:
    """Where the words of ``lines[start:end]`` end and signatures, disclaimers and notices begin."""
    below = _without_blanks(lines, start, end)
    for _ in range(MOST_PEELS):
        above = below if below == start else min(peel(lines, start, below) for peel in PEELS)
        if above == below:
            return below
        below = _without_blanks(lines, start, above)
    return end


def _without_blanks(lines: Sequence[str], start: int, end: int) -> int:
    while end > start and is_blank(lines[end - 1]):
        end -= 1
    return end


def banner_end(lines: Sequence[str]) -> int:
    """Behind the banners that an office's mail server puts above a mail."""
    end, at = 0, 0
    while at < len(lines):
        while at < len(lines) and (is_blank(lines[at]) or (end and is_rule(lines[at]))):
            at += 1
        below = at
        while below < min(at + 6, len(lines)) and not is_blank(lines[below]):
            below += 1
        if not _is_banner(" ".join(lines[at:below])):
            return end
        at = end = below
    return end


def _is_banner(paragraph: str) -> bool:
    words = paragraph[:LONGEST_BANNER].casefold().strip(" *[(⚠!️")
    if words.startswith(BANNERS):
        return True
    return (
        len(paragraph) <= LONGEST_BANNER
        and words.startswith(BANNER_STARTS)
        and any(word in words for word in BANNER_MAIL)
        and any(word in words for word in BANNER_OUTSIDE)
    )


def _delimited(lines: Sequence[str], start: int, end: int) -> int:
    """``-- `` (RFC 3676 §4.3) and the signature below; several such lines are somebody's way to part paragraphs."""
    first = max(start, end - WINDOW)
    found = [at for at in range(first, end) if lines[at].rstrip() in DELIMITERS]
    if not found or len(found) > 2:
        return end
    return found[0] if all(_is_signature(lines[at + 1 : end]) for at in found) else end


def _is_signature(lines: Sequence[str]) -> bool:
    said = [line for line in lines if not is_blank(line)]
    if len(said) > MOST_SIGNED or any(is_quoted(line) for line in said):
        return False
    return all(len(line) <= LONGEST_SIGNED for line in said) or _says(" ".join(said), LIST_FOOTERS)


def _says(words: str, phrases: Sequence[str]) -> bool:
    folded = words[:LONGEST].casefold()
    return any(phrase in folded for phrase in phrases)


def _sent_from(lines: Sequence[str], start: int, end: int) -> int:
    """``Dikirim dari iPhone saya``; not "Sent from my desk, is much easier"."""
    words = lines[end - 1].strip(" \t*_-[").casefold()
    if end == start or len(words) > 160 or not words.startswith(SENT_FROM):
        return end
    plain = words.partition("<")[0].partition("http")[0]
    named = WORD.findall(plain)
    return end - 1 if "," not in plain and len(named) <= 10 and DEVICES.intersection(named) else end


def _closing(lines: Sequence[str], start: int, end: int) -> int:
    """``Salam,`` with a name or nothing below it."""
    names = 0
    for at in range(end - 1, max(start - 1, end - 2 * MOST_NAMES - 3), -1):
        words = lines[at].strip(" \t,.*_!").casefold().replace(".", "").replace("’", "'")
        if words in CLOSINGS:
            return at
        names += not is_blank(lines[at])
        if names > MOST_NAMES or not _is_name(lines[at]):
            return end
    return end


def _is_name(line: str) -> bool:
    bare = line.strip(" \t*_-()")
    return len(bare) <= LONGEST_NAME and not any(mark.isdigit() or mark in ":?!/@" for mark in bare)


def _dashed_name(lines: Sequence[str], start: int, end: int) -> int:
    """``-Budi Santoso`` alone below an empty line."""
    name = lines[end - 1].strip()
    alone = end - 2 >= start and is_blank(lines[end - 2])
    if not alone or len(name) > LONGEST_NAME or name[:1] not in {"-", "/", "~"} or not _is_name(name[1:]):
        return end
    words = name[1:].split()
    return end - 1 if 1 <= len(words) <= 3 and all(word[0].isupper() for word in words) else end


def _footer(lines: Sequence[str], start: int, end: int) -> int:
    """What a list writes below a line drawn across the mail."""
    for at in range(end - 1, max(start - 1, end - 9), -1):
        if is_rule(lines[at]):
            below = lines[at + 1 : end]
            return at if not below or _says(" ".join(below), LIST_FOOTERS) else end
    return end


def _disclaimer(lines: Sequence[str], start: int, end: int) -> int:
    """The last paragraph, where an office's mail server speaks in it."""
    first = end - 1
    while first > start and not is_blank(lines[first - 1]) and end - first < WINDOW:
        first -= 1
    while first < end and is_rule(lines[first]) and first < end - 1:
        first += 1
    words = " ".join(lines[first:end])[:LONGEST].casefold()
    if not (_is_disclaimer(words) or (len(words) <= 800 and any(phrase in words for phrase in NOTICES))):
        return end
    return first


def _is_disclaimer(words: str) -> bool:
    if words.strip(" *:-") in {"disclaimer", "penafian", "sangkalan"}:
        return True
    said = sum(any(phrase in words for phrase in kind) for kind in DISCLAIMED)
    return said >= 2 and len(words) >= 60 and "saya" not in words and _names_mail(words)


def _names_mail(words: str) -> bool:
    return any(
        word in words[:200]
        for word in ("email", "e-mail", "pesan ini", "surel", "message", "communication", "informasi")
    )


PEELS: Final[Sequence[Callable[[Sequence[str], int, int], int]]] = (
    _delimited,
    _sent_from,
    _closing,
    _dashed_name,
    _footer,
    _disclaimer,
)
