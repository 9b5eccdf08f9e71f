"""Weighted characters as twitter-text v3 counts them (config/v3.json, "Counting characters" on docs.x.com)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.twitter.sending.weights import has_link, weigh


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Laporan 4821 093 756 kami terima.", 33),
        ("a" * 280, 280),
        ("caf\u00e9", 4),
        ("cafe\u0301", 4),
        ("Ω Ж א ส", 7),
        ("\u1100", 2),
        ("日本語", 6),
        ("“kutipan” – ya…", 16),
        ("Rp100.000 ©", 11),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇮🇩🇮🇩", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("https://www.lapor.go.id/laporan/detil/jalan-rusak-di-depan-sekolah", 23),
        ("http://s.id", 23),
        ("Lihat https://s.id/a dan https://s.id/b", 6 + 23 + 5 + 23),
        ("Buka lapor.go.id ya", 5 + 23 + 3),
        ("Jl.Merdeka 5", 12),
        ("@lapor1708", 10),
    ],
)
def test_characters_weigh_what_x_says(text: str, weight: int) -> None:
    assert weigh(text) == weight


def test_a_long_name_without_a_scheme_never_weighs_less_than_its_characters() -> None:
    name = "laporan.kabupaten.nganjuk.jawatimur.go.id/aduan"

    assert weigh(name) == len(name)


@pytest.mark.parametrize("text", ["https://s.id", "HTTP://x.co", "buka lapor.go.id", "(s.id/a)", "www.kompas.com"])
def test_links_are_seen(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize("text", ["Jl. Merdeka", "4821 093 756.", "Terima kasih.Salam", "@lapor.id"[:6], "RT.03/RW.04"])
def test_ordinary_punctuation_is_no_link(text: str) -> None:
    assert not has_link(text)


@given(st.text(max_size=400))
def test_no_text_weighs_more_than_twice_its_code_points_and_its_links(text: str) -> None:
    assert 0 <= weigh(text) <= 2 * len(text) * 3 + 23 * len(text)


@given(st.text(alphabet="abc dEf.,!?0123456789", max_size=300).filter(lambda text: not has_link(text)))
def test_ascii_weighs_its_length(text: str) -> None:
    assert weigh(text) == len(text)


@pytest.mark.parametrize(
    "strange", ["a." * 50_000, "👨‍" * 30_000, "http://" * 20_000, "-a." * 30_000, "0\ufe0f" * 50_000]
)
def test_the_weight_is_found_in_linear_time(strange: str) -> None:
    begun = time.perf_counter()

    weigh(strange)

    assert time.perf_counter() - begun < 1.0
