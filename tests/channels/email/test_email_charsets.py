"""Octets become words whatever charset they claim, and never more than words."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.letter.charsets import KNOWN, decode, find_codec


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf_8"),
        ("UTF8", "utf_8"),
        ('"utf-8"', "utf_8"),
        ("us-ascii", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("iso-8859-15", "iso8859_15"),
        ("iso-8859-8-i", "iso8859_8"),
        ("cp-850", "cp850"),
        ("windows-1251", "cp1251"),
        ("gb2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("x-sjis", "cp932"),
        ("unicode-1-1-utf-7", "utf_7"),
        ("x-unknown", ""),
        ("iso-8859-99", ""),
        ("", ""),
        ("punycode", ""),
        ("unicode_escape", ""),
        ("idna", ""),
        ("zlib", ""),
        ("rot13", ""),
    ],
)
def test_a_label_names_a_codec_for_text_or_nothing(label: str, codec: str) -> None:
    assert find_codec(label) == codec


def test_every_known_codec_is_one() -> None:
    assert not [name for name in KNOWN if not codecs.lookup(name).name]


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        ("Jalan – rusak".encode(), "", "Jalan – rusak"),
        ("Jalan – rusak".encode(), "us-ascii", "Jalan – rusak"),
        ("Jalan – rusak".encode("cp1252"), "iso-8859-1", "Jalan – rusak"),
        ("Jalan – rusak".encode("cp1252"), "utf-8", "Jalan – rusak"),
        (
            "Jalan – rusak dan gelap – sudah lama –".encode() + b"\xe2\x80",
            "utf-8",
            "Jalan – rusak dan gelap – sudah lama –\ufffd",
        ),
        ("路灯坏了".encode("gb18030") + b"\xc4", "gb2312", "路灯坏了\ufffd"),
        ("\ufeffJalan".encode(), "iso-8859-1", "Jalan"),
        ("学校".encode("iso2022_jp"), "us-ascii", "学校"),
        (b"\x81\x8d", "", "\ufffd\ufffd"),
        (b"+2AA-", "utf-7", "\ufffd"),
    ],
)
def test_octets_are_read(octets: bytes, charset: str, text: str) -> None:
    assert decode(octets, charset) == text


def test_a_text_in_letters_of_another_world_is_guessed() -> None:
    text = "Дорога возле школы разбита уже три месяца, просим отремонтировать её как можно скорее."

    assert decode(text.encode("cp1251")) == text


@given(st.binary(max_size=60), st.sampled_from([*sorted(KNOWN), "", "x-unknown"]))
def test_any_octets_in_any_charset_give_what_can_be_stored(octets: bytes, charset: str) -> None:
    decode(octets, charset, guessing=False).encode("utf-8")
