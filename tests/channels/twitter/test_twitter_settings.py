"""Settings of X: what is refused at the start, and what follows from them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.twitter import CHANNEL, source
from channels.twitter.api_peer import XApi
from channels.twitter.polling.cursor import Cursor, Meter, next_month, read_cursor
from channels.twitter.settings import TwitterSettings
from core.model.network import Postbox
from core.model.secret import Secret
from tests.channels.twitter.conftest import make_settings

KEYS = {name: Secret("x") for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")}


def test_without_a_handle_nothing_is_opened() -> None:
    settings = TwitterSettings()

    assert not CHANNEL.connections(settings)
    assert not CHANNEL.endpoints(settings)
    assert not CHANNEL.postboxes(settings)
    assert source(settings) is None


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"handle": "lapor 1708"}, "handle"),
        ({"handle": "nama_yang_terlalu_panjang"}, "handle"),
        ({"base_url": "api.x.com"}, "base_url"),
        ({"base_url": "ftp://api.x.com"}, "base_url"),
        ({"base_url": "https://api.x.com/?a=1"}, "base_url"),
        ({"bearer_token": Secret("")}, "bearer_token"),
        ({"consumer_key": Secret("rahasia")}, "consumer_key"),
    ],
)
def test_what_cannot_work_is_refused_with_its_key_and_no_secret(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=re.escape(key)) as caught:
        make_settings(**changes)

    assert "rahasia" not in str(caught.value)


def test_the_handle_is_taken_with_or_without_its_sign() -> None:
    assert make_settings(handle="@LAPOR1708").name == "lapor1708"
    assert make_settings(report_tags=("#LAPOR", "aduan")).tags == {"lapor", "aduan"}


def test_only_who_may_begin_has_a_postbox() -> None:
    box = {"x": (Postbox("twitter", "main"),)}

    assert CHANNEL.postboxes(make_settings(access="self_serve")) == {}
    assert CHANNEL.postboxes(make_settings(access="public_utility")) == box
    assert CHANNEL.postboxes(make_settings(access="enterprise", direct_messages=False)) == {}


def test_the_endpoint_is_that_of_the_base_url() -> None:
    assert CHANNEL.endpoints(make_settings()) == {"main": ("api.twitter.com", 443)}
    assert CHANNEL.endpoints(make_settings(base_url="http://127.0.0.1:8099/x")) == {"main": ("127.0.0.1", 8099)}


async def test_a_tweet_is_found_for_the_manual_form(x: XApi) -> None:
    tweet = x.world.write("ratna_w", "Lampu jalan mati &amp; gelap")
    find = source(make_settings(x))
    assert find is not None

    found = await find.find(tweet)

    assert found is not None
    assert (found.author, found.author_id, found.text) == (
        "ratna_w",
        x.world.user("ratna_w"),
        "Lampu jalan mati &amp; gelap",
    )
    assert found.at == x.world.tweets[tweet].at.replace(microsecond=x.world.tweets[tweet].at.microsecond // 1000 * 1000)
    assert "ratna" not in repr(found)


async def test_a_tweet_out_of_reach_is_none(x: XApi) -> None:
    find = source(make_settings(x))
    assert find is not None
    hidden = x.world.write("agus", "rahasia")
    x.change_user("agus", protected=True)

    assert await find.find("19") is None
    assert await find.find(hidden) is None
    await x.stop()
    assert await find.find(hidden) is None


NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_a_cursor_reads_back_as_it_was_written() -> None:
    cursor = Cursor("1991406500000000004", Meter("2026-11", 812, 40, 2))

    assert read_cursor(str(cursor), start_after="5") == cursor
    assert read_cursor(None, start_after="5") == Cursor("5")
    assert read_cursor("1991", start_after="") == Cursor("1991")


@pytest.mark.parametrize("written", ["", "x", "[]", "{}", '{"since_id":"x","month":"2026-11","reads":1}', "null"])
def test_a_cursor_that_is_not_ours_is_not_guessed_at(written: str) -> None:
    with pytest.raises(ValueError, match="twitter/main"):
        read_cursor(written, start_after="")


def test_a_cursor_never_goes_back() -> None:
    assert Cursor("20").past("9") == Cursor("20")
    assert Cursor("9").past("20") == Cursor("20")
    assert Cursor("9").past("") == Cursor("9")


def test_a_meter_belongs_to_its_month() -> None:
    meter = Meter("2026-10", 99, 3, 1)

    assert meter.at(NOW) == Meter("2026-11")
    assert Meter("2026-11", 7).at(NOW) == Meter("2026-11", 7)
    assert next_month(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reads", "quota", "spent", "almost", "fast"),
    [
        (0, 0, False, False, False),
        (9999, 0, False, False, False),
        (100, 1000, False, False, False),
        (700, 1000, False, False, True),
        (800, 1000, False, True, True),
        (1000, 1000, True, True, True),
    ],
)
def test_a_meter_knows_how_the_month_will_end(reads: int, quota: int, spent: bool, almost: bool, fast: bool) -> None:
    meter = Meter("2026-11", reads)

    assert (meter.spent(quota), meter.is_almost_spent(quota), meter.is_fast(quota, now=NOW)) == (spent, almost, fast)


def test_the_first_days_of_a_month_have_the_share_of_two() -> None:
    early = datetime(2026, 11, 1, 0, 5, tzinfo=UTC)

    assert not Meter("2026-11", 60).is_fast(1000, now=early)
    assert Meter("2026-11", 70).is_fast(1000, now=early)
