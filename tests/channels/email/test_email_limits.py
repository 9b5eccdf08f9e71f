"""No mail costs more than its length, and one that is built to is refused in constant words."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from channels.email.letter.model import Unreadable
from channels.email.letter.reading import read_letter
from channels.email.letter.scan import DEEPEST, MOST_PARTS, scan

HEAD = b"From: siti@contoh.id\nSubject: x\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
FLOWED = HEAD + b"Content-Type: text/plain; format=flowed\n\n"
SHORT = 100_000
TIMES = 8


def nested(depth: int) -> bytes:
    return HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))


def parts(many: int) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * many + b"--b--\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (nested(DEEPEST + 1), "parts nested deeper than is read"),
        (parts(MOST_PARTS), "more parts than are read"),
        (parts(30_000), "more boundaries than are read"),
        (b"X: " + b"a" * 300_000 + b"\n\n", "a longer header than is read"),
    ],
    ids=["deep", "parts", "boundaries", "header"],
)
def test_a_structure_past_the_limits_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=f"^{said}$"):
        read_letter(raw)


def test_a_structure_within_the_limits_is_read() -> None:
    assert len(read_letter(parts(MOST_PARTS - 1)).kinds) == MOST_PARTS
    assert len(read_letter(nested(DEEPEST)).kinds) == DEEPEST + 1


def test_mails_inside_mails_are_not_followed() -> None:
    letter = read_letter(HEAD + b"Content-Type: message/rfc822\n\n" * 10_000)

    assert letter.kinds == ("message/rfc822",)
    assert [file.media_type for file in letter.files] == ["message/rfc822"]


def test_long_lists_of_recipients_are_cut_not_refused() -> None:
    letter = read_letter(b"To: " + b", ".join(b"warga%d@contoh.id" % n for n in range(10_000)) + b"\n\nKerja bakti.")

    assert 400 < len(letter.to) <= 500
    assert letter.to[-1].address == f"warga{len(letter.to) - 1}@contoh.id"
    assert letter.text == "Kerja bakti."


def test_files_beyond_a_hundred_are_counted() -> None:
    file = b"--b\nContent-Type: application/x-a; name=a\n\nx\n"
    letter = read_letter(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + file * 130 + b"--b--")

    assert (len(letter.files), letter.files_left_out) == (100, 30)


def test_a_text_is_cut_at_a_million_letters() -> None:
    assert len(read_letter(HEAD + b"\n" + b"banjir " * 300_000).text) == 1_000_000


def test_a_long_line_is_read() -> None:
    assert len(read_letter(HEAD + b"\n" + b"x" * 200_000).text) == 200_000


def texts(many: int, kind: bytes, words: bytes) -> bytes:
    part = b"--b\nContent-Type: " + kind + b"\n\n" + words + b"\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part * many + b"--b--"


def test_charsets_are_guessed_only_so_often() -> None:
    words = "Дорога возле школы разбита уже три месяца, просим отремонтировать её как можно скорее.".encode("cp1251")

    letter = read_letter(texts(20, b"text/plain", words))

    assert [text[:6] == "Дорога" for text in letter.text.split("\n\n")] == [True] * 5 + [False] * 15


def test_html_past_two_million_letters_is_kept_as_a_file() -> None:
    letter = read_letter(texts(5, b"text/html", b"<p>" + b"banjir " * 150_000))

    assert [file.media_type for file in letter.files] == ["text/html"] * 3
    assert letter.text.startswith("banjir")


BOMBS: dict[str, Callable[[int], bytes]] = {
    "addresses": lambda size: b"To: " + b"a@b.id, " * min(size // 8, 30_000) + b"\n\n",
    "encoded words": lambda size: b"Subject: " + b"=?utf-8?q?a?= " * min(size // 14, 15_000) + b"\n\n",
    "open words": lambda size: b"Subject: " + b"=?a?q?" * min(size // 6, 40_000) + b"\n\n",
    "comments": lambda size: b"From: " + b"(" * min(size, 250_000) + b"\n\n",
    "quotes": lambda size: b"From: " + b'"\\' * min(size // 2, 120_000) + b"\n\n",
    "references": lambda size: b"References: " + b"<a" * min(size // 2, 120_000) + b"\n\n",
    "lines": lambda size: HEAD + b"\n" + b"\n" * size,
    "carriage returns": lambda size: b"\r" * size,
    "nothing but fields": lambda size: b"a:\n" * (size // 3),
    "uuencoded": lambda size: HEAD + b"\n" + b"begin 644 a\n" * (size // 12) + b"end\n",
    "base64": lambda size: HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"QQ==\n" * (size // 5),
    "quoted-printable": lambda size: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n=" + b" " * size,
    "flowed": lambda size: FLOWED + b"a \n" * (size // 3),
    "flowed quotes": lambda size: FLOWED + b">" * size,
    "nested tags": lambda size: HTML + b"<div>" * (size // 5),
    "nested quotes": lambda size: HTML + b"<blockquote>x" * (size // 13),
    "nested lists": lambda size: HTML + b"<ul><li>x" * (size // 9),
    "tags without end": lambda size: HTML + b"<a " * (size // 3),
    "comments without end": lambda size: HTML + b"<!--" * (size // 4),
    "declarations without end": lambda size: HTML + b"<![" * (size // 3),
    "scripts without end": lambda size: HTML + b"<script>" * (size // 8),
    "ends without tags": lambda size: HTML + b"</" * (size // 2),
    "open attributes": lambda size: HTML + b"<a b='>" * (size // 7),
    "references to letters": lambda size: HTML + b"&a" * (size // 2),
    "pictures": lambda size: HTML + b"<img src=data:image/png;base64," * (size // 31),
    "stacked marks": lambda size: (
        HEAD + b"Content-Type: text/plain; charset=utf-8\n\na" + "\u0301\u0323".encode() * (size // 4)
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_eight_times_the_length_takes_no_more_than_twice_eight_times_as_long(name: str) -> None:
    short, long = BOMBS[name](SHORT), BOMBS[name](SHORT * TIMES)

    assert seconds(long) < 2 * TIMES * max(seconds(short), 0.004)


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: x%bx\n y\n" % (n, b" " * 60_000) for n in range(4)),
        b"".join(b"X-%d: x%bx\n y\n" % (n, b"\r" * 60_000) for n in range(4)),
        b"".join(b"%b: %b a@b.id c@d.id\n" % (name, b"a" * 15_000) for name in (b"From", b"To", b"Cc", b"Reply-To")),
    ],
    ids=["blanks", "carriage returns", "no address"],
)
def test_a_header_within_its_limits_takes_no_time(head: bytes) -> None:
    assert seconds(head + b"\nJalan rusak.") < 0.5


def seconds(raw: bytes) -> float:
    """The quickest of three, of this process alone: others run beside it."""
    taken = []
    for _ in range(3):
        before = time.process_time()
        with suppress(Unreadable):
            read_letter(raw)
        taken.append(time.process_time() - before)
    return min(taken)


def test_what_is_scanned_is_absent_from_reprs() -> None:
    said = repr(scan(HEAD + b"\nLampu mati.")) + repr(read_letter(HEAD + b"\nLampu mati."))

    assert "siti" not in said
    assert "Lampu" not in said
