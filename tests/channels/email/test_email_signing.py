"""Mails that we sign ourselves are found signed by whoever gets them, whatever they hold."""

import subprocess
from pathlib import Path

import dkim
import pytest

from channels.email.adapter import EmailChannel
from channels.email.settings import EmailSettings
from core.model.message import Lane
from tests.channels.email.conftest import make_reply, make_settings
from tests.channels.email.relay_peer import RelayPeer

NAME = b"lapor2026._domainkey.lapor.go.id."
TEXT = "Nomor laporan 4821 093 756.\n.Titik di depan\n..dua\n.\nTerima kasih  \n\n"


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "private.pem"
    openssl("genrsa", "-out", str(path), "2048")
    return path


def record_of(key_file: Path) -> bytes:
    """The TXT record that whoever runs the domain publishes."""
    lines = openssl("rsa", "-in", str(key_file), "-pubout").splitlines()
    return b"v=DKIM1; k=rsa; p=" + b"".join(lines[1:-1])


def is_signed(octets: bytes, key_file: Path) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return record_of(key_file) if name == NAME else b""

    return bool(dkim.verify(octets, dnsfunc=look_up))


def signing(relay: RelayPeer, key_file: Path) -> EmailChannel:
    return EmailChannel(
        make_settings(relay.port, dkim_domain="lapor.go.id", dkim_selector="lapor2026", dkim_key_file=str(key_file))
    )


async def sent(relay: RelayPeer, key_file: Path) -> bytes:
    route = {"message_id": "<a@contoh.id>", "references": "<b@contoh.id>", "subject": "Lampu mati 🙏", "to": ""}
    await signing(relay, key_file).send(make_reply(TEXT, route=route, lane=Lane.FIRST))
    return relay.taken[-1].octets


async def test_what_the_relay_gets_is_signed(relay: RelayPeer, key_file: Path) -> None:
    octets = await sent(relay, key_file)

    assert is_signed(octets, key_file)
    assert b"\r\n.Titik di depan\r\n..dua\r\n.\r\n" in octets


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Terima kasih", b"Terima kasih."),
        (b"Subject: ", b"Subject: Palsu "),
        (b"To: siti", b"To: budi"),
        (b"In-Reply-To: <a", b"In-Reply-To: <c"),
        (b"References: <b", b"References: <d"),
        (b"Auto-Submitted: auto-replied", b"Auto-Submitted: no"),
        (b"From: LAPOR", b"From: PALSU"),
        (b"Date: ", b"From: orang@contoh.id\r\nDate: "),
        (b"Content-Type: multipart/alternative", b"Content-Type: multipart/mixed"),
    ],
)
async def test_nothing_of_it_can_be_changed(relay: RelayPeer, key_file: Path, old: bytes, new: bytes) -> None:
    octets = await sent(relay, key_file)

    assert octets.count(old) > 0
    assert not is_signed(octets.replace(old, new, 1), key_file)


async def test_the_key_of_another_domain_is_none(relay: RelayPeer, key_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    openssl("genrsa", "-out", str(other), "2048")

    assert not is_signed(await sent(relay, key_file), other)


async def test_without_a_key_the_relay_signs(relay: RelayPeer) -> None:
    await EmailChannel(make_settings(relay.port)).send(make_reply())

    assert "DKIM-Signature" not in relay.taken[0].letter


def test_an_old_form_of_key_and_other_line_ends_will_do(key_file: Path, tmp_path: Path) -> None:
    old = openssl("rsa", "-in", str(key_file), "-traditional").replace(b"\n", b"\r\n")
    (tmp_path / "old.pem").write_bytes(old)

    settings = make_settings(
        dkim_domain="lapor.go.id", dkim_selector="lapor2026", dkim_key_file=str(tmp_path / "old.pem")
    )

    assert EmailChannel(settings)


@pytest.mark.parametrize(
    ("made_by", "said"),
    [
        ((), "cannot be read"),
        (("ecparam", "-genkey", "-name", "prime256v1"), "no private RSA key"),
        (("genrsa", "-aes128", "-passout", "pass:rahasia", "2048"), "no private RSA key"),
        (("genrsa", "-traditional", "-aes128", "-passout", "pass:rahasia", "2048"), "no private RSA key"),
        (("genrsa", "768"), "it has 768 bits"),
        (("version",), "no private RSA key"),
    ],
)
def test_a_key_that_cannot_sign_is_named_with_its_remedy(tmp_path: Path, made_by: tuple[str, ...], said: str) -> None:
    path = tmp_path / "private.pem"
    if made_by:
        path.write_bytes(openssl(*made_by))

    with pytest.raises(ValueError, match=rf"^dkim_key_file: .*{said}.*openssl genrsa"):
        EmailSettings(dkim_domain="lapor.go.id", dkim_selector="lapor2026", dkim_key_file=str(path))


@pytest.mark.parametrize("left_out", ["dkim_domain", "dkim_selector", "dkim_key_file"])
def test_half_of_the_settings_sign_nothing(key_file: Path, left_out: str) -> None:
    given = {"dkim_domain": "lapor.go.id", "dkim_selector": "lapor2026", "dkim_key_file": str(key_file)}

    with pytest.raises(ValueError, match=f"^{left_out}: "):
        EmailSettings(**{name: value for name, value in given.items() if name != left_out})
