"""What a citizen said in a tweet, read out of X's JSON."""

import time
from typing import Any

import pytest

from channels.twitter.reading.words import has_tag, plain_text, read_words

TAGS = frozenset({"lapor"})


def tweet(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "1991406500000000001", "author_id": "77", "text": text, **more}


def links(**full: str) -> dict[str, Any]:
    """Entities for https://t.co/NAME; positions as wrong as X's are."""
    found = [{"start": 0, "end": 1, "url": f"https://t.co/{name}", "expanded_url": url} for name, url in full.items()]
    return {"entities": {"urls": found}}


def said(text: str, **more: Any) -> str:
    return read_words(tweet(text, **more), handle="lapor1708", tags=TAGS)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "#LAPOR Jalan Gatot Subroto berlubang @lapor1708",
            "Jalan Gatot Subroto berlubang",
        ),
        (
            "@LAPOR1708 #lapor lampu jalan di Jl. Kenanga mati 3 minggu",
            "lampu jalan di Jl. Kenanga mati 3 minggu",
        ),
        (
            "Mohon @lapor1708 bantu, air PDAM @pdamsby mati #Surabaya",
            "Mohon bantu, air PDAM @pdamsby mati #Surabaya",
        ),
        ("#lapor: sampah menumpuk di Pasar Kliwon, tolong @lapor1708.", "sampah menumpuk di Pasar Kliwon, tolong."),
        ("Jembatan putus 😭🚧\n\n\n\ncc @lapor1708 #LAPOR", "Jembatan putus 😭🚧\n\ncc"),
        ("Bansos RT 03 &amp; RT 04 &lt;belum&gt; cair #lapor @lapor1708", "Bansos RT 03 & RT 04 <belum> cair"),
        ("Ditulis &amp;lt; begitu @lapor1708", "Ditulis &lt; begitu"),
        ("#laporan bukan #lapor @lapor1708x @lapor1708", "#laporan bukan @lapor1708x"),
        ("email ke warga@lapor1708.id ya #lapor", "email ke warga@lapor1708.id ya"),
        ("＃ＬＡＰＯＲ pungli ＠lapor1708", "＃ＬＡＰＯＲ pungli"),
        ("- butir pertama\n- butir kedua @lapor1708", "- butir pertama\n- butir kedua"),
        ("Kafe\u0301 tutup @lapor1708\u2066", "Kaf\u00e9 tutup"),
        (".@lapor1708 katanya #listrik padam lagi", "katanya #listrik padam lagi"),
        ("@lapor1708", ""),
        ("", ""),
    ],
)
def test_handles_and_tags_of_ours_are_no_words(written: str, words: str) -> None:
    assert said(written) == words


def test_links_are_written_in_full() -> None:
    entities = links(aB1="https://kompas.id/baca?x=1&y=2", aB12="https://s.id/foto")

    assert said("Lihat https://t.co/aB12 dan https://t.co/aB1 #lapor", **entities) == (
        "Lihat https://s.id/foto dan https://kompas.id/baca?x=1&y=2"
    )


def test_links_after_emoji_beyond_the_first_plane_are_found() -> None:
    assert said("😀😀👨‍👩‍👧 rusak https://t.co/aB1", **links(aB1="https://s.id/a")) == "😀😀👨‍👩‍👧 rusak https://s.id/a"


def test_a_short_link_that_nobody_explains_stays() -> None:
    assert said("Lihat https://t.co/zZ9 ya") == "Lihat https://t.co/zZ9 ya"


@pytest.mark.parametrize(
    "link",
    [
        {"expanded_url": "https://twitter.com/budi/status/1991406500000000001/photo/1"},
        {"expanded_url": "https://x.com/budi/status/1991406500000000001/video/1"},
        {"expanded_url": "https://pic.example/1", "media_key": "3_1"},
    ],
)
def test_a_tweets_own_pictures_are_no_words(link: dict[str, Any]) -> None:
    entities = {"urls": [{"url": "https://t.co/aB1", **link}]}

    assert said("Jalan rusak https://t.co/aB1", entities=entities) == "Jalan rusak"


def test_the_link_to_the_quoted_tweet_is_no_word() -> None:
    entities = links(aB1="https://twitter.com/budi/status/19", cD2="https://twitter.com/budi/status/20")
    quoted = [{"type": "quoted", "id": "19"}]

    assert said("Benar https://t.co/cD2 https://t.co/aB1", referenced_tweets=quoted, **entities) == (
        "Benar https://twitter.com/budi/status/20"
    )


def test_a_long_tweet_is_read_whole() -> None:
    note = {"text": "Panjang sekali " * 40 + "sampai https://t.co/aB1", **links(aB1="https://s.id/akhir")}

    words = said("Panjang sekali… https://t.co/xx", note_tweet=note)

    assert words.endswith("sampai https://s.id/akhir")
    assert len(words) > 600


ANSWER = {"referenced_tweets": [{"type": "replied_to", "id": "18"}]}


def test_names_before_an_answer_are_xs_not_the_citizens() -> None:
    assert said("@budi_s @lapor1708 masih belum diperbaiki", **ANSWER) == "masih belum diperbaiki"


def test_only_names_from_the_thread_are_taken_for_xs() -> None:
    answer = tweet("@budi_s @lapor1708 @dishub_jabar tolong lampunya", **ANSWER)

    words = read_words(answer, handle="lapor1708", tags=TAGS, addressed={"budi_s", "lapor1708"})

    assert words == "@dishub_jabar tolong lampunya"


def test_outside_of_answers_names_at_the_beginning_stay() -> None:
    assert said("@dishub_jabar @lapor1708 tolong lampunya") == "@dishub_jabar tolong lampunya"


@pytest.mark.parametrize(
    ("written", "tagged"),
    [
        ("#LAPOR banjir", True),
        ("banjir (#Lapor)", True),
        ("banjir ＃lapor", True),
        ("#laporpak banjir", False),
        ("lapor banjir", False),
        ("https://s.id/a#lapor", False),
        ("A&#lapor;", False),
    ],
)
def test_the_hashtag_makes_a_report(written: str, tagged: bool) -> None:
    assert has_tag(tweet(written), TAGS) is tagged


def test_a_hashtag_after_280_characters_counts() -> None:
    assert has_tag(tweet("…", note_tweet={"text": "a" * 400 + " #lapor"}), TAGS)


@pytest.mark.parametrize(
    "strange", ["@" * 50_000, "#" * 50_000, "@a" * 25_000, "#a" * 25_000, "@a " * 17_000, " \n" * 25_000]
)
def test_what_a_stranger_writes_is_read_in_linear_time(strange: str) -> None:
    begun = time.perf_counter()

    said(strange, **ANSWER)
    plain_text(tweet(strange))

    assert time.perf_counter() - begun < 1.0
