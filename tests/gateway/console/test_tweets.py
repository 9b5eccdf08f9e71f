"""Tweets in the manual form: fetched where X can be asked, known again where they came by themselves."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestServer

from channels.form.tweets import Tweet
from core.model.message import Address, Inbound
from core.testing.clocks import SettableClock
from core.tracking import show
from gateway.console import tweets
from gateway.console.forms import FORMS
from tests.gateway.console.desk import Browser, Desk

ID = "1985240000000000000"
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


async def test_a_tweet_that_became_a_report_is_told_with_its_number(desk: Desk) -> None:
    await desk.receive(mention(desk.clock))
    (report,) = await desk.reports()

    page = await fill(await desk.browser("dewi"))

    assert "Tweet ini sudah menjadi laporan" in page
    assert show(report.tracking_id) in page


def mention(clock: SettableClock) -> Inbound:
    """A tweet with #lapor, as polling brings it."""
    sender, now = Address("x", "2244994945"), clock.now()
    return Inbound(channel="twitter", external_id=ID, sender=sender, received_at=now, text=FLOOD, connection="utama")
