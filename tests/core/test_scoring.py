"""Judging whether two reports tell of the same event."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring import SURE, UNSURE, Judgement, identical, judge
from core.text import comparable

SAMPLE = Path(__file__).parent / "fixtures" / "repeats.jsonl"
LIGHT = "Lampu jalan mati di Jl. Melati RT 3 RW 5 Desa Sukamaju, sudah seminggu gelap"


def judged(one: str, two: str) -> Judgement:
    return judge(comparable(one), comparable(two))


def test_the_labelled_sample_is_judged_well() -> None:
    pairs = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    scores = [(judged(pair["query"], pair["base"]).score, pair["same"]) for pair in pairs]

    def precision_and_recall(threshold: float) -> tuple[float, float]:
        found = [same for score, same in scores if score >= threshold]
        return sum(found) / len(found), sum(found) / sum(same for _, same in scores)

    sure, unsure = precision_and_recall(SURE), precision_and_recall(UNSURE)
    print(f"sure: {sure[0]:.3f} {sure[1]:.3f}; unsure: {unsure[0]:.3f} {unsure[1]:.3f} (precision, recall)")
    assert sure[0] >= 0.98
    assert sure[1] >= 0.7
    assert unsure[0] >= 0.92
    assert unsure[1] >= 0.92


@pytest.mark.parametrize(
    ("other", "conflict"),
    [
        (LIGHT.replace("Melati", "Kenanga"), "street"),
        (LIGHT.replace("Melati", "Melati II").replace("Desa", "Gang Mawar 2 Desa"), ""),
        (LIGHT.replace("RT 3", "RT 4"), "rt"),
        (LIGHT.replace("RW 5", "RW 6"), "rw"),
        (LIGHT.replace("Sukamaju", "Wonosari"), "village"),
    ],
)
def test_another_place_is_another_event_however_alike_the_words(other: str, conflict: str) -> None:
    judgement = judged(LIGHT, other)

    assert judgement.conflict == conflict
    assert judgement.score < SURE


@pytest.mark.parametrize(
    ("one", "two", "conflict"),
    [
        ("Sampah di Gang Mawar 2 tidak diangkut", "Sampah di Gang Mawar 3 tidak diangkut", "gang"),
        ("Lubang di Jl. Siak Barat dekat pasar", "Lubang di Jl. Siak Timur dekat pasar", "street"),
        ("Jembatan putus di km 12 arah Nganjuk", "Jembatan putus di km 15 arah Nganjuk", "km"),
        ("Pungli di SDN 3 Kepanjen Malang", "Pungli di SDN 4 Kepanjen Malang", "school"),
        ("Listrik padam di Desa Wates tgl 5 Maret", "Listrik padam di Desa Wates tgl 9 Maret", "date"),
        ("KTP saya NIK 3174012345670001 belum jadi", "KTP saya NIK 3174012345670002 belum jadi", "nik"),
        ("KTP atas nama Budi Santoso belum jadi", "KTP atas nama Agus Wijaya belum jadi", "person"),
        ("Truk B 1234 XYZ ugal-ugalan di tol", "Truk B 9876 KLM ugal-ugalan di tol", "plate"),
        ("Dana desa Wates tahun 2023 dikorupsi", "Dana desa Wates tahun 2024 dikorupsi", "year"),
        ("Banjir di Kec. Cikupa Kab. Tangerang", "Banjir di Kec. Cikupa Kab. Nganjuk", "regency"),
    ],
)
def test_another_number_date_or_person_is_another_event(one: str, two: str, conflict: str) -> None:
    assert judged(one, two) == Judgement(score=0.0, conflict=conflict)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (LIGHT, LIGHT + " Mohon dibalas, ini laporan kedua saya."),
        (LIGHT, "lmpu jln di jl melati rt3/5 ds sukamaju blm nyala jg mhn diperbaiki pak"),
        (LIGHT, LIGHT.upper()),
        (LIGHT, LIGHT.replace("Sukamaju", "Sukmaju").replace("seminggu", "semingu")),
    ],
)
def test_a_repeat_is_sure(one: str, two: str) -> None:
    judgement = judged(one, two)

    assert judgement.score >= SURE
    assert judgement.reasons


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Jl.Sudirman banjir setinggi lutut sejak pagi", "Jl.Sudirman lampu merah mati sejak pagi"),
        ("Sampah menumpuk di Jalan Mawar Kelurahan Kebon Jeruk", "Pohon tumbang di Jalan Mawar Kelurahan Kebon Jeruk"),
        (LIGHT, "Bansos PKH saya belum cair di Desa Sukamaju"),
    ],
)
def test_another_matter_at_the_same_place_is_nothing_to_ask_about(one: str, two: str) -> None:
    assert judged(one, two).score < UNSURE


@pytest.mark.parametrize("text", ["Lampu mati", "Mohon bantuannya, terima kasih", "Assalamualaikum pak", "", "👍"])
def test_too_little_is_never_judged_the_same(text: str) -> None:
    assert judged(text, text).score < UNSURE


def test_an_exchanged_name_is_never_sure() -> None:
    one = "Sampah menumpuk di depan warung Sugeng RT 5 Desa Alakasing, bau busuk"

    assert UNSURE <= judged(one, one.replace("Sugeng", "Tukijan")).score < SURE


def test_a_place_that_only_one_names_is_never_sure() -> None:
    assert judged(LIGHT, "Lampu jalan mati sudah seminggu gelap").score < SURE


def test_the_same_words_are_identical_whatever_the_courtesy() -> None:
    assert identical(comparable("Lampu mati di Jl. Melati"), comparable("mhn pak lmpu mati di jln Melati, trims"))
    assert not identical(comparable("Lampu mati"), comparable("Listrik mati"))
    assert not identical(comparable("terima kasih"), comparable("mohon"))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_are_judged_alike_in_both_directions(one: str, two: str) -> None:
    forth, back = judged(one, two), judged(two, one)

    assert (forth.score, bool(forth.conflict)) == (back.score, bool(back.conflict))
    assert 0 <= forth.score <= 1


def test_real_pairs_are_judged_alike_in_both_directions() -> None:
    pairs = [json.loads(line) for line in SAMPLE.read_text().splitlines()]

    for pair in pairs:
        assert judged(pair["query"], pair["base"]).score == judged(pair["base"], pair["query"]).score


def test_reasons_hold_none_of_the_reporters_words() -> None:
    judgement = judged(LIGHT, LIGHT + " sampai sekarang")

    assert not any(word in " ".join(judgement.reasons).lower() for word in ("melati", "sukamaju", "seminggu"))
