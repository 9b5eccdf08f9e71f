"""What an operator is told before the first mail."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.email.receiving.examining import examine
from channels.email.settings import EmailSettings
from tests.channels.email.receiving.clients import Taker, listening


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on who says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        server.settimeout(0)
        yield port


def test_a_free_port_can_be_listened_on(taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    found, *_ = examine(EmailSettings(listen_port=free))

    assert (found.said, found.remedy) == (f"127.0.0.1:{free} can be listened on", "")


def test_a_port_that_is_taken_is_said(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.email.receiving.examining.REACH", 0.1)

    found, *_ = examine(EmailSettings(listen_port=taken))

    assert "cannot be listened on" in found.said
    assert "email.listen_port" in found.remedy


async def test_a_gateway_that_runs_is_no_problem() -> None:
    import asyncio

    async with listening(Taker()) as (_, port):
        found, *_ = await asyncio.to_thread(examine, EmailSettings(listen_port=port))

    assert (found.said, found.remedy) == (f"127.0.0.1:{port} takes mails already", "")


def test_without_a_port_nothing_is_received() -> None:
    found, *_ = examine(EmailSettings(listen_port=0))

    assert "no mails are received" in found.said


@pytest.mark.parametrize("content", [None, "bukan sertifikat"])
def test_a_certificate_that_cannot_be_used_is_said(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "cert.pem"
    if content is not None:
        file.write_text(content)

    found = examine(EmailSettings(listen_port=65_531, tls_cert_file=str(file)))[-1]

    assert "tls_cert_file" in found.remedy


def test_a_good_certificate_is_said(certificate: Path) -> None:
    found = examine(EmailSettings(listen_port=65_531, tls_cert_file=str(certificate)))[-1]

    assert (found.said, found.remedy) == ("the certificate can be used", "")


@pytest.mark.parametrize(
    ("given", "said", "remedy"),
    [
        (
            {},
            "anybody can write in anybody's name",
            "set email.trusted_authserv, or email.check_senders without an MTA",
        ),
        ({"trusted_authserv": "mx.lapor.go.id"}, "what mx.lapor.go.id says of them counts", ""),
        ({"check_senders": True}, "the gateway checks them itself", ""),
    ],
)
def test_it_is_said_who_finds_out_whom_mails_are_from(
    taken: int, given: dict[str, Any], said: str, remedy: str
) -> None:
    _, found = examine(EmailSettings(listen_port=taken, **given))

    assert (found.subject, found.said, found.remedy) == ("email/senders", said, remedy)
    assert found.warning is bool(remedy)
