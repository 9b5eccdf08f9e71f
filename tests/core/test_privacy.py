"""What gives a person away in their own words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.privacy import MASKS, Trace, find_traces, mask

GIVES_AWAY = [
    ("NIK saya 3603014508900002, tolong dicek", Trace.NIK, "3603014508900002"),
    ("nik 3603 0145 0890 0002", Trace.NIK, "3603 0145 0890 0002"),
    ("KTP id:3174051212880001 stat:menunggu", Trace.NIK, "3174051212880001"),
    ("NPWP 01.234.567.8-901.000 belum aktif", Trace.NPWP, "01.234.567.8-901.000"),
    ("hubungi saya di 0812-3456-7890", Trace.PHONE, "0812-3456-7890"),
    ("WA +62 812 3456 7890 ya", Trace.PHONE, "+62 812 3456 7890"),
    ("telepon rumah (021) 5551234", Trace.PHONE, "(021) 5551234"),
    ("balas ke sumiyati.tangerang@gmail.com saja", Trace.EMAIL, "sumiyati.tangerang@gmail.com"),
    ("motor saya B 3456 KZL ditilang", Trace.PLATE, "B 3456 KZL"),
    ("angkot A1234BC ngetem", Trace.PLATE, "A1234BC"),
    ("nopol: ad 2210 xy dipungli", Trace.PLATE, "ad 2210 xy"),
    ("Nama saya Siti Rohmah dari Balaraja", Trace.NAME, "Siti Rohmah"),
    ("pengurusan atas nama Joko Susilo ditolak", Trace.NAME, "Joko Susilo"),
]
KEEPS_QUIET = [
    "Jalan rusak di RT 03/04 sejak 12 Maret 2026, sudah 3 bulan",
    "Lampu mati di km 12 jalan raya Serang, biaya Rp 1.500.000",
    "Laporan 4821 093 756 belum dijawab",
    "KAB. NGANJUK jembatan Kertosono retak, 2 orang jatuh",
    "Harga BBM 10.000 per liter di SPBU 34.151.12",
    "Antre BPJS kelas 3 di RSUD dari jam 07.30",
    "saya a 5 b",
    "sejak 2024-03-12 sampai 2026-11-03",
]


@pytest.mark.parametrize(("text", "trace", "words"), GIVES_AWAY)
def test_what_leads_to_the_writer_is_found(text: str, trace: Trace, words: str) -> None:
    assert [(f.trace, f.words) for f in find_traces(text)] == [(trace, words)]


@pytest.mark.parametrize("text", KEEPS_QUIET)
def test_dates_prices_and_places_are_not_taken_for_a_person(text: str) -> None:
    assert find_traces(text) == ()


def test_the_writers_own_name_is_found_whole_and_in_its_telling_words() -> None:
    found = find_traces("Saya, SRI WAHYUNI, diusir. Bu Wahyuni bilang nanti.", name="Sri Wahyuni")

    assert [f.words for f in found] == ["SRI WAHYUNI", "Wahyuni"]


def test_a_short_or_common_word_of_the_name_alone_is_left() -> None:
    assert find_traces("Warga sri mulya marah", name="Sri Warga") == ()


def test_masking_says_what_stood_there_and_keeps_the_rest() -> None:
    text = "NIK 3603014508900002 nomor 081234567890, jalan rusak"

    masked = mask(text, find_traces(text))

    assert masked == f"NIK {MASKS[Trace.NIK]} nomor {MASKS[Trace.PHONE]}, jalan rusak"
    assert find_traces(masked) == ()


@given(st.text(max_size=300), st.text(max_size=30))
def test_findings_lie_in_the_text_and_do_not_overlap(text: str, name: str) -> None:
    found = find_traces(text, name=name)

    assert all(text[f.start : f.end] == f.words for f in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert len(mask(text, ())) == len(text)


@pytest.mark.parametrize("text", ["0" * 50_000, "a@" * 25_000, "1 " * 25_000, "B 1" * 15_000, "a.n. A" * 9_000])
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    """Under the suite's time limit; a pattern that backtracks would take hours."""
    mask(text, find_traces(text, name="Aa Bb"))
