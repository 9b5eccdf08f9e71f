"""Persons, robots and bounces: header by header, and over the public corpora."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.letter.model import Envelope, Letter, Mailbox
from channels.email.letter.reading import read_letter
from channels.email.sorting.robots import Own, Sorting, sort_letter
from core.model.message import Origin
from tests.channels.email.corpora import mails, place

OWN = Own(addresses=frozenset({"lapor@lapor.go.id"}), domain="lapor.go.id", mark="x-lapor-loop")
PERSON = Envelope(sender="siti@contoh.id")
NOBODY = Envelope(sender="")
TRUE_ROBOTS = Path(__file__).parent / "true_robots.txt"


def letter(
    *headers: tuple[str, str],
    sender: str = "siti@contoh.id",
    name: str = "Siti",
    subject: str = "Jalan rusak",
    text: str = "Jalan di depan SDN 2 rusak parah.",
    kinds: tuple[str, ...] = ("text/plain",),
    statuses: tuple[str, ...] = (),
    answers: tuple[str, ...] = (),
) -> Letter:
    return Letter(
        headers=(("from", sender), ("subject", subject), *headers),
        sender=Mailbox(name, sender),
        subject=subject,
        message_id="abc@contoh.id",
        in_reply_to=answers,
        text=text,
        kinds=kinds,
        statuses=statuses,
    )


def sorted_as(mail: Letter, envelope: Envelope = PERSON) -> tuple[Origin, str]:
    sorting = sort_letter(mail, envelope, own=OWN)
    return sorting.origin, sorting.remark


@pytest.mark.parametrize(
    ("header", "remark"),
    [
        (("auto-submitted", "auto-replied"), "auto-reply"),
        (("auto-submitted", "Auto-Generated (rejected)"), "auto-reply"),
        (("auto-submitted", 'auto-notified; owner-email="x@y.id"'), "auto-reply"),
        (("x-auto-response-suppress", "All"), "auto-reply"),
        (("x-auto-response-suppress", "DR, OOF, AutoReply"), "auto-reply"),
        (("x-autoreply", "yes"), "auto-reply"),
        (("x-autorespond", "Saya sedang cuti"), "auto-reply"),
        (("x-autoreply-from", "siti@contoh.id"), "auto-reply"),
        (("x-post-messageclass", "9; Autoresponder"), "auto-reply"),
        (("x-loop", "siti@contoh.id"), "auto-reply"),
        (("precedence", "auto_reply"), "auto-reply"),
        (("precedence", "Bulk"), "bulk"),
        (("precedence", "junk"), "bulk"),
        (("precedence", "list"), "list"),
        (("list-id", "Warga RW 05 <warga.milis.contoh.id>"), "list"),
        (("list-unsubscribe", "<mailto:keluar@milis.contoh.id>"), "list"),
        (("mailing-list", "list warga@yahoogroups.com"), "list"),
        (("x-campaignid", "promo-11"), "bulk"),
        (("x-boxtrapper", "true"), "challenge"),
        (("x-amz-sns-message-id", "1"), "auto-reply"),
    ],
)
def test_a_robot_is_known_by_one_header(header: tuple[str, str], remark: str) -> None:
    assert sorted_as(letter(header)) == (Origin.ROBOT, remark)


@pytest.mark.parametrize(
    "header",
    [
        ("auto-submitted", "no"),
        ("auto-submitted", "No ; comment=x"),
        ("auto-submitted", ""),
        ("x-auto-response-suppress", "None"),
        ("x-auto-response-suppress", "RN, NRN"),
        ("precedence", "normal"),
        ("precedence", "first-class"),
        ("feedback-id", "::1.ap-southeast-3.x:AmazonSES"),
        ("return-receipt-to", "siti@contoh.id"),
        ("reply-to", "noreply@contoh.id"),
        ("x-priority", "1"),
    ],
)
def test_a_person_s_headers_are_no_robot_s(header: tuple[str, str]) -> None:
    assert sorted_as(letter(header)) == (Origin.PERSON, "")


def test_a_mailer_with_feedback_and_a_way_out_is_bulk() -> None:
    mail = letter(("feedback-id", "x"), ("list-unsubscribe", "<https://contoh.id/keluar>"))

    assert sorted_as(mail) == (Origin.ROBOT, "bulk")


@pytest.mark.parametrize(
    "subject",
    [
        "Balasan otomatis: Laporan 4821 093 756",
        "Jawaban Otomatis: di luar kota",
        "Automatic reply: LAPOR",
        "Auto-Reply: LAPOR",
        "Out of Office: LAPOR",
        "Automatische Antwort: LAPOR",
    ],
)
def test_an_unmistakable_subject_is_a_robot_s(subject: str) -> None:
    assert sorted_as(letter(subject=subject)) == (Origin.ROBOT, "auto-reply")


@pytest.mark.parametrize(
    "subject",
    [
        "Di luar kantor desa ada tumpukan sampah",
        "Sedang cuti, lurah tidak bisa ditemui",
        "Re: Balasan otomatis: Laporan 4821 093 756",
        "Mengapa balasan otomatis tidak sampai?",
        "Pelayanan tidak di tempat",
        "Surat tidak terkirim oleh kantor pos",
        "Undelivered parcels at the post office",
    ],
)
def test_what_a_citizen_writes_of_leave_and_mail_is_a_person_s(subject: str) -> None:
    assert sorted_as(letter(subject=subject)) == (Origin.PERSON, "")


def test_an_absence_notice_that_answers_us_is_a_robot_s() -> None:
    mail = letter(subject="Di luar kantor: LAPOR", answers=("0193f1a2@lapor.go.id",))

    assert sorted_as(mail) == (Origin.ROBOT, "auto-reply")


DSN = "Reporting-MTA: dns; mx.contoh.id\n\nFinal-Recipient: rfc822; siti@contoh.id\nAction: {}\nStatus: {}\n"
REPORT = ("multipart/report", "text/plain", "message/delivery-status", "message/rfc822")


@pytest.mark.parametrize(
    ("action", "status", "remark"),
    [
        ("failed", "5.1.1", "bounce"),
        ("delayed", "4.4.1", "delivery-report"),
        ("delivered", "2.0.0", "delivery-report"),
        ("relayed", "2.1.5", "delivery-report"),
    ],
)
@pytest.mark.parametrize("envelope", [NOBODY, PERSON])
def test_a_delivery_status_is_a_bounce_whoever_sent_it(
    action: str, status: str, remark: str, envelope: Envelope
) -> None:
    mail = letter(kinds=REPORT, statuses=(DSN.format(action, status),), subject="x")

    assert sorted_as(mail, envelope) == (Origin.BOUNCE, remark)


@pytest.mark.parametrize(
    ("kind", "remark"),
    [("message/feedback-report", "feedback-report"), ("message/disposition-notification", "delivery-report")],
)
def test_other_reports_are_robots(kind: str, remark: str) -> None:
    assert sorted_as(letter(kinds=("multipart/report", "text/plain", kind))) == (Origin.ROBOT, remark)


@pytest.mark.parametrize(
    ("sender", "name", "envelope"),
    [
        ("MAILER-DAEMON@mx.contoh.id", "Mail Delivery System", NOBODY),
        ("mailer-daemon@mx.contoh.id", "", PERSON),
        ("postmaster@contoh.id", "Postmaster", NOBODY),
        ("postmaster@contoh.id", "Postmaster", PERSON),
        ("no-reply@seluler.contoh.id", "", PERSON),
        ("siti@contoh.id", "Mail Delivery Subsystem", PERSON),
    ],
)
def test_a_server_that_returns_a_mail_sends_a_bounce(sender: str, name: str, envelope: Envelope) -> None:
    mail = letter(sender=sender, name=name, subject="Undelivered Mail Returned to Sender", text="550 user unknown")

    assert sorted_as(mail, envelope) == (Origin.BOUNCE, "bounce")


def test_a_mail_from_nobody_is_a_robot_s() -> None:
    assert sorted_as(letter(), NOBODY) == (Origin.ROBOT, "auto-reply")


def test_a_postmaster_may_be_a_person() -> None:
    assert sorted_as(letter(sender="postmaster@contoh.id")) == (Origin.PERSON, "")


@pytest.mark.parametrize(
    "mail",
    [
        letter(sender="lapor@lapor.go.id"),
        letter(sender="LAPOR@Lapor.go.id"),
        letter(sender="lapor+a7xk2@lapor.go.id"),
        letter(("x-lapor-loop", "lapor@lapor.go.id")),
    ],
)
def test_our_own_mail_is_known(mail: Letter) -> None:
    assert sorted_as(mail) == (Origin.ROBOT, "own")


def test_the_mark_of_another_gateway_alone_is_not_ours() -> None:
    assert sorted_as(letter(("x-lapor-loop", "lapor@lain.go.id"))) == (Origin.PERSON, "")


def test_without_addresses_of_ours_nobody_is_us() -> None:
    assert sort_letter(Letter(), PERSON, own=Own()) == Sorting(Origin.PERSON)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["auto-submitted", "precedence", "x-loop", "delivered-to"]), st.text())),
    st.text(),
    st.text(),
)
def test_any_letter_is_sorted(headers: list[tuple[str, str]], subject: str, sender: str) -> None:
    sorting = sort_letter(letter(*headers, subject=subject, sender=sender), PERSON, own=OWN)

    assert (sorting.origin is Origin.PERSON) == (sorting.remark == "")


def read(path: Path) -> tuple[Letter, Envelope]:
    """A mail of a corpus; its envelope as the server that kept it wrote it down, else as From says."""
    raw = path.read_bytes()
    first, _, rest = raw.partition(b"\n")
    mail = read_letter(rest if first.startswith(b"From ") else raw)
    written = next((value for header, value in mail.headers if header == "return-path"), None)
    if written is None and first.startswith(b"From "):
        kept = first.split()[1].decode("latin-1")
        written = "" if kept.upper().startswith("MAILER-DAEMON") else kept
    sender = (written if written is not None else mail.sender.address or "x@contoh.id").strip().strip("<>")
    return mail, Envelope(sender=sender)


def origins(folder: str) -> dict[str, Origin]:
    found = {}
    for path in mails(folder):
        mail, envelope = read(path)
        found[str(path.relative_to(place() or path))] = sort_letter(mail, envelope, own=OWN).origin
    return found


def test_the_bounces_of_sixty_servers_are_known_for_robots(capsys: pytest.CaptureFixture[str]) -> None:
    found = origins("sisimai")
    taken = [name for name, origin in found.items() if origin is Origin.PERSON]
    share = 1 - len(taken) / len(found)

    with capsys.disabled():
        print(f"\nsisimai: {len(found) - len(taken)} of {len(found)} known for a robot's ({share:.2%}); not {taken}")

    assert share >= 0.98


def test_ordinary_mails_are_persons(capsys: pytest.CaptureFixture[str]) -> None:
    robots = {line.split(": ")[0] for line in TRUE_ROBOTS.read_text("utf-8").splitlines() if not line.startswith("#")}
    found = {
        name: origin for folder in ("mikel-mail", "zbateson", "cpython") for name, origin in origins(folder).items()
    }
    ordinary = found.keys() - robots
    wrong = [name for name in ordinary if found[name] is not Origin.PERSON]

    with capsys.disabled():
        print(
            f"\nordinary mails: {len(wrong)} of {len(ordinary)} taken for a robot's ({len(wrong) / len(ordinary):.2%})"
        )

    assert len(wrong) <= 0.01 * len(ordinary)
    assert all(found[name] is not Origin.PERSON for name in robots & found.keys())
