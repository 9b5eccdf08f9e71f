"""Replies are cut into as few segments as SMS allows, and never inside a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.text import gsm
from channels.sms.text.graphemes import graphemes
from channels.sms.text.header import read_header
from channels.sms.text.segments import Segment, count_segments, write_segments

FAMILY = "👨‍👩‍👧"


def shown(segment: Segment) -> str:
    header = read_header(segment.octets) if segment.esm_class else None
    octets = segment.octets[header.length if header else 0 :]
    return octets.decode("utf-16-be") if segment.data_coding == 8 else gsm.decode(octets)


@pytest.mark.parametrize(
    ("text", "segments", "data_coding"),
    [
        pytest.param("", 0, None, id="nothing"),
        pytest.param("a" * 160, 1, 0, id="160 septets"),
        pytest.param("a" * 161, 2, 0, id="161 septets"),
        pytest.param("a" * 306, 2, 0, id="306 septets"),
        pytest.param("a" * 307, 3, 0, id="307 septets"),
        pytest.param("€" * 80, 1, 0, id="extensions count double"),
        pytest.param("€" * 81, 2, 0, id="161 and more septets of extensions"),
        pytest.param("“Laporan” – diterima…\u00a0", 1, 0, id="typography becomes plain"),
        pytest.param("ć" * 70, 1, 8, id="70 units"),
        pytest.param("ć" * 71, 2, 8, id="71 units"),
        pytest.param("🌊" * 35, 1, 8, id="pairs count double"),
        pytest.param("🌊" * 36, 2, 8, id="a pair is not cut"),
    ],
)
def test_a_text_takes_as_many_segments_as_sms_needs(text: str, segments: int, data_coding: int | None) -> None:
    written = write_segments(text, reply_id="r1")

    assert count_segments(text) == len(written) == segments
    assert {s.data_coding for s in written} == ({data_coding} if written else set())


def test_a_sign_of_two_septets_is_not_cut() -> None:
    written = write_segments("a" * 152 + "€" + "b" * 20, reply_id="r1")

    assert [shown(s) for s in written] == ["a" * 152, "€" + "b" * 20]


def test_a_family_is_not_torn_apart() -> None:
    written = write_segments("a" * 60 + FAMILY + "b" * 20, reply_id="r1")

    assert [shown(s) for s in written] == ["a" * 60, FAMILY + "b" * 20]


def test_typography_stays_where_another_alphabet_is_needed_anyway() -> None:
    assert shown(write_segments("“Laporan” 🌊", reply_id="r1")[0]) == "“Laporan” 🌊"


def test_the_reference_is_the_same_on_a_later_attempt_and_differs_between_replies() -> None:
    first, again = (write_segments("a" * 200, reply_id="r1") for _ in range(2))
    references = {write_segments("a" * 200, reply_id=f"r{n}")[0].octets[3] for n in range(50)}

    assert first == again
    assert len(references) > 20


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=700))
def test_the_segments_together_are_the_text_and_each_fits(text: str) -> None:
    written = write_segments(text, reply_id="r1")

    assert all(len(s.octets) <= (160 if s.data_coding == 0 else 140) for s in written)
    joined = "".join(shown(s) for s in written)
    assert count_segments(joined) == len(written)
    assert write_segments(joined, reply_id="r1") == written


@given(st.lists(st.sampled_from([FAMILY, "🇮🇩", "e\u0301\u0323", "👍🏽", "a", "ć"]), min_size=40, max_size=120))
def test_no_character_is_cut(characters: list[str]) -> None:
    written = write_segments("ć" + "".join(characters), reply_id="r1")

    whole = [c for segment in written for c in graphemes(shown(segment))]
    assert len(whole) == len(list(graphemes("".join(shown(s) for s in written))))


def test_a_character_longer_than_a_segment_is_kept_whole_in_its_octets() -> None:
    monster = "a" + "\u0323" * 200

    assert "".join(shown(s) for s in write_segments(monster, reply_id="r1")) == "ạ" + "\u0323" * 199
