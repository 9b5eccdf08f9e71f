"""What staff read beside a field that cannot be taken: what is wrong, and what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kind": "Jenis formulir tidak dikenal. Pilih Surat, Telepon, Datang langsung, Twitter, atau Lainnya.",
        "token": "Formulir ini tidak lengkap. Buka formulir baru, lalu salin isinya.",
        "text": "Tulis isi laporan: apa yang terjadi, di mana, dan kapan.",
        "text_long": "Isi laporan terlalu panjang. Ringkas sampai 20.000 huruf dan lampirkan naskah lengkapnya.",
        "classification": "Klasifikasi tidak dikenal. Pilih Pengaduan, Aspirasi, atau Permintaan Informasi.",
        "no_scan": "Unggah pindaian surat, atau centang Tanpa pindaian.",
        "old": "Tanggal ini lebih dari {days} hari yang lalu. Periksa lagi, lalu centang Tanggal lama sudah benar.",
        "date": "Tanggal tidak terbaca. Tulis misalnya 3/11/2026, 3 Nov 2026, atau 2026-11-03.",
        "future": "Tanggal ini belum tiba. Tulis hari ini atau hari sebelumnya.",
        "year": "Tahun ini terlalu lama. Periksa tahunnya.",
        "order": "Tanggal surat lebih baru daripada tanggal diterima. Periksa keduanya.",
        "phone": "Nomor telepon tidak terbaca. Tulis misalnya 0812 3456 7890 atau +62 812 3456 7890.",
        "no_contact": "Tulis nomor telepon penelepon, atau centang Nomor tidak diketahui.",
        "email": "Alamat surel tidak terbaca. Tulis misalnya nama@contoh.id.",
        "url": "Tautan harus diawali https:// atau http://. Salin dari bilah alamat peramban.",
    }
)
ASKED_FOR: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": "Tulis judul laporan, satu kalimat pendek.",
        "agenda_number": "Tulis nomor agenda surat seperti pada buku agenda.",
        "written_on": "Tulis tanggal surat seperti pada suratnya.",
        "received_on": "Tulis tanggal surat diterima: batas waktu dihitung dari tanggal ini.",
        "name": "Tulis nama pelapor yang datang.",
        "url": "Tempelkan tautan tweet, misalnya https://x.com/nama/status/1234567890.",
    }
)
LONGEST: Final[Mapping[str, int]] = MappingProxyType(
    {"title": 200, "place": 500, "name": 200, "agenda_number": 100, "url": 2000, "author": 60, "agency": 100}
)
