"""Addresses, parameters and encoded words as mailers really write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.letter.headers.addresses import read_mailboxes
from channels.email.letter.headers.encoded import decode_words
from channels.email.letter.headers.parameters import read_described, read_kind


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"siti@contoh.id", [("", "siti@contoh.id")]),
        (b"Siti <siti@Contoh.ID>", [("Siti", "siti@contoh.id")]),
        (b'"Rahmawati, Siti" <siti@contoh.id>', [("Rahmawati, Siti", "siti@contoh.id")]),
        (b"siti@contoh.id (Siti (Bu RT))", [("Siti (Bu RT)", "siti@contoh.id")]),
        (b"Siti (ibu) <siti@contoh.id>", [("Siti", "siti@contoh.id")]),
        (b"a@b.id,c@d.id ; e@f.id", [("", "a@b.id"), ("", "c@d.id"), ("", "e@f.id")]),
        (b"Warga: a@b.id, C <c@d.id>;, e@f.id", [("", "a@b.id"), ("C", "c@d.id"), ("", "e@f.id")]),
        (b"undisclosed-recipients:;", []),
        (b"<@relai.id,@lain.id:siti@contoh.id>", [("", "siti@contoh.id")]),
        (b"Siti <siti@contoh.id, Budi <budi@contoh.id>", [("Siti", "siti@contoh.id"), ("Budi", "budi@contoh.id")]),
        (b"siti@contoh.id <siti@contoh.id>", [("siti@contoh.id", "siti@contoh.id")]),
        (b"a@b.id c@d.id", [("", "a@b.id"), ("", "c@d.id")]),
        (b'"siti.r"@contoh.id', [("", "siti.r@contoh.id")]),
        (b'"siti r"@contoh.id', [("", '"siti r"@contoh.id')]),
        (b"siti @ contoh . id", [("", "siti@contoh.id")]),
        (b"=?utf-8?Q?Dinas,_PU?= <pu@contoh.id>", [("Dinas, PU", "pu@contoh.id")]),
        (b"MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        (b"MAILER-DAEMON <>", [("MAILER-DAEMON", "")]),
        (b"<>", []),
        (b" , ;, ", []),
        (b"", []),
        ("Siti <siti@désa.id>".encode(), [("Siti", "siti@désa.id")]),
    ],
)
def test_people_are_read(raw: bytes, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_mailboxes(raw)] == found


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Lampu mati", "Lampu mati"),
        (b"=?utf-8?q?Lampu_mati?=", "Lampu mati"),
        (b"=?UTF-8?B?TGFtcHU=?= =?UTF-8?B?IG1hdGk=?=", "Lampu mati"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"awal=?utf-8?q?=2E?=akhir", "awal.akhir"),
        (b"=?utf-8*id?q?Lampu?=", "Lampu"),
        (b"=?utf-8?q?Apa??=", "Apa?"),
        (b"=?utf-8?q??=x", "x"),
        (b"=?utf-8?q?buka", "=?utf-8?q?buka"),
        (b"=?utf-8?z?x?=", "=?utf-8?z?x?="),
        (b"=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"),
        ("jalan – rusak".encode(), "jalan – rusak"),
        (b"caf\xe9", "café"),
    ],
)
def test_words_are_decoded(raw: bytes, text: str) -> None:
    assert decode_words(raw) == text


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b"text/plain", "text/plain", {}),
        (b"Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        (b'multipart/mixed; boundary="a;b\\"c"', "multipart/mixed", {"boundary": 'a;b"c'}),
        (b"attachment; filename=foto jalan.png", "attachment", {"filename": "foto jalan.png"}),
        (b'attachment; filename="tak ditutup; size=3', "attachment", {"filename": "tak ditutup", "size": "3"}),
        (b"attachment; filename*=utf-8''a%20b; filename=c", "attachment", {"filename": "a b"}),
        (b"attachment; filename*1=b; filename*0=a", "attachment", {"filename": "ab"}),
        (b"attachment; filename*0*=utf-8''%E2%80; filename*1*=%93x", "attachment", {"filename": "–x"}),
        (b"attachment; filename*=tanpa%20tanda", "attachment", {"filename": "tanpa tanda"}),
        (b'inline ; name="=?utf-8?B?YS5wbmc=?="', "inline", {"name": "a.png"}),
        (b"attachment;;; a=1;;b", "attachment", {"a": "1", "b": ""}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read(raw: bytes, value: str, parameters: dict[str, str]) -> None:
    described = read_described(raw)

    assert (described.value, dict(described.parameters)) == (value, parameters)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"text/plain; charset=x", "text/plain"),
        (b" TEXT / Plain ", "text/plain"),
        (b"text/plain (komentar)", "text/plain"),
        (b'"text/plain"', "text/plain"),
        (b"multipart/*", "multipart/*"),
        (b"text", ""),
        (b"teks saja", ""),
        (b"", ""),
    ],
)
def test_a_content_type_is_one_or_nothing(raw: bytes, kind: str) -> None:
    assert read_kind(raw) == kind


@given(st.binary(max_size=80))
def test_any_header_is_read(raw: bytes) -> None:
    for mailbox in read_mailboxes(raw):
        assert "\n" not in mailbox.name + mailbox.address
    decode_words(raw).encode("utf-8")
    read_described(raw)
