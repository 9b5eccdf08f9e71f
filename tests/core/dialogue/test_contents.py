"""What a text tells already: nobody is asked twice, and nobody is left unasked."""

import pytest

from core.dialogue.contents import is_complete, tells_what, tells_when, tells_where
from core.dialogue.naming import read_name
from core.dialogue.suggestions import region_names, suggest_agencies
from core.text import comparable
from tests.core.dialogue.talk import read_directory

DIRECTORY = read_directory()
TOLD: list[tuple[str, str]] = [
    ("Lampu jalan mati di depan pasar Serpong sejak kemarin", "what where when"),
    ("jalan rusak", "what"),
    ("petugas kelurahan minta uang", "what"),
    ("kirim sampah ke sungai", "what"),
    ("Jalan Melati 5 banjir tadi malam", "what where when"),
    ("air pdam mati 3 hari di RT 02 RW 05 Cipayung", "what where when"),
    ("di rumah saya mati lampu", "what"),
    ("sampah menumpuk dekat rumah kami sdh 2 minggu", "what when"),
    ("Guru SD memukul anak saya", "what"),
    ("Guru SDN 4 Cipayung memukul anak saya tgl 3", "what where when"),
    ("dalane rusak nemen", "what"),
    ("saya ditolak rumah sakit hari senin", "what when"),
    ("banjir di Bandung 12/03/2026", "what where when"),
    ("jln lobang depan Indomaret Ciledug", "what where"),
    ("pungli km 12 jam 7 pagi", "what where when"),
    ("tolong jalan sini rusak", "what"),
    ("bantuan dipotong ketua RT 200rb", "what"),
    ("sampah di RT 2 RW 5", "what where"),
    ("di Bandung", "where"),
    ("Jl. Kenanga", "where"),
    ("kemarin", "when"),
    ("sejak 3 hari lalu", "when"),
    ("asdf", ""),
    ("", ""),
    ("🔥🔥🔥", ""),
]


@pytest.mark.parametrize(("text", "told"), TOLD, ids=[text for text, _ in TOLD])
def test_what_is_told(text: str, told: str) -> None:
    said = comparable(text)
    found = {"what": tells_what(said), "where": tells_where(text, said), "when": tells_when(text, said)}

    assert " ".join(name for name, is_told in found.items() if is_told) == told


def test_the_name_of_a_regency_tells_a_place_and_a_dinas_does_not() -> None:
    assert {"tangerang", "nganjuk", "makassar"} <= region_names(DIRECTORY)
    assert not {"marga", "bina", "pendidikan"} & region_names(DIRECTORY)


def test_a_complete_text_says_what_and_where_in_more_than_a_few_words() -> None:
    assert is_complete("Lampu jalan mati di depan pasar Serpong sejak kemarin")
    assert not is_complete("Jl Melati banjir")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pungli di imigrasi", ["Direktorat Jenderal Imigrasi"]),
        ("banjir di Nganjuk", ["Pemerintah Kabupaten Nganjuk"]),
        ("jalan rusak di Tangerang", ["Pemerintah Kabupaten Tangerang", "Pemerintah Kota Tangerang"]),
        ("TANGKAB jalan rusak", ["Pemerintah Kabupaten Tangerang"]),
        ("listrik padam", []),
    ],
)
def test_the_agencies_that_the_words_name_come_first(text: str, names: list[str]) -> None:
    found = [agency.name for each in suggest_agencies(text, DIRECTORY) if (agency := DIRECTORY.agency(each))]

    assert found[: len(names)] == names
    assert len(found) <= 3
    assert bool(found) is bool(names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Siti Rahayu", "Siti Rahayu"),
        ("nama saya Siti Rahayu.", "Siti Rahayu"),
        ("Saya Budi", "Budi"),
        ("Siti, 0812-3456-7890", "Siti"),
        ("H. Ma'ruf", "H. Ma'ruf"),
        ("Ulan", "Ulan"),
        ("Bunga", "Bunga"),
        ("jalan rusak", ""),
        ("banjir", ""),
        ("jalan itu sudah rusak sejak tahun lalu dan belum juga diperbaiki", ""),
        ("0812 3456 7890", ""),
        ("", ""),
    ],
)
def test_a_name_is_read_and_nothing_more(text: str, name: str) -> None:
    assert read_name(text) == name
