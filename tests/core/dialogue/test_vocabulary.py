"""Words for the bot, and above all what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands import read_command
from core.dialogue.vocabulary import LONGEST, Word, begins, greets, read_number, read_word, says_nothing, vocabulary
from core.model.message import Verb

W = Word
READ: list[tuple[str, Word]] = [
    *(
        (text, W.BEGIN)
        for text in (
            "LAPOR",
            "lapor",
            "Lapor!",
            "/lapor",
            "mau lapor pak",
            "/start",
            "/lapor@LaporBot",
            "lpor",
            "saya mau melapor",
        )
    ),
    *(
        (text, W.SEND)
        for text in ("KIRIM", "kirim.", "Kirim ya pak", "kiirm", "kirim 🙏", "tolong kirim", "send", "ya kirim saja")
    ),
    *(
        (text, W.SKIP)
        for text in ("LEWATI", "-", "0", "tdk tau", "gak tau pak", "ga tahu", "lwati", "lupa min", "skip")
    ),
    *((text, W.BACK) for text in ("KEMBALI", "kmbali", "kembali dong", "undo")),
    *((text, W.RESTART) for text in ("ULANG", "ulangi", "ulnag", "ulang dari awal")),
    *((text, W.CANCEL) for text in ("BATAL", "batla", "gak jadi", "batalkan laporan", "cancel")),
    *((text, W.YES) for text in ("ya", "Iya pak", "y", "ok", "ok siap", "👍", "👍🏽", "betul", "yes")),
    *((text, W.NO) for text in ("tidak", "tdk", "gak usah", "nanti saja", "jangan", "no")),
    *((text, W.NEW) for text in ("BARU", "laporan baru", "yang baru ya")),
    *(
        (text, W.PERSON)
        for text in (
            "PETUGAS",
            "petgas",
            "bicara dengan petugas",
            "bicara dg petugas",
            "admin",
            "CS",
            "Ada orang?",
            "is anyone there?",
        )
    ),
    *((text, W.LANGUAGE) for text in ("bahasa", "LANGUAGE", "langauge")),
    *((text, W.ENGLISH) for text in ("english please", "bahasa inggris")),
    *((text, W.PRIVACY) for text in ("PRIVASI", "privsi", "privacy")),
    *((text, W.ANONYMOUS) for text in ("anonim", "Rahasiakan nama saya", "annim", "rahasiakn nama saya")),
    *((text, W.SECRET) for text in ("rahasia", "rahasiakan laporan")),
    *((text, W.DONE) for text in ("selesai", "slesai", "sudah", "itu saja")),
]
NONE = [
    "petugas kelurahan minta uang",
    "kirim sampah ke sungai",
    "lapor jalan rusak",
    "batal terus setiap daftar",
    "ulang tahun kota macet",
    "bahasa gurunya kasar",
    "rahasia dokumen saya bocor",
    "admin desa korupsi",
    "baru saja terjadi",
    "sudah 3 hari",
    "lewat jalan itu berbahaya",
    "tidak ada air",
    "foto ktp saya disebar",
    "nama saya Siti",
    "pulang",
    "utang",
    "lapar",
    "batas",
    "Batam",
    "Batak",
    "kiri",
    "selasa",
    "tidak ada apa",
    "saya punya motor",
    "Ulan",
    "",
    "🙏",
    "٠",
    "K I R I M " * 20,
]


@pytest.mark.parametrize(("text", "word"), READ, ids=[text for text, _ in READ])
def test_a_word_is_read_in_any_case_with_courtesy_and_one_slip(text: str, word: Word) -> None:
    assert read_word(text) is word


@pytest.mark.parametrize("text", NONE)
def test_everyday_words_are_no_words_for_the_bot(text: str) -> None:
    assert read_word(text) is None


def test_without_slips_a_name_is_a_name() -> None:
    assert read_word("Annim", slips=False) is None


@pytest.mark.parametrize("text", sorted(vocabulary().phrases))
def test_no_word_for_the_bot_is_a_command_elsewhere(text: str) -> None:
    command = read_command(text)

    assert command is None or command.verb in {Verb.WITHDRAW, Verb.START}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            (text, 2)
            for text in ("2", "2.", " 2 ", "no 2", "nomor 2 pak", "dua", "yang kedua", "pilih 2", "#2", "2)", "two")
        ),
        *((text, None) for text in ("2 hari", "22222", "dua orang", "", "2 3", "nomor", "2" * 100)),
    ],
)
def test_a_number_is_read_alone(text: str, number: int | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "is_greeting"),
    [
        *((text, True) for text in ("Halo", "assalamualaikum wr wb", "Selamat pagi pak", "hai min", "p", "Permisi bu")),
        *((text, False) for text in ("terima kasih", "", "🙏", "selamat", "pak", "pagi ini banjir", "halo " * 50)),
    ],
)
def test_a_greeting_is_nothing_but_a_greeting(text: str, is_greeting: bool) -> None:
    assert greets(text) is is_greeting


@pytest.mark.parametrize("text", ["LAPOR", "halo", "petugas", "bahasa", "privasi"])
def test_these_ask_for_the_bot_where_it_speaks_on_request(text: str) -> None:
    assert begins(text)


@pytest.mark.parametrize("text", ["kirim", "ya", "1", "", "terima kasih", "batal", "rahasia", "lapor jalan rusak"])
def test_these_do_not(text: str) -> None:
    assert not begins(text)


@given(st.text(min_size=LONGEST + 1))
def test_a_long_text_is_no_word(text: str) -> None:
    assert read_word(text) is None
    assert read_number(text) is None


@given(st.text(max_size=LONGEST))
def test_whatever_is_said_can_be_read(text: str) -> None:
    read_word(text), read_number(text), says_nothing(text), begins(text)
