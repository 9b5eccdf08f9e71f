"""Replies stand in the conversation they belong to, come back to it, and are left alone by robots."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.email.sending.headers import LONGEST_ANSWERED, MOST_REFERENCES, Letterhead
from channels.email.sending.message import Mail, write_mail
from channels.email.sending.tokens import Ticket, read_address
from channels.email.settings import read_sender
from channels.email.sorting.quotes import fold
from core.model.message import Lane
from core.text import clean
from tests.channels.email.conftest import REPLY, SENDER, make_reply

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
KEY = b"kunci-rahasia-untuk-uji"
LONG = "pengaduan.masyarakat.kota@lapor.go.id"
OWN = frozenset({"lapor@lapor.go.id", "persuratan@lapor.go.id", LONG})
HEAD = Letterhead(read_sender(SENDER), own=OWN, key=KEY)
ROUTE = {
    "message_id": "<CAJq1=k5@mail.contoh.id>",
    "references": "",
    "subject": "Jembatan bambu di Dusun Sidorejo lapuk",
    "to": "lapor@lapor.go.id",
}


def mail_of(route: dict[str, str] | None = None, *, head: Letterhead = HEAD, **changes: Any) -> Mail:
    return write_mail(make_reply(route=ROUTE | (route or {}), **changes), head=head, now=NOW)


def letter_of(route: dict[str, str] | None = None, **changes: Any) -> EmailMessage:
    parsed = message_from_bytes(mail_of(route, **changes).octets, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def address_in(letter: EmailMessage, name: str) -> str:
    found: str = letter[name].addresses[0].addr_spec
    return found


def test_an_answer_stands_under_the_mail_it_answers() -> None:
    letter = letter_of({"references": "<awal@contoh.id> <kedua@contoh.id>"})

    assert letter["In-Reply-To"] == "<CAJq1=k5@mail.contoh.id>"
    assert letter["References"] == "<awal@contoh.id> <kedua@contoh.id> <CAJq1=k5@mail.contoh.id>"
    assert letter["Subject"] == "Re: Jembatan bambu di Dusun Sidorejo lapuk"


def test_ids_may_come_without_brackets() -> None:
    letter = letter_of({"message_id": "satu@contoh.id", "references": "awal@contoh.id\n kedua@contoh.id"})

    assert letter["References"] == "<awal@contoh.id> <kedua@contoh.id> <satu@contoh.id>"


def test_an_id_stands_once_and_the_answered_mail_last() -> None:
    letter = letter_of({"references": "<awal@contoh.id> <CAJq1=k5@mail.contoh.id> <awal@contoh.id>"})

    assert letter["References"] == "<awal@contoh.id> <CAJq1=k5@mail.contoh.id>"


def test_what_began_by_no_mail_has_no_thread() -> None:
    letter = message_from_bytes(write_mail(make_reply(), head=HEAD, now=NOW).octets, policy=default)

    assert {"In-Reply-To", "References", "List-Unsubscribe"}.isdisjoint(letter.keys())
    assert letter["Subject"] == "Nomor laporan 4821 093 756"


def test_a_long_thread_keeps_its_beginning_and_its_newest() -> None:
    earlier = [f"<surat-{n}@contoh.id>" for n in range(200)]

    ids = letter_of({"references": " ".join(earlier)})["References"].split()

    assert len(ids) == MOST_REFERENCES
    assert ids == ["<surat-0@contoh.id>", *earlier[2 - MOST_REFERENCES :], "<CAJq1=k5@mail.contoh.id>"]


@example(["x" * 250, "y" * 100])
@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=3, max_size=250)))
def test_ids_of_any_length_are_never_changed(names: list[str]) -> None:
    ids = [f"<{name}>" for name in names if not {"<", ">"} & set(name)]
    octets = mail_of({"references": " ".join(ids)}).octets

    written = octets.split(b"\r\nReferences:")[1].split(b"\r\nReply-To:")[0].decode().split()

    known = dict.fromkeys(ids)
    assert written == [*list(known)[:1], *list(known)[1:][2 - MOST_REFERENCES :], "<CAJq1=k5@mail.contoh.id>"]
    assert max(map(len, octets.split(b"\r\n"))) < 998


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.text(max_size=80))
def test_nothing_of_a_route_adds_a_header_or_a_line(message_id: str, references: str, subject: str, to: str) -> None:
    mail = mail_of({"message_id": message_id, "references": references, "subject": subject, "to": to})

    letter = message_from_bytes(mail.octets, policy=default)
    assert isinstance(letter, EmailMessage)
    assert len(letter.keys()) - 12 == 2 * ("In-Reply-To" in letter)
    assert mail.octets.isascii()
    assert b"\n" not in mail.octets.replace(b"\r\n", b"")
    assert address_in(letter, "Reply-To").partition("+")[0] == "lapor"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Jalan rusak", "Re: Jalan rusak"),
        ("Re: Jalan rusak", "Re: Jalan rusak"),
        ("RE: Bls: re[2]:Jalan rusak", "Re: Jalan rusak"),
        ("Balas: Jalan rusak", "Re: Jalan rusak"),
        ("Perihal Re: Jalan rusak", "Re: Perihal Re: Jalan rusak"),
        ("Fwd: Jalan rusak", "Re: Fwd: Jalan rusak"),
        ("Jalan\r\n rusak\x00\x0bparah", "Re: Jalan rusak parah"),
        ("Lampu mati 🙏 di Kampung Mëlayu", "Re: Lampu mati 🙏 di Kampung Mëlayu"),
        ("", "Nomor laporan 4821 093 756"),
        (" Re: ", "Nomor laporan 4821 093 756"),
        ("x" * 900, f"Re: {'x' * LONGEST_ANSWERED}"),
    ],
)
def test_the_citizens_subject_is_kept(theirs: str, ours: str) -> None:
    assert letter_of({"subject": theirs})["Subject"] == ours


@given(st.text(max_size=LONGEST_ANSWERED))
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    words = clean(subject).split()
    if not words or ":" in subject:
        return

    assert letter_of({"subject": subject})["Subject"].split() == ["Re:", *words]


def test_answers_and_bounces_come_back_with_the_replys_id() -> None:
    mail, letter = mail_of(), letter_of()

    assert read_address(address_in(letter, "Reply-To"), own=OWN, key=KEY) == Ticket("answer", REPLY)
    assert read_address(mail.return_path, own=OWN, key=KEY) == Ticket("bounce", REPLY)
    assert letter["Reply-To"].addresses[0].display_name == "LAPOR!"


def test_answers_come_to_the_address_the_citizen_wrote_to() -> None:
    letter = letter_of({"to": "Persuratan@Lapor.go.id"})

    assert address_in(letter, "Reply-To").startswith("Persuratan+a")
    assert address_in(letter, "From") == "lapor@lapor.go.id"


def test_where_from_is_not_ours_everything_comes_back_to_what_is() -> None:
    head = Letterhead(read_sender("LAPOR! <noreply@contoh.id>"), own=OWN, home="persuratan@lapor.go.id", key=KEY)

    letter = letter_of({"to": ""}, head=head)

    assert read_address(address_in(letter, "Reply-To"), own=OWN, key=KEY) == Ticket("answer", REPLY)
    assert read_address(mail_of(head=head).return_path, own=OWN, key=KEY) == Ticket("bounce", REPLY)
    assert address_in(letter, "From") == "noreply@contoh.id"


@pytest.mark.parametrize("to", ["orang@contoh.id", "lapor@contoh.id", "", "lapor", LONG])
def test_answers_come_nowhere_but_to_an_address_of_ours_with_room_for_a_sign(to: str) -> None:
    assert address_in(letter_of({"to": to}), "Reply-To").startswith("lapor+a")


def test_where_no_mail_is_received_answers_go_to_who_reads_them() -> None:
    head = Letterhead(read_sender(SENDER))

    letter = letter_of(head=head)

    assert {"Reply-To", "List-Unsubscribe"}.isdisjoint(letter.keys())
    assert mail_of(head=head).return_path == "lapor@lapor.go.id"
    assert "di atas baris ini" not in str(letter)


def test_a_relay_that_takes_one_sender_only_gets_it() -> None:
    head = Letterhead(read_sender(SENDER), own=OWN, key=KEY, signed_return_path=False)

    assert mail_of(head=head).return_path == "lapor@lapor.go.id"
    assert "+a" in address_in(letter_of(head=head), "Reply-To")


def test_robots_are_told_what_kind_of_mail_it_is() -> None:
    answer, news = letter_of(lane=Lane.FIRST), letter_of()

    assert (answer["Auto-Submitted"], news["Auto-Submitted"]) == ("auto-replied", "auto-generated")
    assert {letter["X-Auto-Response-Suppress"] for letter in (answer, news)} == {"All"}
    assert {letter["X-Lapor-Loop"] for letter in (answer, news)} == {"lapor@lapor.go.id"}


def test_news_can_be_ended_by_a_mail_and_answers_need_not() -> None:
    answer, news = letter_of(lane=Lane.FIRST), letter_of()

    assert "List-Unsubscribe" not in answer
    way, _, asked = news["List-Unsubscribe"].removeprefix("<mailto:").removesuffix(">").partition("?")
    assert read_address(way, own=OWN, key=KEY) == Ticket("answer", REPLY)
    assert asked == "subject=BERHENTI&body=BERHENTI"
    assert "List-Unsubscribe-Post" not in news


def test_who_reads_plain_text_or_html_reads_the_same() -> None:
    letter = letter_of(text="Nomor laporan 4821 093 756.\n\nTulis PUAS.")
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))

    assert plain.get_content() == (
        "Tulis balasan Anda di atas baris ini\r\n\r\nNomor laporan 4821 093 756.\r\n\r\nTulis PUAS.\r\n"
    )
    found = [words in html.get_content() for words in ("di atas baris ini", "4821 093 756.", "Tulis PUAS.</p>")]
    assert found == [True, True, True]


def test_the_line_above_stands_in_the_reader_s_language_and_is_folded_with_what_they_quote() -> None:
    letter = letter_of(text="Report number 4821 093 756.", language="en")
    shown = letter.get_body(("plain",)).get_content().replace("\r\n", "\n")

    assert shown.startswith("Write your reply above this line\n\nReport number")
    assert fold(f"It is still broken.\n\n{shown}").text.strip() == "It is still broken."
