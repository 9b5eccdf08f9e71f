"""Commands: what is read as one, and above all what is not."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tracking
from core.commands import (
    is_courtesy,
    is_thanks,
    is_yes,
    read_choice,
    read_command,
    read_in_thread,
    read_verb,
    says_yes,
    without_pin,
)
from core.dialogue.vocabulary import read_word
from core.model.message import Command, Verb

N = "4821093759"
S, A, P, U, W = Verb.STATUS, Verb.ANSWER, Verb.SATISFIED, Verb.UNSATISFIED, Verb.WITHDRAW


def status(number: str = N, **more: str) -> Command:
    return Command(S, tracking_id=number, **more)


COMMANDS: list[tuple[str, Command]] = [
    ("4821093759", status()),
    ("4821 093 759.", status()),
    ("#4821093759 482913", status(pin="482913")),
    ("Nomor laporan saya 4821 093 759", status()),
    ("STATUS 4821093759", status()),
    ("status 4821 093 759", status()),
    ("Status: #4821-093-759", status()),
    ("CEK 4821.093.759", status()),
    ("cek no 4821093759", status()),
    ("Cek no. 4821093759 pak", status(text="pak")),
    ("lacak laporan 4821 093 759", status()),
    ("status laporan saya nomor 4821 093 759", status()),
    ("cek status laporan 4821093759", status()),
    ("STATUS4821093759", status()),
    ("status,4821093759.", status()),
    ("/status 4821093759", status()),
    ("#STATUS 4821093759", status()),
    ("@lapor1708 STATUS 4821093759", status()),
    ("*STATUS* 4821093759", status()),
    ("STATSU 4821093759", status()),
    ("SATUS 4821093759", status()),
    ("STTS 4821093759", status()),
    ("Staus 4821093759", status()),
    ("statuss 4821093759", status()),
    ("LACKA 4821093759", status()),
    ("check 4821093759", status()),
    ("STATUS 4821093759 123456", status(pin="123456")),
    ("STATUS 4821 093 759 123456", status(pin="123456")),
    ("STATUS 4821093759 PIN 123456", status(pin="123456")),
    ("status 4821093759 pin: 123 456", status(pin="123456")),
    ("STATUS 4821093759 1234", status(pin="1234")),
    ("Tolong cek 4821093759", status()),
    ("Mohon pak, cek laporan 4821 093 759", status()),
    ("status 4821093759 kok belum ada kabar, lampu masih mati", status(text="kok belum ada kabar, lampu masih mati")),
    ("STATUS 4821093756", status("4821093756")),
    ("STATUS 6164863", status("6164863")),
    ("STATUS 482109375", status("482109375")),
    ("STATUS", Command(S)),
    ("Status?", Command(S)),
    ("statsu", Command(S)),
    ("status laporan saya", Command(S)),
    ("Cek status laporan saya pak", Command(S)),
    ("cek laporan", Command(S)),
    ("BALAS 4821093759 Alamatnya Jl. Mawar 5, depan masjid", Command(A, N, text="Alamatnya Jl. Mawar 5, depan masjid")),
    ("balas no 4821 093 759: RT 03/05", Command(A, N, text="RT 03/05")),
    ("BALSA 4821093759 sudah saya kirim fotonya", Command(A, N, text="sudah saya kirim fotonya")),
    ("BALAS 4821093759", Command(A, N)),
    ("BALAS 4821093756 nama jalannya Melati", Command(A, "4821093756", text="nama jalannya Melati")),
    ("BALAS 482109375 nama jalannya Melati", Command(A, "482109375", text="nama jalannya Melati")),
    ("PUAS 4821093759 5", Command(P, N, rating=5)),
    ("puas 4821 093 759 4", Command(P, N, rating=4)),
    ("Puas 4821093759, bintang 5. Terima kasih", Command(P, N, text="Terima kasih", rating=5)),
    ("PUAS 4821093759 5/5", Command(P, N, rating=5)),
    ("PUAS 4821093759", Command(P, N)),
    ("PUAS 4821093759 9", Command(P, N, text="9")),
    ("PUAS 5", Command(P, rating=5)),
    ("puas", Command(P)),
    ("Puas, terima kasih pak", Command(P)),
    ("PUAS 3.", Command(P, rating=3)),
    ("PUAS 4821093759? tidak, lampu masih mati", Command(U, N, text="tidak, lampu masih mati")),
    ("BELUM 4821093759 lampunya mati lagi", Command(U, N, text="lampunya mati lagi")),
    ("blm 4821093759 masih bocor", Command(U, N, text="masih bocor")),
    ("BELUM SELESAI 4821093759 masih bocor", Command(U, N, text="masih bocor")),
    ("Tidak puas 4821093759 jawabannya tidak jelas", Command(U, N, text="jawabannya tidak jelas")),
    ("BLEUM 4821093759 masih bocor", Command(U, N, text="masih bocor")),
    ("BATAL 4821093759", Command(W, N)),
    ("batalkan laporan 4821 093 759", Command(W, N)),
    ("BATLA 4821093759", Command(W, N)),
    ("BATAL", Command(W)),
    ("batal laporan saya", Command(W)),
    ("BANTUAN", Command(Verb.HELP)),
    ("info", Command(Verb.HELP)),
    ("Help!", Command(Verb.HELP)),
    ("INFO LAPOR 1708", Command(Verb.HELP)),
    ("bantaun", Command(Verb.HELP)),
    ("HLEP", Command(Verb.HELP)),
    ("STOP", Command(Verb.STOP)),
    ("stop lapor", Command(Verb.STOP)),
    ("Stop 1708", Command(Verb.STOP)),
    ("BERHENTI", Command(Verb.STOP)),
    ("berhnti", Command(Verb.STOP)),
    ("setop", Command(Verb.STOP)),
    ("STOPP", Command(Verb.STOP)),
    ("/start", Command(Verb.START)),
    ("MULAI", Command(Verb.START)),
    ("mulia", Command(Verb.START)),
]


IN_OTHER_LANGUAGES: list[tuple[str, Command]] = [
    ("STATUS of my report 4821 093 759", status()),
    ("Please check report number 4821 093 759", status()),
    ("track 4821093759", status()),
    ("Status of my report", Command(S)),
    ("ANSWER 4821093759 near the mosque, RT 03", Command(A, N, text="near the mosque, RT 03")),
    ("ANSWRE 4821093759 near the mosque", Command(A, N, text="near the mosque")),
    ("Reply 4821 093 759: yes, on Monday", Command(A, N, text="yes, on Monday")),
    ("SATISFIED 4821093759 5", Command(P, N, rating=5)),
    ("satisifed 4821093759 4, thank you", Command(P, N, text="thank you", rating=4)),
    ("Satisfied, thank you very much", None),
    ("Satisfied, thanks", Command(P)),
    ("SATISFIED 4821093759? It isn't solved", Command(U, N, text="It isn't solved")),
    ("UNSOLVED 4821093759 the lamp is still off", Command(U, N, text="the lamp is still off")),
    ("Not satisfied 4821093759 nobody came", Command(U, N, text="nobody came")),
    ("not solved 4821093759", Command(U, N)),
    ("Unsatisfied 4821093759 nobody came", Command(U, N, text="nobody came")),
    ("CANCEL 4821093759", Command(W, N)),
    ("Cancel my report please", Command(W)),
    ("cnacel 4821093759", Command(W, N)),
    ("HELP", Command(Verb.HELP)),
    ("Help please", Command(Verb.HELP)),
    ("Stop messages", Command(Verb.STOP)),
    ("Tulung cek 4821093759", status()),
    ("Nyuwun tulung, cek laporan 4821 093 759", status()),
    ("WANGSULAN 4821093759 cedhak masjid", Command(A, N, text="cedhak masjid")),
    ("DURUNG 4821093759 lampune isih mati", Command(U, N, text="lampune isih mati")),
    ("Ora puas 4821093759 jalane isih rusak", Command(U, N, text="jalane isih rusak")),
    ("Mboten puas 4821093759", Command(U, N)),
    ("Teu puas 4821093759 lampu masih pareum", Command(U, N, text="lampu masih pareum")),
    ("WURUNG 4821093759", Command(W, N)),
    ("pitulungan", Command(Verb.HELP)),
    ("Bantosan", Command(Verb.HELP)),
    ("mandheg", Command(Verb.STOP)),
    ("eureun", Command(Verb.STOP)),
    ("mimiti", Command(Verb.START)),
]


@pytest.mark.parametrize(("text", "command"), IN_OTHER_LANGUAGES, ids=[text for text, _ in IN_OTHER_LANGUAGES])
def test_a_command_is_understood_in_other_languages(text: str, command: Command | None) -> None:
    assert read_command(text) == command


CONTINUATIONS = [
    "LANJUT 7KQ2MX",
    "lanjut 7kq2mx",
    "Lanjut kode 7kq2mx",
    "lanjut dengan kode: 7KQ2MX.",
    "LANJUTKAN 7KQ2MX pak",
    "LNAJUT 7KQ2MX",
    "lanjt 7kq2mx",
    "LANJUT 7KQ 2MX",
    "LANJUT 7kq-2mx",
    "LANJUT '7KQ2MX'",
    "CONTINUE 7KQ2MX",
    "continue with code 7kq2mx, thanks",
    "/start 7KQ2MX",
]


@pytest.mark.parametrize("text", CONTINUATIONS)
def test_a_talk_goes_on_by_its_code(text: str) -> None:
    assert read_command(text) == Command(Verb.CONTINUE, text="7KQ2MX")


@pytest.mark.parametrize(("text", "code"), [("LANJUT O1K2MX", "01K2MX"), ("lanjut 0lk2mx", "01K2MX")])
def test_letters_that_look_like_digits_are_understood_as_these(text: str, code: str) -> None:
    assert read_command(text) == Command(Verb.CONTINUE, text=code)


@pytest.mark.parametrize(
    "text",
    [
        "lanjut",
        "Lanjut ke laporan saya",
        "lanjut proses",
        "lanjutkan laporan saya tadi",
        "Lanjut 7KQ2M",
        "lanjut 7KQ2MXA",
        "LANJUT 7KQ2MX jalan masih rusak",
        "Lanjutkan pembangunan jembatan yang 5 tahun mangkrak",
        "lanjut 2 minggu air mati",
        "terus 7KQ2MX",
        "continue to charge illegal fees at SDN 3",
        "continue",
        "kode 7KQ2MX",
        "Teruskan ke dinas PUPR",
        "LANJUT BESOKK",
        "Lanjut 4821093759",
        "lanjut 4821",
        "lanjut OOOIII",
    ],
)
def test_words_that_only_go_on_are_no_code(text: str) -> None:
    assert read_command(text) is None


@given(st.integers(0, 2**32), st.sampled_from(["", " ", "-"]), st.booleans())
def test_every_code_is_read_however_it_is_copied(seed: int, between: str, upper: bool) -> None:
    code = tracking.new_code(Random(seed).randrange)
    copied = f"{code[:3]}{between}{code[3:]}".replace("0", "O").replace("1", "I")

    command = read_command(f"lanjut {copied if upper else copied.lower()}")

    assert command == Command(Verb.CONTINUE, text=code)


@pytest.mark.parametrize(("text", "command"), COMMANDS, ids=[text for text, _ in COMMANDS])
def test_a_command_is_understood(text: str, command: Command) -> None:
    assert read_command(text) == command


REPORTS = [
    "Info jalan rusak di depan pasar Ciputat",
    "info pak, lampu jalan mati",
    "Bantuan sosial tidak pernah cair di desa kami",
    "Bantuan PKH belum cair 3 bulan",
    "Help lampu mati semua di Jl. Merdeka",
    "Stop pungli di SDN 3 Kepanjen",
    "STOP truk lewat jalan kampung",
    "Berhenti mengambil pungutan di kelurahan",
    "Mulai kemarin air PDAM mati",
    "Mulai jam 8 listrik padam",
    "start motor tidak bisa karena BBM campur air",
    "cek bansos tidak pernah cair",
    "Cek jalan rusak di Kec. Cikupa",
    "cek",  # stands in the list of commands below: alone it asks for the status
    "status KTP saya belum jadi 6 bulan",
    "Status tanah PTSL tidak jelas di Desa Sukamaju",
    "lacak HP saya hilang di terminal",
    "cek rekening 1234567890 penipuan bansos",
    "cek 1234567890 rekening penipu minta pulsa mengaku petugas",
    "cek NIK 3174012345670001 tidak terdaftar bansos",
    "Belum ada air PDAM 3 hari",
    "belum 3 hari jalan sudah rusak lagi",
    "BELUM 2024 selesai jembatan sudah ambruk",
    "Belum dapat bantuan sejak 2023",
    "puas? tidak, pelayanan puskesmas buruk",
    "puas?",
    "Puas 5?",
    "batal 1234567890 kode tiket kereta uang tidak kembali",
    "Puas sekali korupsi pejabat di sini",
    "puas 5 tahun jalan rusak tidak diperbaiki",
    "Puas apa tidak warga tetap susah air",
    "Batal berangkat haji uang tidak kembali",
    "batal nikah karena KUA tutup",
    "batal 2 kali antre di Disdukcapil",
    "balas dendam warga RT 4 bikin resah",
    "Balas laporan saya dong, sudah seminggu",
    "balai desa 4821 rusak",
    "tidak puas dengan pelayanan kelurahan",
    "statis 3 tahun harga pupuk tidak turun",
    "mulai",  # alone it is a command; see below
    "Paus terdampar di pantai Parangtritis",
    "satu minggu sampah tidak diangkut",
    "Tolong cek jalan rusak di Jl. Sudirman",
    "Mohon info jadwal SIM keliling",
    "Lampu jalan mati di Jl. Melati RT 3",
    "",
    "   ",
    "@",
    "👍",
    "1",
    "STATUSKAN jalan ini sebagai jalan kabupaten",
    "infokan ke dinas PUPR jembatan putus",
    "stopkontak kelurahan terbakar",
    "puasa sebentar lagi harga naik",
]
ALSO_COMMANDS = {"cek", "mulai"}
REPORTS_IN_OTHER_WORDS = [
    "Cancel tiket kereta, uang tidak dikembalikan PT KAI",
    "cancel order pupuk bersubsidi sepihak oleh kios",
    "Help banjir di Kampung Melayu sudah sepinggang",
    "Reply dari Disdukcapil tidak pernah ada",
    "Track record pengembang perumahan ini buruk, fasum tidak diserahkan",
    "Truk sampah tidak pernah lewat RW 07",
    "Link pendaftaran PPDB tidak bisa dibuka",
    "Message center kelurahan tidak menjawab",
    "Not satisfied with the service at the immigration office",
    "Please fix the street lamp at Jl. Kenanga 5",
    "The status of my land certificate is unclear since 2023",
    "Cancel the illegal parking fee at the market",
    "Stop the trucks on our village road",
    "Start of school delayed, no teachers at SDN 3",
    "Answer sheets of the exam were sold at SMAN 2",
    "Continue the road works at KM 7",
    "Durung ana banyu PDAM telung dina",
    "Dereng angsal bantuan PKH dugi sapunika",
    "Ora puas karo pelayanan puskesmas",
    "Mboten wonten petugas ing kelurahan",
    "Wurung dibangun, dhuwite ilang",
    "Tulung dalan rusak ing Desa Sukamaju didandani",
    "Nyuwun bantuan, griya kula kebanjiran",
    "Punten, lampu jalan di RT 03 pareum",
    "Henteu aya cai ti kamari",
    "Teu puas kana palayanan desa",
    "Bantosan sosial teu acan cair",
    "Eureun heula mungut pungli di pasar",
    "Mimiti kamari listrik pareum",
    "Mandheg wae le pungli neng terminal",
    "Jawab dong laporan saya",
    "Jawaban petugas loket tidak sopan",
    "New building without permit next to the school",
]


@pytest.mark.parametrize("text", REPORTS_IN_OTHER_WORDS)
@pytest.mark.parametrize("public", [False, True])
def test_a_report_that_begins_with_a_word_of_another_language_is_never_swallowed(text: str, public: bool) -> None:
    assert read_command(text, public=public) is None
    assert not is_courtesy(text)


@pytest.mark.parametrize("text", [text for text in REPORTS if text not in ALSO_COMMANDS])
def test_a_report_is_never_swallowed(text: str) -> None:
    assert read_command(text) is None


numbers = st.integers(10**8, 10**9 - 1).map(lambda body: f"{body}{tracking.check_digit(str(body))}")
separators = st.sampled_from(["", " ", ".", "-", " #"])


@given(numbers, separators, separators, st.sampled_from(["STATUS", "Cek", "lacak", "BATAL", "Puas"]))
def test_a_number_is_read_behind_any_verb_however_it_is_written(number: str, one: str, two: str, verb: str) -> None:
    command = read_command(f"{verb} {number[:4]}{one}{number[4:7]}{two}{number[7:]}")

    assert command is not None
    assert command.tracking_id == number


@given(st.text(max_size=300), st.sampled_from(["", "STATUS ", "BALAS ", "PUAS ", "BELUM ", "BATAL ", "STOP ", "INFO "]))
def test_any_text_has_an_answer(text: str, start: str) -> None:
    command = read_command(start + text)

    assert command is None or command.verb in Verb


@pytest.mark.parametrize(
    "text", ["STATUS " + "no " * 7000, "@a" * 10_000, "-" * 20_000, "1 " * 10_000, "BALAS " + "1" * 20_000]
)
def test_a_long_text_does_not_keep_the_reader_busy(text: str) -> None:
    assert read_command(text) is None


LONG_VERBS = [
    "status",
    "lacak",
    "balas",
    "belum",
    "batal",
    "bantuan",
    "berhenti",
    "mulai",
    "lanjut",
    "answer",
    "satisfied",
    "unsolved",
    "cancel",
    "continue",
]


@given(st.sampled_from(LONG_VERBS), st.data())
def test_one_slip_is_never_taken_for_another_verb(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    slips = [
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
    ]

    assert all(read_verb(slip) in {read_verb(word), None} for slip in slips)


@pytest.mark.parametrize("word", ["batas", "balal", "puasa", "infra", "stok", "helm", "ceki", "satu", "tatus1x"])
def test_a_word_that_only_looks_like_a_verb_is_none(word: str) -> None:
    assert read_verb(word) is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        *[
            (text, 1)
            for text in ("1", "1.", " 1 ", "(1)", "satu", "Satu pak", "no 1", "1 tambahan", "Balas 1", "yang pertama")
        ],
        *[
            (text, 2)
            for text in ("2", "2)", "dua", "DUA", "nomor 2", "pilih 2 ya", "2 laporan baru", "Laporan baru", "ke 2")
        ],
        *[
            (text, None)
            for text in ("", "3", "12", "1 2", "1 lampu mati", "dua lampu mati", "tidak", "1" * 500, "laporan")
        ],
    ],
)
def test_a_choice_is_one_or_two_and_nothing_more(text: str, choice: int | None) -> None:
    assert read_choice(text) == choice


@pytest.mark.parametrize(
    "text",
    [
        "YA",
        "ya.",
        "Iya benar pak",
        "sudah benar terima kasih",
        "Ok",
        "y",
        "Betul, semua sudah sesuai",
        "Yes, that is correct",
        "Nggih",
        "Inggih, leres",
        "Muhun",
        "enya",
    ],
)
def test_yes_confirms_what_was_read_back(text: str) -> None:
    assert is_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tidak",
        "ya tapi salah alamat",
        "yes but the street is wrong",
        "that is it",
        "mboten leres",
        "henteu leres",
        "benar tapi RT 05 bukan RT 03",
        "belum benar",
        "pak",
        "terima kasih",
        "jalan",
    ],
)
def test_a_doubt_or_a_correction_is_no_yes(text: str) -> None:
    assert not is_yes(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("STATUS 1234567890 654321", "STATUS 1234567890 ••••••"),
        ("BALAS 1234 567 890 pin 654-321 Sudah", "BALAS 1234 567 890 pin •••••• Sudah"),
        (
            "Nomor laporan Anda 1234 567 890. PIN Anda 654321. Simpan",
            "Nomor laporan Anda 1234 567 890. PIN Anda ••••••. Simpan",
        ),
        ("482913 lubangnya makin dalam", "•••••• lubangnya makin dalam"),
        ("Hubungi 081234567890, biaya 500000", "Hubungi 081234567890, biaya 500000"),
    ],
)
def test_a_pin_is_shown_to_nobody_else(written: str, shown: str) -> None:
    assert without_pin(written, "482913") == shown


IN_THREAD: list[tuple[str, Command | None]] = [
    ("PUAS 5", Command(P, rating=5)),
    ("Puas 4, terima kasih sudah diperbaiki", Command(P, text="terima kasih sudah diperbaiki", rating=4)),
    ("BELUM jalan masih rusak", Command(U, text="jalan masih rusak")),
    ("Belum.", Command(U)),
    ("Tidak puas, lubangnya masih ada", Command(U, text="lubangnya masih ada")),
    ("BALAS besok saya di rumah", Command(A, text="besok saya di rumah")),
    ("SATISFIED 5 thank you", Command(P, text="thank you", rating=5)),
    ("UNSOLVED the lamp is still off", Command(U, text="the lamp is still off")),
    ("Not satisfied, nobody came", Command(U, text="nobody came")),
    ("ANSWER tomorrow at ten", Command(A, text="tomorrow at ten")),
    ("BALAS", None),
    ("Puas sekali", None),
    ("Blm ada petugas", None),
    ("Batal saja kalau begitu, saya urus sendiri ke kelurahan", None),
    ("Status jalan di sini masih sama", None),
    ("Lubangnya belum ditutup", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "command"), IN_THREAD)
def test_in_the_thread_of_a_report_some_commands_need_no_number(text: str, command: Command | None) -> None:
    assert read_in_thread(text) == command


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Terima kasih", True),
        ("Baik pak, terimakasih atas bantuannya 🙏", True),
        ("Terima kasih sudah dibantu, semoga sukses selalu", True),
        ("Baik", False),
        ("", False),
        ("Terima kasih, tapi jalan masih rusak", False),
        ("Terima kasih belum ada petugas", False),
        ("terima kasih " * 20, False),
        ("Thank you very much for your help", True),
        ("Matur nuwun sanget pak", True),
        ("Hatur nuhun pisan", True),
        ("Thank you but it is still broken", False),
        ("you", False),
    ],
)
def test_thanks_and_nothing_more(text: str, thanks: bool) -> None:
    assert is_thanks(text) is thanks


@pytest.mark.parametrize(("text", "courtesy"), [("", True), ("Mohon pak, trims", True), ("Jalan rusak", False)])
def test_courtesy_says_nothing(text: str, courtesy: bool) -> None:
    assert is_courtesy(text) is courtesy


@pytest.mark.parametrize(("text", "yes"), [("Ya, terima kasih", True), ("terima kasih", False), ("bayar", False)])
def test_a_word_of_agreement_is_seen(text: str, yes: bool) -> None:
    assert says_yes(text) is yes


ASIDES: list[tuple[str, Command | None]] = [
    ("PESAN", Command(Verb.MESSAGE)),
    ("pesan", Command(Verb.MESSAGE)),
    ("@lapor1708 Pesan!", Command(Verb.MESSAGE)),
    ("#PESAN", Command(Verb.MESSAGE)),
    ("Pesan min, terima kasih", Command(Verb.MESSAGE)),
    ("PESAN 4821 093 759", Command(Verb.MESSAGE, N)),
    ("pesan laporan nomor 4821093759 pak", Command(Verb.MESSAGE, N)),
    ("TAUTAN", Command(Verb.LINK)),
    ("@lapor1708 tautan", Command(Verb.LINK)),
    ("Tautan #4821-093-759", Command(Verb.LINK, N)),
    ("Pesan saya belum dijawab", None),
    ("pesan saya", None),
    ("Pesan makanan di kantin RSUD selalu lama", None),
    ("PESAN 4821093759 lampu masih mati", None),
    ("tautan di situs Dinas Pendidikan rusak", None),
    ("tautan4", None),
    ("pesen", None),
    ("tauatn", None),
    ("pesanan", None),
    ("tolong tautan", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "command"), ASIDES, ids=[text for text, _ in ASIDES])
def test_two_more_words_mean_something_where_everyone_reads(text: str, command: Command | None) -> None:
    assert read_command(text, public=True) == command


@pytest.mark.parametrize("text", [text for text, _ in ASIDES])
def test_elsewhere_they_are_everyday_words(text: str) -> None:
    assert read_command(text) is None


@pytest.mark.parametrize(("text", "command"), COMMANDS, ids=[text for text, _ in COMMANDS])
def test_every_other_command_is_read_there_as_well(text: str, command: Command) -> None:
    assert read_command(text, public=True) == command


@given(st.text(max_size=300))
def test_no_text_is_too_odd_for_the_two_words(text: str) -> None:
    command = read_command(f"pesan {text}", public=True)

    assert command is None or command.verb is Verb.MESSAGE


DESCRIBED = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
SAID = sorted(set(re.findall(r"`([A-Z][A-Z ]+?)(?: nomor| kode| teks| \[[^\]]*\])*`", DESCRIBED)))


@pytest.mark.parametrize("words", SAID)
def test_whatever_is_described_is_understood(words: str) -> None:
    said = (read_command(f"{words}{behind}", public=True) for behind in ("", f" {N}", " 7KQ2MX"))

    assert any(said) or read_word(words)
