"""``lapor mail read``: what a mail says to the gateway, with the exit codes of every command."""

import io
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.gateway.conftest import Lapor

LAMP = b"""From: Siti Rahmawati <siti@contoh.id>
To: lapor@lapor.go.id
Subject: =?utf-8?q?Lampu_mati_=E2=80=93_RT_03?=
Message-ID: <1@contoh.id>
Date: Mon, 23 Nov 2026 09:15:00 +0700
Content-Type: multipart/mixed; boundary=b

--b

Lampu jalan mati.

Pada Sen, 23 Nov 2026 pukul 09.00 LAPOR! <lapor@lapor.go.id> menulis:
> Terima kasih.
--b
Content-Type: text/plain; name=foto.png
Content-Disposition: attachment

\x89PNG\r\n\x1a\n
--b--
"""
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(50))


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    path = tmp_path / "surat.eml"
    path.write_bytes(LAMP)
    return path


def test_a_mail_is_shown_as_it_is_read(lapor: Lapor, mail: Path) -> None:
    said = lapor("mail", "read", str(mail), "--json")

    (row,) = said.rows
    assert said.code == 0
    assert row["subject"] == "Lampu mati – RT 03"
    assert row["from"] == {"name": "Siti Rahmawati", "address": "siti@contoh.id"}
    assert row["date"] == "2026-11-23T09:15:00+07:00"
    assert row["words"] == "Lampu jalan mati."
    assert row["context"].startswith("Pada Sen, 23 Nov 2026")
    assert row["text"].startswith("Lampu jalan mati.\n\nPada Sen")
    assert row["origin"] == "person"
    content = b"\x89PNG\r\n\x1a"
    assert row["attachments"] == [
        {"name": "foto.png", "type": "image/png", "size": len(content) + 1, "sha256": row["attachments"][0]["sha256"]}
    ]
    assert row["attachments"][0]["sha256"] == sha256(content + b"\n").hexdigest()


def test_a_person_reads_it_too(lapor: Lapor, mail: Path) -> None:
    said = lapor("mail", "read", str(mail))

    assert "subject: Lampu mati – RT 03" in said.out
    assert "from: Siti Rahmawati <siti@contoh.id>" in said.out
    assert "attachment: foto.png (image/png, 8 bytes)" in said.out


def test_a_mail_comes_from_standard_input(lapor: Lapor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(LAMP)))

    assert lapor("mail", "read", "-", "--json").rows[0]["message_id"] == "1@contoh.id"


def test_a_mail_that_is_not_read_says_why_and_does_not_stop_the_others(
    lapor: Lapor, mail: Path, tmp_path: Path
) -> None:
    deep = tmp_path / "dalam.eml"
    deep.write_bytes(DEEP)

    said = lapor("mail", "read", str(deep), str(mail), "--json")

    assert said.code == 1
    assert said.rows[0] == {"file": str(deep), "unreadable": "parts nested deeper than is read"}
    assert said.rows[1]["subject"] == "Lampu mati – RT 03"


def test_a_file_that_is_not_there(lapor: Lapor, tmp_path: Path) -> None:
    said = lapor("mail", "read", str(tmp_path / "tiada.eml"))

    assert (said.code, said.out) == (1, "")
    assert "tiada.eml: No such file or directory" in said.err
