"""Whom the web server takes for its client behind proxies."""

from ipaddress import ip_network

import pytest

from gateway.web import find_client

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.1.1.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", ["6.6.6.6", "198.51.100.7, 10.2.2.2"], "198.51.100.7"),
        ("2001:db8::1", ["198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["bukan alamat"], "bukan alamat"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: list[str], client: str) -> None:
    found = find_client(peer, forwarded, trusted=PROXIES)

    assert found == client


def test_without_trusted_proxies_the_header_means_nothing() -> None:
    found = find_client("203.0.113.9", ["127.0.0.1"], trusted=[])

    assert found == "203.0.113.9"
