"""Reports from X, from the mention to the answer under it: the gateway in this process, a scripted X on loopback."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.twitter.api_peer import XApi
from core.model.message import Mark
from core.model.report import Report
from core.model.work import Outcome
from core.tracking import show
from tests.flow.rig import Town, open_town, until

LAMP = "#LAPOR Lampu jalan mati di Jl. Kenanga No 5 Kota Bekasi sudah 3 minggu @lapor1708"
FLOOD = "#LAPOR banjir setinggi lutut di Desa Sukamaju RT 02 Kab. Bogor @lapor1708"


@pytest.fixture
async def x() -> AsyncIterator[XApi]:
    async with XApi() as x:
        yield x


@pytest.fixture
async def town(x: XApi, database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A gateway that polls it."""
    async with open_town(tmp_path, database_url, {"twitter": settings(x)}) as town:
        yield town


def settings(x: XApi) -> dict[str, object]:
    names = ("bearer_token", "consumer_key", "consumer_secret", "access_token", "access_token_secret")
    keys = {name: getattr(x.keys, name) for name in names}
    waits = {"poll_seconds": 0.05, "back_off_max_seconds": 0.3, "recheck_minutes": 0.002}
    return {"base_url": x.url, "handle": "lapor1708", **keys, **waits}


async def heard(town: Town, tweet: str) -> tuple[Outcome, str]:
    """What became of a tweet, once it is settled."""
    found: list[tuple[Outcome, str]] = []

    async def settled() -> bool:
        stored = await town.read(lambda tx: tx.messages.find("twitter", tweet))
        if stored is not None and stored.outcome is not Outcome.NONE:
            found.append((stored.outcome, stored.report_id))
        return bool(found)

    await until(settled)
    await town.quiet()
    return found[0]


async def only_report(town: Town) -> Report:
    (report,) = await town.reports()
    return report


async def test_a_mention_becomes_a_report_and_is_answered_in_public_and_in_private(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", LAMP)

    outcome, _ = await heard(town, tweet)

    report = await only_report(town)
    assert outcome is Outcome.REPORT
    assert report.text == "Lampu jalan mati di Jl. Kenanga No 5 Kota Bekasi sudah 3 minggu"
    assert [(post.to, show(report.tracking_id) in post.text) for post in x.posts] == [(tweet, True)]
    assert [sent.to for sent in x.messages] == [x.world.user("ratna_w")]
    assert re.search(r"PIN Anda \d{6}", x.messages[0].text)
    assert not re.search(r"\d{6}|http|\.id", x.posts[0].text)


async def test_other_mentions_wait_for_a_person(x: XApi, town: Town) -> None:
    tweet = x.world.write("budi", "@lapor1708 kantornya buka jam berapa?")

    assert await heard(town, tweet) == (Outcome.PARKED, "")
    assert not x.posts


async def test_who_passes_a_report_on_supports_it(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    _, report_id = await heard(town, tweet)

    passed = x.world.write("budi", f"RT @ratna_w: {FLOOD}", retweets=tweet)
    quoted = x.world.write("siti", "@lapor1708 di RT 05 juga", quotes=tweet)

    assert await heard(town, passed) == (Outcome.SUPPORT, report_id)
    assert await heard(town, quoted) == (Outcome.SUPPORT, report_id)
    assert len(await town.reports()) == 1


async def test_what_its_author_adds_below_belongs_to_the_report(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    _, report_id = await heard(town, tweet)

    own_thread = x.world.write("ratna_w", "@lapor1708 air masih naik (2/2)", reply_to=tweet)
    below_ours = x.world.write("ratna_w", "@lapor1708 sekarang sudah sepinggang", reply_to=x.posts[0].id)

    assert await heard(town, own_thread) == (Outcome.ADDITION, report_id)
    assert await heard(town, below_ours) == (Outcome.ADDITION, report_id)
    assert len(await town.reports()) == 1


async def test_an_edited_tweet_corrects_its_report(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    await heard(town, tweet)

    await heard(town, x.world.edit(tweet, FLOOD.replace("selutut", "sepinggang").replace("RT 02", "RT 03")))

    assert "RT 03" in (await only_report(town)).text


async def test_a_tweet_that_was_edited_twice_between_polls_is_no_second_report(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    await heard(town, tweet)
    second = x.world.new_id()

    last = x.world.edit(tweet, LAMP, between=(second,))

    assert await heard(town, last) == (Outcome.ADDITION, (await only_report(town)).id)


async def test_a_deleted_tweet_is_marked(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    await heard(town, tweet)

    x.delete(tweet)
    await heard(town, f"{tweet}:deleted")

    assert Mark.DELETED in (await only_report(town)).marks


async def test_who_takes_no_messages_is_told_so_in_public(x: XApi, town: Town) -> None:
    x.change_user("ratna_w", takes_messages=False)
    tweet = x.world.write("ratna_w", FLOOD)
    await heard(town, tweet)

    assert not x.messages
    assert len(x.posts) == 2
    assert "tertutup" in x.posts[1].text
    assert x.posts[1].to == tweet


async def test_a_picture_comes_with_its_report(x: XApi, town: Town) -> None:
    name = x.world.keep(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"banjir" * 500)
    tweet = x.world.write("ratna_w", FLOOD, photos=(name,))
    await heard(town, tweet)

    (file,) = (await only_report(town)).attachments
    kept = b"".join([piece async for piece in town.parts.blobs.read(file.id)])
    assert (file.media_type, kept) == ("image/jpeg", x.world.files[name])


async def test_status_is_told_in_public_and_its_words_in_private(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    await heard(town, tweet)
    number = (await only_report(town)).tracking_id

    await heard(town, x.world.write("ratna_w", f"@lapor1708 STATUS {number}"))

    assert show(number) in x.posts[-1].text
    assert "Kab. Bogor" not in x.posts[-1].text


async def test_an_outage_of_x_keeps_answers_and_mentions(x: XApi, town: Town) -> None:
    tweet = x.world.write("ratna_w", FLOOD)
    x.overload(method="POST", times=1)
    await x.stop()
    later = x.world.write("budi", LAMP)
    await x.start()

    assert (await heard(town, tweet))[0] is Outcome.REPORT
    assert (await heard(town, later))[0] is Outcome.REPORT

    assert sorted(post.to for post in x.posts) == sorted([tweet, later])
