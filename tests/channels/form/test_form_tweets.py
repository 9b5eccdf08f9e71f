"""URLs of tweets in every form, and what is copied off a tweet's page."""

from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.form.tweets import NotATweet, Tweet, TweetLink, fill, read_pasted, read_tweet_url

ID = "1985240000000000000"


@pytest.mark.parametrize(
    "written",
    [
        f"https://x.com/warga_bekasi/status/{ID}",
        f"http://twitter.com/warga_bekasi/status/{ID}",
        f"https://www.twitter.com/warga_bekasi/statuses/{ID}/",
        f"https://mobile.twitter.com/warga_bekasi/status/{ID}?s=20&t=abcDEF",
        f"https://m.twitter.com/warga_bekasi/status/{ID}#m",
        f"x.com/warga_bekasi/status/{ID}/photo/1",
        f"HTTPS://X.COM/warga_bekasi/status/{ID}",
        f"Lihat ini: https://x.com/warga_bekasi/status/{ID}. Mohon dicek",
        f"  <https://x.com/warga_bekasi/status/{ID}>  ",
    ],
)
def test_every_form_of_a_tweets_url_is_one(written: str) -> None:
    link = read_tweet_url(written.replace("<", "").replace(">", ""))

    assert link == TweetLink(ID, "warga_bekasi")
    assert link.url == f"https://x.com/warga_bekasi/status/{ID}"


@pytest.mark.parametrize("written", [f"https://x.com/i/web/status/{ID}", f"https://x.com/i/status/{ID}"])
def test_a_url_that_names_nobody_gives_the_id_alone(written: str) -> None:
    assert read_tweet_url(written) == TweetLink(ID)


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("https://t.co/AbC123", "tautan pendek"),
        ("https://x.com/warga_bekasi", "bukan tautan satu tweet"),
        ("https://x.com/search?q=lapor", "bukan tautan satu tweet"),
        (f"https://x.com.penipu.example/a/status/{ID}", "Tempelkan tautan tweet"),
        (f"https://penipu.example/x.com/a/status/{ID}", "Tempelkan tautan tweet"),
        (f"https://penipu.example/?u=https://x.com@evil.example/a/status/{ID}", "Tempelkan tautan tweet"),
        (f"https://x.com/nama_yang_terlalu_panjang/status/{ID}", "bukan tautan satu tweet"),
        ("javascript:alert(1)", "Tempelkan tautan tweet"),
        ("", "Tempelkan tautan tweet"),
    ],
)
def test_what_is_no_tweet_is_refused_with_a_remedy(written: str, remedy: str) -> None:
    with pytest.raises(NotATweet, match=remedy):
        read_tweet_url(written)


@given(st.text(max_size=300))
def test_any_text_is_a_tweet_or_refused(written: str) -> None:
    try:
        link = read_tweet_url(written)
    except NotATweet:
        return
    assert link.url.startswith("https://x.com/")
    assert link.id.isascii()
    assert link.id.isdecimal()


@given(st.from_regex(r"https://(x|twitter)\.com/[A-Za-z0-9_]{1,15}/status/[1-9][0-9]{0,18}", fullmatch=True))
def test_a_kept_url_reads_as_itself(written: str) -> None:
    link = read_tweet_url(written)

    assert read_tweet_url(link.url).id == link.id


def test_an_id_tells_when_the_tweet_was_posted() -> None:
    assert TweetLink("1212092628029698048").at == datetime(2019, 12, 31, 19, 26, 16, 771000, tzinfo=UTC)
    assert TweetLink("20").at is None


def test_a_tweet_copied_off_its_page_keeps_only_its_words() -> None:
    copied = (
        "Warga Bekasi\n@warga_bekasi\n·\n5 jam\nJalan Ahmad Yani Bekasi berlubang #LAPOR @LAPOR1708\n\n"
        "Sudah ada dua korban.\n9.15 AM · 3 Nov 2026\n·\n1.204 Tayangan"
    )

    assert read_pasted(copied) == (
        "warga_bekasi",
        "Jalan Ahmad Yani Bekasi berlubang #LAPOR @LAPOR1708\n\nSudah ada dua korban.",
    )


@pytest.mark.parametrize(
    "words",
    [
        "Tolong @LAPOR1708 ini bagaimana\nLampu mati di Jl. Merdeka",
        "Mohon bantuan @LAPOR1708\nAir mati\n5 hari",
        "@LAPOR1708 - jalan rusak\n·\n1.204 Suka",
        "@LAPOR1708\nBanjir",
        "@LAPOR1708",
        "Air mati\n5 hari",
    ],
)
def test_words_without_a_head_stay_whole(words: str) -> None:
    assert read_pasted(words) == ("", words)


def test_words_that_look_like_the_page_stay() -> None:
    copied = "Siti @siti · 3 Nov\nAir PDAM mati\n5 hari\n9.15 AM · 3 Nov 2026"

    assert read_pasted(copied) == ("siti", "Air PDAM mati\n5 hari")


@given(st.text(max_size=200))
def test_reading_twice_takes_nothing_more_from_plain_words(words: str) -> None:
    author, kept = read_pasted(words)

    assert author or kept == words.strip()


def test_a_form_is_filled_from_the_url_and_what_was_typed_stays() -> None:
    given = {"url": "https://twitter.com/siti/status/1212092628029698048?s=20", "text": "Banjir", "author": "@budi"}

    filled = fill(given)

    assert filled["url"] == "https://x.com/siti/status/1212092628029698048"
    assert (filled["author"], filled["written_on"], filled["text"]) == ("budi", "2019-12-31", "Banjir")


def test_a_fetched_tweet_fills_what_is_missing() -> None:
    fetched = Tweet(author="siti", text="Air PDAM mati", at=datetime(2026, 11, 3, 2, tzinfo=UTC))

    filled = fill({"url": f"https://x.com/i/status/{ID}"}, fetched)

    assert (filled["author"], filled["text"], filled["written_on"]) == ("siti", "Air PDAM mati", "2026-11-03")


@pytest.mark.parametrize(
    ("url", "text"),
    [("a" * 100_000, ""), (f"https://x.com/i/status/{ID}", "@siti · 2j\nBanjir\n1" + " " * 20_000 + "x")],
    ids=["url", "text"],
)
def test_what_nobody_copied_off_a_page_takes_no_time(url: str, text: str) -> None:
    begun = monotonic()

    with suppress(NotATweet):
        fill({"url": url, "text": text})

    assert monotonic() - begun < 2
