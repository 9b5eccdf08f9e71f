"""A relay on loopback, and replies for it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.email.settings import EmailSettings
from core.model.message import Address, Outbound
from core.model.secret import Secret
from tests.certificates import write_certificate
from tests.channels.email.relay_peer import RelayPeer

CITIZEN = "siti.rahmawati@contoh.id"
SENDER = "LAPOR! <lapor@lapor.go.id>"
REPLY = "0193f1a2b3c47d5e8f90a1b2c3d4e5f6"


def make_settings(port: int = 25, **changes: Any) -> EmailSettings:
    """Settings for a relay on loopback with the short waits of a test."""
    values: dict[str, Any] = {
        "relay_url": Secret(f"smtp://127.0.0.1:{port}"),
        "sender": SENDER,
        "connect_seconds": 1.0,
        "response_seconds": 0.3,
        "watch_seconds": 0.05,
        "listen_port": 0,
        "leave_seconds": 0.2,
    }
    return EmailSettings(**(values | changes))


def make_reply(text: str = "Nomor laporan 4821 093 756. Kami terima.", **changes: Any) -> Outbound:
    """A reply to the citizen."""
    values: dict[str, Any] = {
        "id": REPLY,
        "channel": "email",
        "connection": "main",
        "to": Address("mail", CITIZEN),
        "text": text,
    }
    return Outbound(**(values | changes))


@pytest.fixture
async def relay() -> AsyncIterator[RelayPeer]:
    async with RelayPeer() as relay:
        yield relay


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the relay, signed by itself."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "relay.pem")
