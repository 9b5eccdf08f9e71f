"""Octets become the words a citizen wrote, whatever the SMSC calls their alphabet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.text import gsm
from channels.sms.text.alphabet import clean, decode, find_alphabet
from channels.sms.text.graphemes import graphemes
from channels.sms.text.header import Concatenation, read_header, write_header
from tests.channels.sms.conftest import make_operator


def read(octets: bytes, data_coding: int, **settings: str) -> str:
    return decode(octets, find_alphabet(data_coding, make_operator(**settings)))


def test_every_character_of_the_gsm_alphabet_comes_back() -> None:
    every = "".join(gsm.SEPTETS)

    assert len(every) == 127 + 9
    assert gsm.decode(gsm.encode(every)) == every


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        pytest.param(b"Jalan rusak \x1be5 \x1b<RT 03\x1b>", 0, "Jalan rusak €5 [RT 03]", id="gsm"),
        pytest.param(b"a\x00b_\x11", 0, "a@b§_", id="gsm signs that are elsewhere in ASCII"),
        pytest.param(b"Rp\x1b", 0, "Rp ", id="a lone escape"),
        pytest.param(b"x\x1bzy", 0, "xzy", id="an extension nobody knows"),
        pytest.param(b"caf\xe9", 0, "café", id="eight bits in the default alphabet"),
        pytest.param(b"a@b.id [1]", 1, "a@b.id [1]", id="ascii"),
        pytest.param(b"a\x00b.id \x1b<1\x1b>", 1, "a@b.id [1]", id="gsm labelled as ascii"),
        pytest.param("café".encode("latin-1"), 3, "café", id="latin-1"),
        pytest.param("Banjir 🌊".encode(), 4, "Banjir 🌊", id="octets that are UTF-8"),
        pytest.param(b"\xff\xfeA", 4, "ÿþA", id="octets that are nothing"),
        pytest.param("Banjir 🌊".encode("utf-16-be"), 8, "Banjir 🌊", id="ucs2 with a pair"),
        pytest.param("\ufeffBanjir".encode("utf-16-be"), 8, "Banjir", id="ucs2 with a mark"),
        pytest.param(b"\xff\xfe" + "Banjir".encode("utf-16-le"), 8, "Banjir", id="ucs2 the wrong way round"),
        pytest.param("Ba".encode("utf-16-be") + b"\xd8\x3c", 8, "Ba\ufffd", id="half a pair"),
        pytest.param("Ba".encode("utf-16-be") + b"\x00", 8, "Ba\ufffd", id="half a unit"),
        pytest.param("Привет".encode("iso8859_5"), 6, "Привет", id="cyrillic"),
        pytest.param(b"flash\x00", 0xF0, "flash@", id="class 0, gsm"),
        pytest.param(b"flash", 0xF4, "flash", id="class 0, octets"),
        pytest.param(b"flash\x00", 0x10, "flash@", id="class in the general group, gsm"),
        pytest.param("flash é".encode("utf-16-be"), 0x18, "flash é", id="class in the general group, ucs2"),
        pytest.param("pesan".encode("utf-16-be"), 0xE0, "pesan", id="message waiting, ucs2"),
        pytest.param(b"a\x00", 0xC8, "a@", id="message waiting, gsm"),
        pytest.param(b"a\x00", 0x99, "a@", id="reserved"),
        pytest.param(b"a\x00", 0x0F, "a@", id="unknown"),
    ],
)
def test_the_data_coding_tells_the_alphabet(octets: bytes, data_coding: int, text: str) -> None:
    assert read(octets, data_coding) == text


@pytest.mark.parametrize(
    ("octets", "settings", "data_coding", "text"),
    [
        (b"caf\xe9@", {"data_coding_0": "latin1"}, 0, "café@"),
        (b"abc@", {"data_coding_0": "ascii"}, 0, "abc@"),
        ("é".encode(), {"data_coding_0": "utf8"}, 0, "é"),
        ("é".encode("utf-16-be"), {"data_coding_0": "ucs2"}, 0, "é"),
        (b"a_b", {"data_coding_1": "gsm"}, 1, "a§b"),
        (b"a\x00b", {"data_coding_1": "ascii"}, 1, "ab"),
    ],
)
def test_an_operators_own_meaning_of_a_coding_is_obeyed(
    octets: bytes, settings: dict[str, str], data_coding: int, text: str
) -> None:
    assert read(octets, data_coding, **settings) == text


@given(st.binary(max_size=160), st.integers(0, 255))
def test_any_octets_in_any_coding_give_clean_text(octets: bytes, data_coding: int) -> None:
    text = read(octets, data_coding)

    assert "\0" not in text
    assert clean(text) == text
    text.encode()


def test_line_ends_and_control_characters_are_tidied() -> None:
    assert clean("a\r\nb\rc\x07\td\ud800\x9fe\u0301") == "a\nb\nc\td\ufffdé"


@pytest.mark.parametrize(
    ("octets", "place"),
    [
        pytest.param(bytes([5, 0, 3, 66, 2, 1]), Concatenation("udh8", 66, 2, 1), id="8 bits"),
        pytest.param(bytes([6, 8, 4, 1, 66, 3, 2]), Concatenation("udh16", 322, 3, 2), id="16 bits"),
        pytest.param(bytes([11, 5, 4, 0, 80, 0, 0, 0, 3, 7, 2, 2]), Concatenation("udh8", 7, 2, 2), id="after ports"),
        pytest.param(bytes([8, 0, 3, 7, 2, 2, 0x25, 1, 3]), Concatenation("udh8", 7, 2, 2), id="before a table"),
        pytest.param(bytes([3, 0x24, 1, 3]), None, id="a national table alone"),
    ],
)
def test_a_header_is_read_wherever_its_elements_stand(octets: bytes, place: Concatenation | None) -> None:
    header = read_header(octets + b"isi")

    assert header is not None
    assert (header.length, header.concatenation) == (len(octets), place)


@pytest.mark.parametrize(
    "octets", [b"", b"\x00abc", b"\x05\x00\x03", b"\xff" + b"a" * 20, b"\x03\x00\x09abc", b"\x01\x00a"]
)
def test_a_header_that_holds_less_than_it_announces_is_none(octets: bytes) -> None:
    assert read_header(octets) is None


def test_a_national_table_is_noticed() -> None:
    header = read_header(bytes([3, 0x25, 1, 1]) + b"isi")

    assert header is not None
    assert header.is_national


@given(st.binary(max_size=30))
def test_no_octets_break_the_header_reader(octets: bytes) -> None:
    header = read_header(octets)

    assert header is None or header.length <= len(octets)


@given(st.sampled_from(["udh8", "udh16"]), st.integers(0, 255), st.integers(2, 255), st.integers(1, 255))
def test_a_written_header_is_read_back(kind: str, reference: int, total: int, number: int) -> None:
    place = Concatenation(kind, reference, total, number)

    header = read_header(write_header(place))

    assert header is not None
    assert header.concatenation == place


@pytest.mark.parametrize(
    "character",
    [
        "a",
        "é",
        "e\u0301",
        "👨‍👩‍👧",
        "👍🏽",
        "🇮🇩",
        "❤️",
        "1️⃣",
        "각",
        "ᄀ\u1161\u11a8",
        "ꦏ꧀ꦏ",
        "🏴\U000e0067\U000e007f",
        "\r\n",
    ],
)
def test_what_a_person_sees_as_one_character_is_one(character: str) -> None:
    assert list(graphemes(f"x{character}y")) == ["x", character, "y"]


def test_two_flags_are_two_characters() -> None:
    assert list(graphemes("🇮🇩🇲🇾")) == ["🇮🇩", "🇲🇾"]


@given(st.text(max_size=60))
def test_graphemes_put_together_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text
