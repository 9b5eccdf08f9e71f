"""Whatever octets come: a letter or Unreadable, nothing else, and never more than there was."""

from functools import cache
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.email.letter.bodies.signed import NotSigned, unwrap
from channels.email.letter.model import Letter, Unreadable
from channels.email.letter.reading import LONGEST_TEXT, read_letter
from core.text import clean

LETTERS = Path(__file__).parent / "fixtures" / "letters"
PIECES = [
    b"\r\n", b"\n", b"\r\n\r\n", b": ", b"; ", b'"', b"--", b"--b", b"=?utf-8?Q?", b"?=", b"=", b"<", b">", b"(", b",",
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html", b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename*0*=", b"Content-Type: message/rfc822", b"From: ", b"To: ", b"Subject: ",
    b"begin 644 a\n", b"end\n", b"<!--", b"<blockquote>", b"&#x", b"charset=utf-7", b"charset=iso-2022-jp", b"\x1b$B",
    b"\x78\x9f\x3e\x22", b"format=flowed", b"Date: ", b"Message-ID: <", b"\x00", b"\xff\xfe",
]  # fmt: skip


@cache
def letters() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(LETTERS.glob("*.eml")))


@st.composite
def broken_letters(draw: st.DrawFn) -> bytes:
    """A letter of ours, bent: octets changed, taken out, doubled, pieces put in, two letters joined."""
    raw = bytearray(draw(st.sampled_from(letters())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 60))
        match draw(st.integers(0, 4)):
            case 0:
                raw[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del raw[at : at + length]
            case 2:
                raw[at:at] = raw[at : at + length] * draw(st.integers(1, 3))
            case 3:
                raw[at:at] = draw(st.sampled_from(PIECES))
            case _:
                other = draw(st.sampled_from(letters()))
                raw[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(raw)


@given(st.sampled_from(sorted(LETTERS.glob("smime-opaque*.eml"))), st.data())
@settings(max_examples=100, deadline=None)
def test_any_broken_signature_is_opened_or_kept(path: Path, data: st.DataObject) -> None:
    wrapped = bytearray(next(file.content for file in read_letter(path.read_bytes()).files))
    for _ in range(3):
        wrapped[data.draw(st.integers(0, 120))] = data.draw(st.integers(0, 255))

    try:
        content = unwrap(bytes(wrapped))
    except NotSigned:
        return
    assert len(content) <= len(wrapped)


def check(raw: bytes) -> None:
    try:
        letter = read_letter(raw)
    except Unreadable:
        return
    assert isinstance(letter, Letter)
    assert len(letter.text) <= LONGEST_TEXT
    assert "\n" not in letter.subject
    assert clean(letter.subject) == letter.subject
    assert len(letter.files) <= 100
    assert sum(len(file.content) for file in letter.files) <= 2 * len(raw)
    assert all(file.name and "/" not in file.name and file.name.isprintable() for file in letter.files)
    for text in (letter.text, letter.returned, *letter.statuses, *(value for _, value in letter.headers)):
        text.encode("utf-8")


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
@example(b"Content-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n!ABCD\nend\n")
def test_any_octets_are_read(raw: bytes) -> None:
    check(raw)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=40).map(b"".join))
@settings(max_examples=200, deadline=None)
@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b--b--b--")
def test_any_pieces_of_mails_are_read(raw: bytes) -> None:
    check(raw)


@given(broken_letters())
@settings(max_examples=300, deadline=None)
def test_any_broken_letter_is_read(raw: bytes) -> None:
    check(raw)
