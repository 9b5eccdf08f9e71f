"""Cleaning and comparing text."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.message import Choice
from core.text import clean, comparable, keys

any_text = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Jalan rusak\r\ndi Cikupa\rdekat pasar", "Jalan rusak\ndi Cikupa\ndekat pasar"),
        ("KTP\x00 belum\x07 jadi", "KTP belum jadi"),
        ("satu\ttab tetap", "satu\ttab tetap"),
        ("Kafe\u0301", "Kafé"),
        ("\ud83d\ude00 banjir", "😀 banjir"),
        ("banjir \ud83d", "banjir \ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ufeffLampu \u202emati\u202c \u2066x\u2069", "Lampu mati x"),
        ("👨\u200d👩\u200d👧 warga", "👨\u200d👩\u200d👧 warga"),
        ("", ""),
    ],
)
def test_text_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(any_text)
def test_clean_text_can_be_stored_and_stays_as_it_is(raw: str) -> None:
    text = clean(raw)

    assert clean(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_a_dotted_street_is_not_taken_for_a_link() -> None:
    flood, light = comparable("Jl.Sudirman banjir setinggi lutut"), comparable("Jl.Sudirman lampu merah mati")

    assert flood.words != light.words
    assert flood.subjects == {"banjir"}
    assert light.subjects == {"lampu"}
    assert [fact.words for fact in flood.of("street")] == [("sudirman",)]


def test_spelling_courtesy_mentions_and_links_make_no_difference() -> None:
    plain = comparable("Lampu jalan tidak menyala di Desa Wates")
    noisy = comparable("@lapor1708 Mhn pak, lmpu jln tdk nyala di ds.Wates #LAPOR https://t.co/abc123 trims")

    assert noisy.words == plain.words


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("banjir di Jl. Gatot Subroto II, Kel. Mekar", "street", {("gatot", "subroto", "2")}),
        ("lampu jln progo desa wates mati", "street", {("progo",)}),
        ("jalan rusak parah di desa kami", "street", set()),
        ("lampu jalan umum mati", "street", set()),
        ("Gg. Sawo 7, dekat rel", "gang", {("sawo", "7")}),
        ("Kelurahan Cempaka Putih Timur, Kec. Cempaka Putih", "village", {("cempaka", "putih", "timur")}),
        ("Kelurahan Cempaka Putih Timur, Kec. Cempaka Putih", "district", {("cempaka", "putih")}),
        ("kab. konawe utara lampu mati", "regency", {("konawe", "utara")}),
        ("RT 02 RW 05", "rt", {("2",)}),
        ("RT 02 RW 05", "rw", {("5",)}),
        ("rt8/15 jati", "rt", {("8",)}),
        ("rt2/5", "rw", {("5",)}),
        ("RT.07, RW.14", "rw", {("14",)}),
        ("kata pak RT 2024 nanti", "rt", set()),
        ("jalan tol km 12 arah Cikampek", "km", {("12",)}),
        ("rusak sepanjang 12 km 3 titik", "km", set()),
        ("SDN 4 kekurangan guru", "school", {("sd", "4")}),
        ("SMP Negeri 2 Kepanjen", "school", {("smp", "2")}),
        ("pagi min sukijan mau lapor", "school", set()),
        ("pungli di min 1 Wates", "school", {("mi", "1")}),
        ("NIK 3174012345670001", "nik", {("3174012345670001",)}),
        ("hubungi 081234567890", "phone", {("081234567890",)}),
        ("mobil B 1234 XYZ parkir", "plate", {("b", "1234", "xyz")}),
        ("padam sejak 23 Januari 2024", "date", {("23", "1", "24")}),
        ("padam 9/2/20 lagi", "date", {("9", "2", "20")}),
        ("mati tgl 6 jun", "date", {("6", "6", "")}),
        ("bayar 400rb atau Rp150.000", "amount", {("400000",), ("150000",)}),
        ("sudah 3 bulan", "number", set()),
        ("dana desa tahun 2023", "year", {("2023",)}),
        ("KTP atas nama Siti Rahayu belum jadi", "person", {("siti", "rahayu")}),
        ("Puskesmas Batu Jungku tutup", "facility", {("batu", "jungku")}),
    ],
)
def test_a_fact_is_read(text: str, kind: str, values: set[tuple[str, ...]]) -> None:
    assert {fact.words for fact in comparable(text).of(kind)} == values


@given(st.text())
def test_any_text_can_be_compared_and_gives_bounded_keys(text: str) -> None:
    made = comparable(clean(text))

    assert len(keys(made)) <= 64
    assert all(key and key == key.strip() for key in keys(made))
    assert comparable(clean(text)) == made


def test_two_wordings_of_one_event_share_telling_keys() -> None:
    one = keys(comparable("Selamat pagi, lampu PJU di Jl. Kutilang, Desa Wates padam sudah seminggu. Terima kasih"))
    two = keys(comparable("lmpu jl.kutilang ds wates gelap gulita mhn diperbaiki"))

    assert {"lampu@kutilang", "lampu@wates", "kutilang", "wates"} <= set(one) & set(two)


def test_only_the_first_600_words_count_and_give_at_most_64_keys() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    made = comparable(" ".join(f"k{one}{two}b" for one in letters for two in letters))

    assert len(made.words) == 600
    assert len(keys(made)) == 64


def test_the_courtesy_of_a_report_makes_no_key() -> None:
    assert keys(comparable("Selamat pagi Bapak/Ibu, mohon ditindaklanjuti laporan kami. Terima kasih.")) == ()


@pytest.mark.parametrize(
    "piece", ["a", "1", "1.", "- ", "@a", "a-", "a'", "rt ", "sdn ", "jl ", "1/", "http://", "b 123 "]
)
def test_a_long_text_takes_no_longer_than_its_length_allows(piece: str) -> None:
    text = (piece * 20_000)[:20_000]

    started = time.perf_counter()
    keys(comparable(clean(text)))

    assert time.perf_counter() - started < 0.5


def test_what_may_be_chosen_is_absent_from_reprs() -> None:
    assert "Siti" not in repr(Choice("Siti Rahmawati", "SITI Siti"))


def test_what_people_wrote_is_absent_from_reprs() -> None:
    made = comparable("KTP atas nama Siti Rahayu NIK 3174012345670001 di Jl. Melati belum jadi")

    assert not any(word in repr(made).lower() for word in ("siti", "3174", "melati", "belum"))


def test_marks_stacked_without_end_take_no_longer_than_their_number_allows() -> None:
    text = "Jalan rusa" + "\u0301\u0323" * 50_000 + "k"

    started = time.perf_counter()
    cleaned = clean(text)

    assert time.perf_counter() - started < 1
    assert len(cleaned) <= len("Jalan rusak") + 30


@given(
    st.lists(st.sampled_from(["\u0301", "\u0323", "\u0344", "\u0f73", "क\u093c", "\u0958", "s", "≠", "—"]), max_size=80)
)
def test_stacked_marks_are_cleaned_once_and_for_all(signs: list[str]) -> None:
    text = clean("".join(signs))

    assert clean(text) == text
