"""Messages as citizens write them: no two alike, from senders that write once."""

import random
from collections.abc import Iterator

MATTERS = (
    "Lampu jalan mati sudah 3 minggu, gelap sekali dan rawan jambret",
    "Jalan berlubang dalam, kemarin ada pengendara motor jatuh",
    "Air PDAM tidak mengalir sejak Senin, warga beli air galon terus",
    "Sampah menumpuk belum diangkut, baunya sampai ke rumah warga",
    "Got mampet, tiap hujan banjir sampai lutut orang dewasa",
    "Bansos PKH belum cair padahal tetangga sudah terima semua",
    "Guru sering tidak masuk, anak2 pulang jam 9 pagi terus",
    "Pungli pengurusan KTP diminta 50rb oleh oknum kelurahan",
    "Antrian puskesmas dari subuh, dokter baru datang jam 10",
    "Pupuk subsidi langka, di kios dijual dua kali harga eceran",
)
STREETS = (
    "Jl. Kenanga",
    "Jl. Melati Raya",
    "Gg. Haji Mansur",
    "Perum Griya Asri blok",
    "Dusun Sidorejo RT 02 RW",
    "Jl. Diponegoro",
)
TOWNS = (
    "Kota Bekasi",
    "Kab. Nganjuk",
    "Kota Tangerang",
    "Kab. Sidoarjo",
    "Kota Makassar",
    "Kab. Gunungkidul",
    "Kota Jayapura",
)
PLEAS = ("Mohon ditindaklanjuti.", "Tolong pak segera dicek", "trims", "Terima kasih sebelumnya.", "mhn bantuannya")
PICTURES = ("\U0001f64f", "\U0001f622", "“parah”")
WITH_PICTURE = 0.05


def write_messages(count: int, *, seed: int) -> Iterator[tuple[str, str]]:
    """Pairs of sender and text; one in twenty texts needs UCS-2. Each fits one SMS."""
    chance = random.Random(seed)
    for number in range(count):
        yield f"628{chance.randrange(11, 99)}{seed % 100:02}{number:07}", _write(chance, number)


def _write(chance: random.Random, number: int) -> str:
    place = f"{chance.choice(STREETS)} {number}"
    if chance.random() < WITH_PICTURE:
        return f"{place} lampu mati, gelap {chance.choice(PICTURES)}"
    return f"{chance.choice(MATTERS)} di {place} {chance.choice(TOWNS)}. {chance.choice(PLEAS)}"


def write_long(chance: random.Random, number: int) -> str:
    """A text of three SMS pieces (GSM: 307 to 459 characters)."""
    matters = chance.sample(MATTERS, 4)
    place = f"{chance.choice(STREETS)} {number} {chance.choice(TOWNS)}"
    return f"Yth. Bapak/Ibu, kami warga {place} melapor: {'; '.join(matters)}. {chance.choice(PLEAS)} Sekian."
