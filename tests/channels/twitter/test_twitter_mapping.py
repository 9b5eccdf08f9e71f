"""From tweets as X shows them to messages of the core."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.twitter import CHANNEL
from channels.twitter.api_peer import answers
from channels.twitter.api_peer.world import World
from channels.twitter.client import EXPANSIONS, TWEET_FIELDS
from channels.twitter.reading.mapping import LONGEST_TEXT, Account, map_deleted, map_tweet
from channels.twitter.reading.shapes import Includes, Page, read_page
from core.model.message import Inbound, Mark, Origin
from tests.channels.twitter.conftest import make_settings

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
QUERY = {"tweet.fields": ",".join(TWEET_FIELDS), "expansions": ",".join(EXPANSIONS), "max_results": "100"}


@pytest.fixture
def world() -> World:
    return World("lapor1708")


def account(world: World) -> Account:
    return Account(world.own, "lapor1708", frozenset({"lapor"}))


def page_of(world: World) -> Page:
    return read_page(answers.mentions(world, QUERY, injected=())[1])


def read(world: World, tweet: str) -> Inbound:
    page = page_of(world)
    found = next(one for one in page.tweets if one["id"] == tweet)
    return map_tweet(found, page.includes, account=account(world), now=datetime.now(UTC))


def test_a_mention_with_the_hashtag_is_a_report(world: World) -> None:
    at = datetime.now(UTC).replace(microsecond=417_000) - timedelta(minutes=3)
    tweet = world.write("ratna_w", "#LAPOR Lampu jalan mati di Jl. Kenanga @lapor1708", at=at)

    message = read(world, tweet)

    assert message.text == "Lampu jalan mati di Jl. Kenanga"
    assert message.external_id == tweet
    assert (message.sender.scheme, message.sender.value) == ("x", world.user("ratna_w"))
    assert message.received_at == at
    assert message.origin is Origin.PERSON
    assert not message.mention
    assert message.route == {
        "tweet": tweet,
        "author": world.user("ratna_w"),
        "mentions_us": "1",
        "handle": "ratna_w",
    }
    assert (message.belongs_to, message.supports, message.replaces, message.context) == ((), "", "", "")


def test_a_mention_without_the_hashtag_is_for_a_person(world: World) -> None:
    assert read(world, world.write("budi", "@lapor1708 kapan kantornya buka?")).mention


def test_a_hashtag_without_words_under_anothers_tweet_is_for_a_person(world: World) -> None:
    above = world.write("budi", "Jalan depan pasar berlubang")
    message = read(world, world.write("siti", "@budi @lapor1708 #lapor", reply_to=above))

    assert message.text == ""
    assert message.mention
    assert message.context == "@budi: Jalan depan pasar berlubang"


def test_our_own_tweets_are_no_persons(world: World) -> None:
    message = read(world, world.write("lapor1708", "Terima kasih. Sebut @lapor1708 dan #lapor"))

    assert (message.origin, message.remark) == (Origin.ROBOT, "own")


def test_a_retweet_only_supports(world: World) -> None:
    first = world.write("budi", "#lapor banjir @lapor1708")
    message = read(world, world.write("siti", "RT @budi: #lapor banjir @lapor1708", retweets=first))

    assert (message.supports, message.text) == (first, "")
    assert not message.belongs_to


def test_a_quote_supports_with_words_of_its_own(world: World) -> None:
    first = world.write("budi", "#lapor banjir di Kudus @lapor1708")
    message = read(world, world.write("siti", "Di RT 05 juga @lapor1708 #lapor", quotes=first))

    assert (message.supports, message.text) == (first, "Di RT 05 juga")
    assert message.context == "mengutip @budi: #lapor banjir di Kudus @lapor1708"
    assert not message.mention


def test_an_answer_belongs_to_what_stands_above_it(world: World) -> None:
    first = world.write("budi", "Jalan rusak @lapor1708 #lapor")
    ours = world.write("lapor1708", "Laporan 4821 093 756 kami terima.", reply_to=first)
    message = read(world, world.write("budi", "@lapor1708 di depan SDN 2", reply_to=ours))

    assert message.belongs_to == (ours, first)
    assert message.text == "di depan SDN 2"
    assert message.mention


def test_a_threads_next_tweet_belongs_to_the_first(world: World) -> None:
    first = world.write("budi", "Jalan rusak @lapor1708 #lapor (1/2)")
    message = read(world, world.write("budi", "sudah dua korban @lapor1708 (2/2)", reply_to=first))

    assert message.belongs_to == (first,)
    assert message.sender == read(world, first).sender


def test_the_thread_above_is_context_the_oldest_first(world: World) -> None:
    first = world.write("budi", "Jalan depan pasar berlubang")
    second = world.write("siti", "Di gang sebelah juga", reply_to=first)
    third = world.write("agus", "@lapor1708 #lapor tolong diperbaiki", reply_to=second)
    page = page_of(world)
    above = read_page(answers.lookup(world, QUERY | {"ids": f"{first},{second}"})[1])
    everything = page.includes | above.includes | Includes(tweets={one["id"]: one for one in above.tweets})

    message = map_tweet(page.tweets[0], everything, account=account(world), now=NOW)

    assert message.external_id == third
    assert message.context == "@budi: Jalan depan pasar berlubang\n@siti: Di gang sebelah juga"
    assert message.text == "tolong diperbaiki"


def test_what_cannot_be_read_above_is_said(world: World) -> None:
    above = world.write("budi", "Jalan depan pasar berlubang")
    tweet = world.write("siti", "@lapor1708 #lapor ini benar", reply_to=above)
    del world.tweets[above]

    message = read(world, tweet)

    assert message.context == "[tweet lain: dihapus, dilindungi, atau tidak diambil]"
    assert message.belongs_to == (above,)


def test_an_edited_tweet_replaces_its_earlier_version(world: World) -> None:
    first = world.write("budi", "#lapor jalan rsak @lapor1708")
    second = world.edit(first, "#lapor jalan rusak @lapor1708")
    third = world.edit(second, "#lapor jalan rusak berat @lapor1708")

    message = read(world, third)

    assert (message.external_id, message.replaces) == (third, second)


def test_of_several_edits_the_versions_before_lead_to_the_report_too(world: World) -> None:
    tweet = {"id": "103", "author_id": "77", "text": "#lapor @lapor1708 jalan rusak"}
    tweet |= {"edit_history_tweet_ids": ["101", "102", "103", "104"], "conversation_id": "101"}

    message = map_tweet(tweet, Includes(), account=account(world), now=NOW)

    assert (message.replaces, message.belongs_to) == ("102", ("101",))


def test_an_author_that_is_no_number_is_nobody(world: World) -> None:
    tweet = {"id": "103", "author_id": "7\ud8007", "text": "#lapor @lapor1708 jalan rusak"}

    assert map_tweet(tweet, Includes(), account=account(world), now=NOW).unreadable


def test_a_film_is_named_and_sensitive_pictures_are_marked(world: World) -> None:
    film = world.keep(b"\xff\xd8\xff\xe0film")
    tweet = world.write("budi", "#lapor perkelahian @lapor1708", films=(film,), sensitive=True)

    message = read(world, tweet)

    assert message.marks == (Mark.SENSITIVE,)
    assert message.context == f"[video: https://x.com/i/status/{tweet}]"
    assert message.text == "perkelahian"


def test_words_alone_are_not_marked_sensitive(world: World) -> None:
    assert not read(world, world.write("budi", "#lapor hoaks @lapor1708", sensitive=True)).marks


def test_where_a_tweet_is_withheld_is_said(world: World) -> None:
    assert (
        "[ditahan X di: ID, DE]"
        in read(world, world.write("budi", "#lapor @lapor1708 begini", withheld=("ID", "DE"))).context
    )


def test_a_quotation_of_our_tweet_may_be_answered_and_a_bare_thread_may_not(world: World) -> None:
    ours = world.write("lapor1708", "Pengumuman")
    page = page_of(world)
    bare = {"id": "1991406500000000009", "author_id": "77", "text": "halo"}
    quoting = bare | {"referenced_tweets": [{"type": "quoted", "id": ours}]}
    includes = page.includes | Includes(tweets={ours: {"id": ours, "author_id": world.own, "text": "Pengumuman"}})

    routes = [map_tweet(one, includes, account=account(world), now=NOW).route for one in (bare, quoting)]

    assert [route["mentions_us"] for route in routes] == ["0", "1"]


def test_a_long_tweet_goes_on_in_the_context(world: World) -> None:
    words = ("Kronologi panjang sekali. " * 1000)[:24_900]
    message = read(world, world.write("budi", f"#lapor @lapor1708 {words}"))

    assert len(message.text) == LONGEST_TEXT
    assert (message.text + message.context).replace(" ", "") == words.strip().replace(" ", "")


def test_the_same_tweet_read_again_keeps_its_fingerprint(world: World) -> None:
    above = world.write("siti", "Lihat ini")
    tweet = world.write("budi", "#lapor banjir @lapor1708", reply_to=above)
    before = read(world, tweet)
    del world.tweets[above]

    after = read(world, tweet)

    assert after.fingerprint == before.fingerprint
    assert after.context != before.context


@pytest.mark.parametrize(
    "given", ["", "kemarin", "2031-01-01T00:00:00Z", "1999-01-01T00:00:00Z", None, 5, "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_cannot_be_is_now(given: Any) -> None:
    tweet = {"id": "19", "author_id": "77", "text": "halo", "created_at": given}

    assert map_tweet(tweet, Includes(), account=Account("1", "lapor1708", frozenset()), now=NOW).received_at == NOW


@pytest.mark.parametrize(
    "tweet", ["x", None, 5, [], {}, {"id": 5}, {"id": "19"}, {"id": "1" * 40, "author_id": "7"}, {"id": "x"}]
)
def test_what_is_no_tweet_is_kept_for_a_person(tweet: Any) -> None:
    message = map_tweet(tweet, Includes(), account=Account("1", "lapor1708", frozenset()), now=NOW)

    assert message.unreadable
    assert json.loads(message.raw)["data"] == tweet
    assert message.external_id
    assert message.fingerprint


def test_a_deletion_replaces_the_tweet_without_words() -> None:
    message = map_deleted("19", "77", at=NOW)

    assert (message.external_id, message.replaces, message.marks) == ("19:deleted", "19", (Mark.DELETED,))
    assert (message.text, message.origin, message.sender.value) == ("", Origin.PERSON, "77")


@pytest.mark.parametrize("more", [{}, {"reply": True}, {"long": True}, {"quote": True}])
def test_the_original_reads_the_same_again(world: World, more: dict[str, bool]) -> None:
    above = world.write("siti", "@budi lihat ini")
    words = "#lapor @siti @budi @lapor1708 banjir & longsor 😀 https://s.id/a" + " ya" * (200 if "long" in more else 0)
    links = {"reply_to": above} if "reply" in more else {"quotes": above} if "quote" in more else {}
    message = read(world, world.write("budi", words, **links))

    assert message.text.startswith(("banjir & longsor", "@siti @budi banjir & longsor"))
    assert CHANNEL.read([message.raw], make_settings()) == message.text


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"data":5}', b"\xff", b"[" * 100_000])
def test_reading_an_original_never_raises(raw: bytes) -> None:
    assert CHANNEL.read([raw, None], make_settings()) == ""


def test_half_a_character_does_not_lose_a_tweet() -> None:
    tweet = {"id": "19", "author_id": "77", "text": "banjir \ud83d parah\x00 #lapor"}

    message = map_tweet(tweet, Includes(), account=Account("1", "lapor1708", frozenset({"lapor"})), now=NOW)

    assert message.text == "banjir \ufffd parah"
    assert CHANNEL.read([message.raw], make_settings()) == message.text


def test_everyones_fields_are_hidden_in_shows(world: World) -> None:
    tweet = world.write("ratna_w", "#lapor rahasia @lapor1708")
    page = page_of(world)

    shown = repr(page) + repr(page.includes) + repr(replace(read(world, tweet), external_id="19"))

    assert "rahasia" not in shown
    assert "ratna" not in shown
    assert world.user("ratna_w") not in shown
