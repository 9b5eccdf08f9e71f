"""What each kind of form needs, and the message it makes."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.form.contacts import read_mail, read_phone
from channels.form.entry import name_scan, read_scans
from channels.form.reading import Clerk, Invalid, read_form, read_text
from channels.form.settings import FormSettings
from channels.sms.numbers import normalise_number
from core.model.message import Address, Attachment, Inbound

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
CLERK = Clerk("dewi.lestari", NOW, ZoneInfo("Asia/Jakarta"))
SCAN = Attachment("0192f0c2a7d37c1e8a55d0c1b2e3f4a5", "application/pdf", 48213, "surat.pdf")
COMMON = {"token": "a" * 32, "title": "Jembatan putus", "text": "Jembatan Desa Sukamaju putus sejak Senin."}
LETTER = {
    **COMMON,
    "kind": "letter",
    "agenda_number": "012/UM/XI/2026",
    "written_on": "30 Okt 2026",
    "received_on": "3/11/2026",
    "phone": "0812-3456-7890",
}
TELEPHONE = {**COMMON, "kind": "telephone", "phone": "+62 812 3456 7890"}
WALK_IN = {**COMMON, "kind": "walk_in", "name": "Budi Santoso"}
TWEET = {
    "kind": "tweet",
    "token": "b" * 32,
    "url": "https://twitter.com/Warga/status/1985240000000000000?s=20",
    "text": "Banjir",
}
OTHER = {**COMMON, "kind": "other"}


def read(fields: dict[str, Any], *, files: tuple[Attachment, ...] = (), clerk: Clerk = CLERK) -> Inbound:
    return read_form(fields, clerk=clerk, settings=FormSettings(), attachments=files)


def errors(fields: dict[str, Any], *, files: tuple[Attachment, ...] = ()) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read(fields, files=files)
    return dict(caught.value.errors)


def test_a_letters_clock_runs_from_its_receipt() -> None:
    message = read(LETTER, files=(SCAN,))

    assert message.received_at == datetime(2026, 11, 3, 5, tzinfo=UTC)
    assert message.form is not None
    assert (message.form.source, message.form.agenda_number) == ("letter", "012/UM/XI/2026")
    assert str(message.form.written_on) == "2026-10-30"
    assert (message.form.entered_by, message.form.read_back) == ("dewi.lestari", True)
    assert message.attachments == (SCAN,)


def test_what_is_received_today_is_received_now() -> None:
    assert read(TELEPHONE).received_at == NOW
    assert read({**TELEPHONE, "received_on": "hari ini"}).received_at == NOW


def test_today_is_the_day_where_the_form_is_filled_in() -> None:
    late = Clerk("yohana", datetime(2026, 11, 20, 16, 0, tzinfo=UTC), ZoneInfo("Asia/Jayapura"))

    assert read({**TELEPHONE, "received_on": "21/11/2026"}, clerk=late).received_at == late.now


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (LETTER, "agenda_number"),
        (LETTER, "written_on"),
        (LETTER, "received_on"),
        (LETTER, "title"),
        (LETTER, "text"),
        (TELEPHONE, "phone"),
        (TELEPHONE, "token"),
        (WALK_IN, "name"),
        (TWEET, "url"),
        (TWEET, "text"),
        (OTHER, "text"),
    ],
)
def test_what_a_kind_needs_is_asked_for_with_a_remedy(fields: dict[str, str], missing: str) -> None:
    found = errors({**fields, missing: " "}, files=(SCAN,))

    assert list(found) == [missing]
    assert found[missing].endswith(".")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"received_on": "22/11/2026"}, "received_on"),
        ({"received_on": "1/10/2026", "written_on": "30/9/2026"}, "received_on"),
        ({"received_on": "3 Nov"}, "received_on"),
        ({"written_on": "4/11/2026"}, "written_on"),
        ({"written_on": "4/11/1926"}, "written_on"),
        ({"occurred_on": "1/1/2027"}, "occurred_on"),
        ({"phone": "12"}, "phone"),
        ({"phone": "0812x"}, "phone"),
        ({"email": "siti@"}, "email"),
        ({"classification": "lain"}, "classification"),
        ({"title": "x" * 201}, "title"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(changed: dict[str, str], field: str) -> None:
    assert list(errors({**LETTER, **changed}, files=(SCAN,))) == [field]


def test_an_old_date_is_taken_once_it_is_ticked() -> None:
    old = {**LETTER, "received_on": "1/10/2026", "written_on": "30/9/2026", "old": "1"}

    assert read(old, files=(SCAN,)).received_at == datetime(2026, 10, 1, 5, tzinfo=UTC)


def test_a_letter_without_a_scan_says_so() -> None:
    assert list(errors(LETTER)) == ["scans"]
    assert read({**LETTER, "no_scan": "1"}).attachments == ()


def test_a_caller_who_hides_the_number_is_nobodys_neighbour() -> None:
    first = read({**TELEPHONE, "phone": "", "no_contact": "1"})
    second = read({**TELEPHONE, "phone": "", "no_contact": "1", "token": "c" * 32})

    assert first.sender.scheme == "form"
    assert first.sender != second.sender


def test_a_reporter_is_known_by_telephone_then_by_mail_then_by_their_tweets() -> None:
    assert read({**WALK_IN, "phone": "0812 3456 7890", "email": "a@b.id"}).sender == Address("tel", "6281234567890")
    assert read({**WALK_IN, "email": "Budi@Contoh.ID"}).sender == Address("mail", "budi@contoh.id")
    assert read(TWEET).sender == Address("x", "@warga")


@pytest.mark.parametrize(
    ("author_id", "author", "known_as"),
    [
        ("2244994945:Warga", "warga", "2244994945"),
        ("2244994945:Warga", "@WARGA", "2244994945"),
        ("2244994945:warga", "tetangga", "@tetangga"),
        ("2244994945", "warga", "@warga"),
        ("0:warga", "warga", "@warga"),
        ("٣:warga", "warga", "@warga"),
        ("", "warga", "@warga"),
    ],
)
def test_an_author_is_known_by_the_id_that_x_told_with_the_name(author_id: str, author: str, known_as: str) -> None:
    told = {**TWEET, "author_id": author_id, "author": author}

    assert read(told).sender == Address("x", known_as)


def test_a_tweet_is_one_report_whoever_enters_it_and_however() -> None:
    first = read(TWEET)
    again = read(
        {**TWEET, "url": "https://x.com/i/status/1985240000000000000", "text": "Banjir parah", "token": "z" * 32},
        clerk=Clerk("budi", NOW, ZoneInfo("Asia/Makassar")),
    )

    assert first.external_id == again.external_id == "tweet:1985240000000000000"
    assert first.fingerprint == again.fingerprint


def test_one_form_sent_twice_is_one_message_also_when_its_scan_was_uploaded_twice() -> None:
    first = read(LETTER, files=(SCAN,))
    again = read(LETTER, files=(Attachment("f" * 32, SCAN.media_type, SCAN.size, SCAN.name),))
    changed = read({**LETTER, "text": "Lain"}, files=(SCAN,))

    assert (first.external_id, first.fingerprint) == (again.external_id, again.fingerprint)
    assert first.external_id == changed.external_id
    assert first.fingerprint != changed.fingerprint


def test_two_people_with_one_token_have_two_forms() -> None:
    assert read(OTHER).external_id != read(OTHER, clerk=Clerk("budi", NOW, CLERK.zone)).external_id


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//contoh.id", "ftp://contoh.id"])
def test_only_links_that_open_a_page_are_kept(url: str) -> None:
    assert list(errors({**OTHER, "url": url})) == ["url"]
    assert read({**OTHER, "url": "https://contoh.id/berita"}).form.source_url == "https://contoh.id/berita"  # type: ignore[union-attr]


def test_what_was_typed_is_kept_and_reads_the_same() -> None:
    message = read({**TWEET, "text": "Warga\n@warga\n·\n5 jam\nBanjir di Kemang"})

    assert message.text == "Banjir di Kemang"
    assert read_text([message.raw]) == message.text
    assert b"5 jam" in message.raw


def test_errors_and_reprs_hold_no_words_of_a_citizen() -> None:
    with pytest.raises(Invalid) as caught:
        read({**TELEPHONE, "phone": "rahasia-0812", "text": "Kata warga"})

    assert "rahasia" not in f"{caught.value!r} {caught.value.errors}"
    assert "Kata warga" not in repr(read({**TELEPHONE, "text": "Kata warga"}))


@given(st.dictionaries(st.sampled_from([*LETTER, *TWEET, "name", "email", "author"]), st.text(max_size=60)))
def test_any_fields_make_a_message_or_errors(fields: dict[str, str]) -> None:
    try:
        message = read({"kind": "other", **fields})
    except Invalid:
        return
    assert message.text
    assert "\x00" not in message.text
    assert 0 < len(message.external_id) <= 200


@pytest.mark.parametrize(
    "written",
    ["081234567890", "0812-3456-7890", "+62 812 3456 7890", "62812 3456 7890", "(0812) 34567890", "+62 0812 3456 7890"],
)
def test_a_number_is_the_one_an_sms_comes_from(written: str) -> None:
    assert read_phone(written) == "6281234567890"


@given(st.from_regex(r"(08|\+628|628|00628)[0-9]{8,10}", fullmatch=True))
def test_forms_and_sms_write_a_number_alike(written: str) -> None:
    assert read_phone(written) == normalise_number(written, ton=0)


@pytest.mark.parametrize("written", ["12345", "0812x4567890", "٠٨١٢٣٤٥٦٧٨٩٠", "", "000000000000", "1" * 16])
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_phone(written) is None


@pytest.mark.parametrize(
    "written", ["a", "a@", "a@b", "a b@c.id", "a@b..id", "<a@b.id>", "a@b.id\nBcc: c@d.id", "x" * 250 + "@a.id"]
)
def test_what_is_no_mail_address_is_none(written: str) -> None:
    assert read_mail(written) is None


def test_a_kept_scan_comes_back_by_its_name_once() -> None:
    assert read_scans([name_scan(SCAN), name_scan(SCAN)]) == (SCAN,)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "abc.exe.1/x", "abc.pdf.-1/x", "a/b.pdf.1/x"])
def test_a_scan_we_never_named_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        read_scans([name])


def test_a_scans_name_has_no_folders() -> None:
    assert read_scans([f"{SCAN.id}.pdf.1/../../etc/pass\u202ewd.pdf"])[0].name == "passwd.pdf"
