"""Javanese and Sundanese words for the bot: understood as they are, and never where they say something else."""

import pytest

from core.commands import read_command
from core.dialogue.vocabulary import REGIONAL, Word, begins, greets, read_word, vocabulary

UNDERSTOOD: dict[Word, tuple[str, ...]] = {
    Word.BEGIN: ("Kulo badhe lapur", "arep lapur", "Abdi bade lapor", "Hoyong lapor, punten"),
    Word.SEND: ("Kintun", "kirim wae", "Kirim ayeuna"),
    Word.SKIP: ("Mboten ngertos, pak", "ora ngerti", "Teu terang", "henteu terang"),
    Word.CANCEL: ("ora sido", "Mboten sios", "Teu jadi"),
    Word.YES: ("Nggih", "inggih pak", "Muhun", "Enya", "leres"),
    Word.NO: ("ora", "Mboten", "henteu", "Teu", "Teu acan"),
    Word.DONE: ("wis rampung", "Sampun", "Parantos", "sakitu wae"),
    Word.PERSON: ("Nyuwun petugas", "badhe matur petugas", "hoyong nyarios sareng petugas"),
}


@pytest.mark.parametrize(("word", "text"), [(word, text) for word, texts in UNDERSTOOD.items() for text in texts])
def test_a_word_of_the_region_is_understood(word: Word, text: str) -> None:
    assert read_word(text) is word
    assert read_command(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Kampung",
        "Lampung",
        "kampung rambutan",
        "Bali",
        "Mangga Besar",
        "Duka",
        "Sugeng",
        "Wilujeng",
        "Alim",
        "Sumur",
        "Rampang",
        "Ora ana banyu wis telung dina",
        "Teu aya cai di Cibiru",
        "Wis telung dina lampu dalan mati",
        "Parantos sabulan jalan ruksak",
        "Kintun raskin telat terus ing desa kula",
        "Mboten wonten petugas ing kelurahan Kepanjen",
        "Mengko bengi listrik mati maneh",
        "Nggih lurah kula njaluk dhuwit",
        "Rusiah nagara",
        "Leres-leres parah jalan di Garut",
    ],
)
def test_a_name_or_a_complaint_is_none(text: str) -> None:
    assert read_word(text) is None
    assert not begins(text)


@pytest.mark.parametrize("text", ["Sugeng enjing", "Kulo nuwun", "Sampurasun", "Wilujeng siang pak", "Punten"])
def test_a_greeting_of_the_region_greets(text: str) -> None:
    assert greets(text)


@pytest.mark.parametrize("text", ["Matur nuwun", "Hatur nuhun", "Sugeng", "Punten, jalan ruksak di Cibiru"])
def test_thanks_names_and_complaints_do_not_greet(text: str) -> None:
    assert not greets(text)


def test_no_word_of_the_region_takes_another_meaning_from_one_of_ours() -> None:
    rows = [line.split("\t") for line in REGIONAL.read_text().splitlines() if line and not line.startswith("#")]
    said = [(kind, phrase) for kind, words in rows if kind != "greeting" for phrase in words.split(", ")]

    assert [(kind, phrase) for kind, phrase in said if vocabulary().phrases[phrase] is not Word(kind)] == []
