"""Tweets in the manual form: fetched where X can be asked, known again where they came by themselves."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from channels.form.tweets import Tweet
from channels.twitter.api_peer import XApi
from core.model.message import Address
from core.model.work import Outcome
from core.tracking import show
from gateway.console import tweets
from gateway.console.forms import FORMS
from tests.flow.rig import open_town, until
from tests.gateway.console.desk import Browser, Desk
from tests.gateway.console.test_forms import House

ID = "1985240000000000000"
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
URL = f"https://x.com/warga_bekasi/status/{ID}"
FLOOD = "Banjir setinggi lutut di Jl. Kemang Pratama sejak subuh @lapor1708"
FETCHED = Tweet("warga_bekasi", FLOOD, datetime(2025, 11, 3, 2, tzinfo=UTC), "2244994945")


class Tweets:
    """X, which knows one tweet, or takes longer than anyone waits."""

    def __init__(self, tweet: Tweet | None, *, slow: bool = False) -> None:
        self.tweet, self.slow = tweet, slow

    async def find(self, tweet_id: str) -> Tweet | None:
        if self.slow:
            await asyncio.Event().wait()
        return self.tweet if tweet_id == ID else None


async def form_of(desk: Desk, source: Tweets) -> Browser:
    """A browser of somebody whose console asks this source."""
    app = desk.gateway.app()
    app[FORMS] = replace(desk.gateway.forms(), tweets=source)
    desk.server = TestServer(app)
    await desk.stack.enter_async_context(desk.server)
    return await desk.browser("dewi")


async def fill(browser: Browser) -> str:
    """The form after its link was filled in from."""
    page = await browser.send("/console/formulir/tweet", {"url": URL, "deed": "fill"}, page="/console/formulir/tweet")
    assert page.status == 200
    return page.text


async def test_a_tweet_is_fetched(desk: Desk) -> None:
    page = await fill(await form_of(desk, Tweets(FETCHED)))

    assert "Tweet diambil dari X." in page
    assert FLOOD in page
    assert re.search(r'name="author"[^>]*value="warga_bekasi"', page)
    assert 'name="author_id" value="2244994945:warga_bekasi"' in page


async def test_a_tweet_that_x_does_not_give_is_pasted(desk: Desk) -> None:
    page = await fill(await form_of(desk, Tweets(None)))

    assert "X tidak memberikan tweet ini." in page
    assert re.search(r'name="author"[^>]*value="warga_bekasi"', page)


async def test_nobody_waits_long_for_x(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tweets, "PATIENCE", timedelta(milliseconds=50))

    page = await fill(await form_of(desk, Tweets(FETCHED, slow=True)))

    assert "X tidak memberikan tweet ini." in page


@pytest.fixture
async def x() -> AsyncIterator[XApi]:
    """A scripted X."""
    async with XApi() as opened:
        yield opened


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, password_hash: str, x: XApi) -> AsyncIterator[House]:
    """A town whose gateway asks X."""
    keys = {name: getattr(x.keys, name) for name in KEYS}
    section = {"base_url": x.url, "handle": "lapor1708", "bearer_token": x.keys.bearer_token, "poll_seconds": 0.05}
    async with open_town(tmp_path, sqlite_url, changed={"twitter": section | keys}) as town:
        house = House(town, password_hash)
        yield house
        await house.close()


async def test_the_author_of_a_tweet_that_was_taken_down_is_known_by_their_id(house: House, x: XApi) -> None:
    tweet = x.world.write("Warga_Bekasi", FLOOD.removesuffix(" @lapor1708"))
    browser = await house.browser()
    url = f"https://x.com/Warga_Bekasi/status/{tweet}"

    filled = unescape((await browser.enter("tweet", {"url": url, "deed": "fill"})).text)
    taken = await browser.enter("tweet", {"url": url, "text": "Banjir di Kemang Pratama"})

    report = await house.only()
    assert FLOOD.removesuffix(" @lapor1708") in filled
    assert taken.status == 303
    assert report.reporter == Address("x", x.world.user("Warga_Bekasi"))


@pytest.mark.parametrize(("tag", "heading"), [(" #lapor", "Sudah dilaporkan"), ("", "Tweet ini sudah masuk")])
async def test_a_tweet_that_came_by_itself_is_told(house: House, x: XApi, tag: str, heading: str) -> None:
    tweet = x.world.write("warga_bekasi", FLOOD + tag)
    wanted = Outcome.REPORT if tag else Outcome.PARKED

    async def has_come() -> bool:
        found = await house.town.read(lambda tx: tx.messages.find("twitter", tweet))
        return found is not None and found.outcome is wanted

    await until(has_come)
    reports = await house.town.reports()
    browser = await house.browser()

    for deed in ("fill", "take"):
        answer = await browser.enter("tweet", {"url": f"https://x.com/i/status/{tweet}", "text": FLOOD, "deed": deed})

        assert answer.status == 200
        assert f"<h1>{heading}</h1>" in answer.text
        assert all(show(report.tracking_id) in answer.text for report in reports)
    assert await house.town.reports() == reports
    assert len(reports) == (1 if tag else 0)
