"""A reply becomes a mail that every reader's program shows as it was written, and no word of it becomes a header."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.sending.headers import Letterhead
from channels.email.sending.message import LONGEST_TEXT, subject_of, write_mail
from channels.email.settings import NotAnAddress, make_address, read_sender
from core.channel import Unsupported
from core.model.message import Address, Attachment
from core.text import clean
from tests.channels.email.conftest import CITIZEN, REPLY, SENDER, make_reply

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
HEAD = Letterhead(read_sender(SENDER))
RECEIVED = (
    "Nomor laporan Anda 4821 093 756. PIN Anda 482913. Simpan keduanya dan jangan beri tahu orang lain.\n"
    "Laporan Anda sudah kami terima. Kami memeriksanya paling lambat 26 Nov 2026."
)


def letter_of(text: str = RECEIVED, **changes: object) -> EmailMessage:
    octets = write_mail(make_reply(text, **changes), head=HEAD, now=NOW).octets
    parsed = message_from_bytes(octets, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def words_of(letter: EmailMessage, kind: str = "plain") -> str:
    """What a reader of one of the two forms gets."""
    body = letter.get_body((kind,))
    assert isinstance(body, EmailMessage)
    content: str = body.get_content().replace("\r\n", "\n").rstrip("\n")
    return content


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_screen_reader_is_told_the_language(language: str) -> None:
    assert f'<html lang="{language}">' in words_of(letter_of(language=language), "html")


def test_a_mail_says_what_a_reader_and_a_robot_need() -> None:
    letter = letter_of()

    assert dict(letter.items()) == {
        "From": SENDER,
        "To": CITIZEN,
        "Subject": "Nomor laporan Anda 4821 093 756",
        "Date": "Mon, 23 Nov 2026 02:15:00 +0000",
        "Message-ID": f"<{REPLY}@lapor.go.id>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Lapor-Loop": "lapor@lapor.go.id",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="=_{REPLY}"',
    }
    assert words_of(letter) == RECEIVED


def test_every_attempt_writes_the_same_mail() -> None:
    first, second = (write_mail(make_reply(RECEIVED), head=HEAD, now=NOW) for _ in range(2))

    assert first == second


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("\x00\r\n.=\ud83d\x85\u2028é🙏"), max_size=400))
def test_any_text_arrives_whole_in_lines_that_every_relay_takes(text: str) -> None:
    shown = clean(text).strip()
    if not shown:
        return

    octets = write_mail(make_reply(text), head=HEAD, now=NOW).octets

    lines = octets.split(b"\r\n")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(len(line) for line in lines) <= 79
    assert b"." not in lines
    assert words_of(letter_of(text)) == shown


@given(st.text(max_size=200))
def test_no_text_adds_a_header(text: str) -> None:
    letter = letter_of(f"Laporan {text}")

    assert len(letter.keys()) == 10
    assert letter["To"] == CITIZEN


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Nomor laporan 4821 093 756. Status: Selesai.", "Nomor laporan 4821 093 756"),
        (
            "Anda tidak akan menerima kabar lagi. Untuk menerima lagi, tulis MULAI.",
            "Anda tidak akan menerima kabar lagi",
        ),
        ("Laporan Anda:\n4821 093 756", "Laporan Anda"),
        ("Ada 3 pemberitahuan untuk Anda di LAPOR!\n\nLaporan baru", "Ada 3 pemberitahuan untuk Anda di LAPOR!"),
        ("Kota Bekasi 1.250 laporan", "Kota Bekasi 1.250 laporan"),
        ("Dinas Pekerjaan Umum " * 9, ("Dinas Pekerjaan Umum " * 3) + "Dinas…"),
        ("...", "LAPOR!"),
    ],
)
def test_the_subject_is_the_first_sentence(text: str, subject: str) -> None:
    assert subject_of(text) == subject


@pytest.mark.parametrize(
    ("written", "sent_to"),
    [
        ("siti@contoh.id", "siti@contoh.id"),
        ("Siti.R+lapor@Contoh.ID", "Siti.R+lapor@contoh.id"),
        ("siti@dinas-pu.kab.contoh.id", "siti@dinas-pu.kab.contoh.id"),
        ("siti@bücher.example", "siti@xn--bcher-kva.example"),
        ("o'neil@contoh.id", "o'neil@contoh.id"),
    ],
)
def test_an_address_is_written_as_relays_take_it(written: str, sent_to: str) -> None:
    assert write_mail(make_reply(to=Address("mail", written)), head=HEAD, now=NOW).recipient == sent_to


@pytest.mark.parametrize(
    "written",
    [
        "",
        "siti",
        "@contoh.id",
        "siti@",
        "siti@localhost",
        "siti@contoh..id",
        "siti@-contoh.id",
        "siti.@contoh.id",
        "siti rahma@contoh.id",
        '"siti"@contoh.id',
        "siti@contoh.id\r\nBcc: semua@contoh.id",
        "siti@contoh.id\nRCPT TO:<semua@contoh.id>",
        "siti@contoh.id\x00",
        "siti\r\n@contoh.id",
        "<siti@contoh.id>",
        "siti@contoh.id,budi@contoh.id",
        "sití@contoh.id",
        "s" * 65 + "@contoh.id",
        "siti@" + "a" * 64 + ".id",
        "siti@" + "abc." * 70 + "id",
        "siti@[127.0.0.1]",
    ],
)
def test_what_is_no_address_is_never_written_to(written: str) -> None:
    with pytest.raises(Unsupported) as caught:
        write_mail(make_reply(to=Address("mail", written)), head=HEAD, now=NOW)

    assert not written or written not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"to": Address("mail", "lapor@lapor.go.id")},
        {"to": Address("mail", "Lapor+a7b@LAPOR.go.id")},
        {"to": Address("tel", "6281234567890")},
        {"text": "  \n"},
        {"text": "x" * (LONGEST_TEXT + 1)},
        {"attachments": (Attachment("a", "image/jpeg", 3),)},
    ],
)
def test_what_a_mail_cannot_carry_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Unsupported):
        write_mail(make_reply(**changes), head=HEAD, now=NOW)


@given(st.text(max_size=60))
def test_a_name_is_one_name_or_refused(name: str) -> None:
    try:
        sender = make_address("lapor@lapor.go.id", name=name)
    except NotAnAddress:
        return

    octets = write_mail(make_reply(), head=Letterhead(sender), now=NOW).octets

    parsed = message_from_bytes(octets, policy=default)
    assert parsed["From"].addresses[0].addr_spec == "lapor@lapor.go.id"
    assert len(parsed.keys()) == 10


def test_a_name_in_other_letters_arrives() -> None:
    sender = read_sender("Pengaduan – Kédiri <lapor@kediri.go.id>")

    octets = write_mail(make_reply(), head=Letterhead(sender), now=NOW).octets

    assert octets.isascii()
    assert message_from_bytes(octets, policy=default)["From"].addresses[0].display_name == "Pengaduan – Kédiri"
