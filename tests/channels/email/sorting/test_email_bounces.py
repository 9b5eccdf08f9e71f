"""What a returned mail says: by structure, by words, and over the bounces of sixty kinds of servers."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.letter.model import Letter, Mailbox
from channels.email.letter.reading import read_letter
from channels.email.sorting.bounces import Bounce, read_bounce
from core.model.message import Delivery
from tests.channels.email.corpora import mails

ADDRESS = "siti.rahmawati@contoh.id"


def report(*groups: str, returned: str = "", text: str = "", subject: str = "Undelivered Mail") -> Letter:
    status = "\n\n".join(["Reporting-MTA: dns; mx.contoh.id", *groups])
    return Letter(subject=subject, text=text, statuses=(status,), returned=returned, message_id="dsn@mx.contoh.id")


def recipient(action: str = "failed", status: str = "5.1.1", diagnostic: str = "") -> str:
    said = f"Final-Recipient: rfc822; {ADDRESS}\nAction: {action}\nStatus: {status}"
    return f"{said}\nDiagnostic-Code: smtp; {diagnostic}" if diagnostic else said


def told(text: str, subject: str = "failure notice") -> Bounce:
    bounce = read_bounce(Letter(subject=subject, text=text, sender=Mailbox("", "MAILER-DAEMON@mx.contoh.id")))
    assert bounce is not None
    return bounce


@pytest.mark.parametrize(
    ("status", "diagnostic", "hard", "gone"),
    [
        ("5.1.1", f"550 5.1.1 <{ADDRESS}>... User unknown", True, True),
        ("5.1.2", "", True, True),
        ("5.1.3", "", True, True),
        ("5.1.6", "", True, True),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", True, True),
        ("5.2.1", "550 5.2.1 mailbox disabled", True, True),
        ("5.1.7", "", True, False),
        ("5.1.8", "550 5.1.8 sender domain not found", True, False),
        ("5.2.2", "552 5.2.2 mailbox full", False, False),
        ("5.3.4", "552 5.3.4 message too large", True, False),
        ("5.4.4", "", True, False),
        ("5.7.1", "550 5.7.1 relaying denied", True, False),
        ("5.7.26", "550 5.7.26 unauthenticated email", True, False),
        ("5.1.1", "550 5.1.1 rejected, listed at spamhaus: spam", True, False),
        ("5.0.0", "550 user unknown", True, True),
        ("5.0.0", "550 5.7.1 blocked", True, False),
        ("4.4.7", "", False, False),
        ("4.2.2", "452 4.2.2 mailbox full", False, False),
        ("4.0.0", "450 mailbox unavailable", False, False),
        ("5.0.0", "", True, False),
    ],
)
def test_only_an_address_that_takes_nothing_is_gone(status: str, diagnostic: str, hard: bool, gone: bool) -> None:
    bounce = read_bounce(report(recipient("failed", status, diagnostic)))

    assert bounce is not None
    assert bounce.delivery is Delivery.FAILED
    assert (bounce.hard, bounce.gone) == (hard, gone)


@pytest.mark.parametrize(
    ("action", "status", "delivery"),
    [
        ("failed", "5.1.1", Delivery.FAILED),
        ("Failed", "5.1.1 (bad destination mailbox address)", Delivery.FAILED),
        ("delayed", "4.4.1", Delivery.PENDING),
        ("delayed", "5.1.1", Delivery.PENDING),
        ("delivered", "2.1.5", Delivery.DELIVERED),
        ("relayed", "2.0.0", Delivery.DELIVERED),
        ("expanded", "2.0.0", Delivery.DELIVERED),
        ("", "2.0.0", Delivery.DELIVERED),
        ("", "5.1.1", Delivery.FAILED),
        ("?", "", Delivery.FAILED),
    ],
)
def test_the_action_says_what_became_of_a_mail(action: str, status: str, delivery: Delivery) -> None:
    bounce = read_bounce(report(recipient(action, status)))

    assert bounce is not None
    assert bounce.delivery is delivery
    assert not bounce.gone or delivery is Delivery.FAILED


def test_of_several_recipients_the_worst_counts() -> None:
    bounce = read_bounce(report(recipient("delivered", "2.0.0"), recipient("delayed", "4.4.1"), recipient()))

    assert bounce is not None
    assert (bounce.delivery, bounce.status) == (Delivery.FAILED, "5.1.1")


def test_neither_address_nor_words_are_kept() -> None:
    bounce = read_bounce(report(recipient(diagnostic=f"550 5.1.1 <{ADDRESS}> rahasia"), returned="Message-ID: <a@b>"))

    assert bounce is not None
    assert bounce.diagnostic == "550 5.1.1"
    assert "contoh" not in f"{bounce.status}{bounce.action}{bounce.diagnostic}{bounce!r}"
    assert "a@b" not in repr(bounce)


def test_the_mail_sent_back_is_named_surest_first() -> None:
    mail = Letter(
        subject="failure notice",
        statuses=(recipient(),),
        returned="Received: x\nMessage-Id:\n <0193@lapor.go.id>\nReferences: <zzz@contoh.id>\n",
        in_reply_to=("0193@lapor.go.id", "other@lapor.go.id"),
        references=("oldest@contoh.id", "newest@contoh.id"),
    )

    bounce = read_bounce(mail)

    assert bounce is not None
    assert bounce.returned_ids == ("0193@lapor.go.id", "other@lapor.go.id", "newest@contoh.id", "oldest@contoh.id")


def test_the_mail_sent_back_is_found_in_the_text() -> None:
    bounce = told(
        "<x@contoh.id>:\n550 user unknown\n\n--- Below this line is a copy.\n\nMessage-ID: <0193@lapor.go.id>\n"
    )

    assert bounce.returned_ids == ("0193@lapor.go.id",)


@pytest.mark.parametrize(
    ("text", "status", "gone"),
    [
        (
            "Hi. This is the qmail-send program.\n<x@contoh.id>:\nSorry, no mailbox here by that name. (#5.1.1)",
            "5.1.1",
            True,
        ),
        ("SMTP error from remote mail server after RCPT TO:<x@y>: 550 5.7.1 <x@y>: blocked", "5.7.1", False),
        ("retry timeout exceeded", "4.4.7", False),
        ("<x@contoh.id>: mailbox is full", "5.2.2", False),
        ("450 mailbox unavailable", "4.1.1", False),
        ("Maaf, pesan tidak terkirim: kotak surat penuh.", "5.2.2", False),
        ("host mx.contoh.id[36.64.0.1] said: 554 go away", "5.0.0", False),
        ("Server version 5.1.1 could not deliver it.", "", False),
        ("It was returned to you.", "", False),
    ],
)
def test_a_bounce_without_structure_is_read_by_its_words(text: str, status: str, gone: bool) -> None:
    bounce = told(text)

    assert (bounce.status, bounce.gone) == (status, gone)
    assert bounce.hard == (status.startswith("5") and status != "5.2.2")


def test_words_of_our_mail_below_are_not_the_server_s() -> None:
    bounce = told("It could not be delivered.\n\nReceived: x\nSubject: x\n\nNomor itu: no such user, user unknown")

    assert (bounce.status, bounce.gone) == ("", False)


@pytest.mark.parametrize("text", ["Warning: message still undelivered, will be retried.", "still trying, 4.4.1"])
def test_a_server_that_keeps_trying_has_not_failed(text: str) -> None:
    assert told(text, "Mail delivery: warning").delivery is Delivery.PENDING


def test_a_person_s_mail_is_no_bounce() -> None:
    assert read_bounce(Letter(subject="Jalan rusak", text="Jalan di depan SDN 2 rusak parah.")) is None


@settings(deadline=None)
@given(st.lists(st.text(alphabet="Action:Status 5.1.\n;failed", max_size=60)), st.text(max_size=300))
def test_any_report_is_read(statuses: list[str], text: str) -> None:
    bounce = read_bounce(Letter(subject="failure notice", text=text, statuses=tuple(statuses)))

    assert bounce is not None
    assert not (bounce.gone and not bounce.hard)


@pytest.mark.parametrize(
    "bomb",
    ["5." * 100_000, "550 " * 50_000, "message-id: <" * 20_000, " \n" * 100_000, "a: b\n " * 50_000, "1.1." * 50_000],
)
def test_a_report_of_any_length_takes_no_time(bomb: str) -> None:
    started = time.process_time()
    read_bounce(Letter(subject="failure notice", text=bomb, statuses=(bomb,) * 5, returned=bomb))

    assert time.process_time() - started < 1


def test_the_bounces_of_sixty_servers_have_a_class(capsys: pytest.CaptureFixture[str]) -> None:
    found = [read_bounce(read_letter(without_envelope(path.read_bytes()))) for path in mails("sisimai")]
    bounces = [bounce for bounce in found if bounce is not None]
    with_status = [bounce for bounce in bounces if bounce.status]
    failed = [bounce for bounce in bounces if bounce.delivery is Delivery.FAILED]

    gone, hard = sum(bounce.gone for bounce in failed), sum(bounce.hard for bounce in failed)
    named = sum(bool(bounce.returned_ids) for bounce in bounces) / len(bounces)

    with capsys.disabled():
        print(f"\nsisimai: {len(bounces)} of {len(found)} are bounces, {len(with_status)} of them with a status")
        print(f"{hard} failed for good, {gone} addresses are gone; {named:.1%} name the mail sent back")

    assert len(bounces) >= 0.93 * len(found)
    assert len(with_status) >= 0.95 * len(bounces)


def without_envelope(raw: bytes) -> bytes:
    """Without the line that a folder of mails puts before each."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
