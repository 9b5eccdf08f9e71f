"""Answers of X as they were captured; see fixtures/README.md."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.twitter.reading.mapping import Account, map_tweet
from channels.twitter.reading.shapes import read_page
from core.model.message import Inbound

FOLDER = Path(__file__).parent / "fixtures"
CAPTURED: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
ACCOUNT = Account("1708170817", "lapor1708", frozenset({"lapor"}))
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def read(name: str) -> list[Inbound]:
    page = read_page(CAPTURED[name])
    return [map_tweet(one, page.includes, account=ACCOUNT, now=NOW) for one in page.tweets]


def test_an_empty_page_has_no_data() -> None:
    assert read("empty") == []
    assert read_page(CAPTURED["empty"]).next_token == ""


def test_a_page_without_fields_cannot_be_read_but_is_kept() -> None:
    """X left the author out: nobody could be answered."""
    assert [message.unreadable for message in read("mentions_bare")] == [True, True]
    assert read_page(CAPTURED["mentions_bare"]).next_token == "7140dibdnow9c7btw423i3sy5bxqs2le36uxls6whj6ly"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ("Sudah dua bulan jembatan gantung Desa Sukamaju putus, anak sekolah menyeberang sungai 😢", False)),
        (1, ("kapan giliran kami? @pemkabbogor", True)),
        (2, ("", False)),
        (3, ("Ini juga terjadi di kampung saya & belum ada tindakan https://www.kompas.id/baca/jembatan", True)),
    ],
)
def test_a_page_with_everything(number: int, expected: tuple[str, bool]) -> None:
    message = read("mentions")[number]

    assert (message.text, message.mention) == expected


def test_partial_errors_stand_beside_the_data() -> None:
    page = read_page(CAPTURED["lookup_partial"])

    assert len(page.tweets) == 1
    assert page.missing == {"1991400000000000404"}
