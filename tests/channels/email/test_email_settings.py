"""What the settings of e-mail take, and what they say of what they do not."""

from typing import Any

import pytest

from channels.email import CHANNEL
from channels.email.settings import EmailSettings
from core.model.network import Postbox
from core.model.secret import Secret


def settings(url: str, sender: str = "LAPOR! <lapor@lapor.go.id>") -> EmailSettings:
    return EmailSettings(relay_url=Secret(url), sender=sender)


@pytest.mark.parametrize(
    ("url", "named", "username", "password"),
    [
        ("smtp://relay.contoh.id", ("relay.contoh.id", 25, False), "", ""),
        ("smtp://lapor:s3cret@relay.contoh.id:587", ("relay.contoh.id", 587, False), "lapor", "s3cret"),
        ("smtps://lapor%40go.id:p%3A%2F@relay.contoh.id", ("relay.contoh.id", 465, True), "lapor@go.id", "p:/"),
        ("smtp://[::1]:2525", ("::1", 2525, False), "", ""),
    ],
)
def test_a_relay_is_named_by_its_url(url: str, named: tuple[str, int, bool], username: str, password: str) -> None:
    relay = settings(url).relay

    assert (relay.host, relay.port, relay.tls) == named
    assert relay.username == username
    assert relay.password.reveal() == password
    assert "s3cret" not in repr(relay)


@pytest.mark.parametrize(
    ("url", "sender", "key"),
    [
        ("relay.contoh.id", "lapor@lapor.go.id", "relay_url"),
        ("http://relay.contoh.id", "lapor@lapor.go.id", "relay_url"),
        ("smtp://", "lapor@lapor.go.id", "relay_url"),
        ("smtp://relay.contoh.id:0", "lapor@lapor.go.id", "relay_url"),
        ("smtp://relay.contoh.id:banyak", "lapor@lapor.go.id", "relay_url"),
        ("smtp://lapor@relay.contoh.id", "lapor@lapor.go.id", "relay_url"),
        ("smtp://relay.contoh.id", "", "from"),
        ("smtp://relay.contoh.id", "LAPOR!", "from"),
        ("smtp://relay.contoh.id", "LAPOR!\r\nBcc: x@contoh.id <lapor@lapor.go.id>", "from"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_remedy(url: str, sender: str, key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: write"):
        settings(url, sender)


def test_with_neither_relay_nor_port_nothing_is_connected() -> None:
    none = EmailSettings(listen_port=0)

    assert (CHANNEL.connections(none), CHANNEL.endpoints(none), CHANNEL.postboxes(none)) == ({}, {}, {})


def test_without_a_relay_mails_are_received_and_none_are_sent() -> None:
    given = EmailSettings()

    assert list(CHANNEL.connections(given)) == ["main"]
    assert (CHANNEL.endpoints(given), CHANNEL.postboxes(given)) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"tls_key_file": "key.pem"}, "tls_cert_file"),
        ({"tls_required": True}, "tls_cert_file"),
        ({"addresses": ("lapor",)}, "addresses"),
        ({"addresses": ("lapor+x@lapor.go.id",)}, "addresses"),
        ({"addresses": (" lapor@lapor.go.id",)}, "addresses"),
        ({"proxy_addresses": ("10.0.0.0/99",)}, "proxy_addresses"),
    ],
)
def test_what_cannot_be_received_with_is_named(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: "):
        EmailSettings(**changes)


def test_a_relay_writes_to_every_address() -> None:
    given = settings("smtps://relay.contoh.id")

    assert CHANNEL.postboxes(given) == {"mail": (Postbox("email", "main"),)}
    assert CHANNEL.endpoints(given) == {"main": ("relay.contoh.id", 465)}
    assert list(CHANNEL.connections(given)) == ["main"]
