"""The scripted other side of the web chat keeps the protocol, and its faults are those that tests ask for."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.browser.chat_peer import TOKEN, ChatPeer, Site, open_peer
from tests.channels.chat.webchat.chat_rig import Page


class Visitors:
    """They speak the protocol without a widget."""

    def __init__(self, peer: ChatPeer, site: Site, client: aiohttp.ClientSession) -> None:
        self.peer, self.site, self._client = peer, site, client

    async def come(self, *, after: int = 0, token: str | None = TOKEN, origin: str = "") -> Page:
        socket = await self._client.ws_connect(
            f"{self.site.gateway}/chat/ws", headers={"Origin": origin or self.site.url}
        )
        page = Page(socket)
        await page.send(t="hello", v=1, token=token, after=after)
        return page


@pytest.fixture
async def visitors() -> AsyncIterator[Visitors]:
    """A peer and its visitors."""
    async with open_peer() as (peer, site), aiohttp.ClientSession() as client:
        yield Visitors(peer, site, client)


async def test_lines_behind_the_one_that_is_known_come_in_their_order(visitors: Visitors) -> None:
    for number in range(4):
        await visitors.peer.say(f"baris {number}")

    page = await visitors.come(after=2)
    await page.next("line", 2)
    await visitors.peer.say("baru")
    await page.next("line", 3)

    assert page.of("welcome")[0]["head"] == 4
    assert page.seqs == [3, 4, 5]


async def test_the_same_message_stands_where_it_stood(visitors: Visitors) -> None:
    page = await visitors.come(token=None)
    await page.next("welcome")

    await page.say("sekali", id="pesan-0001")
    await page.say("sekali", id="pesan-0001")
    await page.next("ack", 2)

    assert page.of("welcome")[0]["token"] == TOKEN
    assert [ack["seq"] for ack in page.of("ack")] == [1, 1]
    assert page.texts == ["sekali"]


async def test_faults_are_those_that_are_asked_for(visitors: Visitors) -> None:
    peer = visitors.peer
    peer.busy, peer.refusals, peer.unsent = [1], ["bad"], {2}
    page = await visitors.come()
    await page.next("welcome")

    answers = [page.answer_to(await page.say("satu", id=f"pesan-000{n}")) for n in range(3)]
    await peer.say("tidak sampai")
    await peer.say("sampai")
    await page.next("line", 2)
    await page.send(t="older", before=3)
    await page.next("older")
    await peer.close(4430)

    assert answers == ["busy", "refused", "ack"]
    assert page.seqs == [1, 3, 1, 2]
    assert await page.closed() == 4430


async def test_only_allowed_sites_and_known_tokens_come_in(visitors: Visitors) -> None:
    visitors.peer.tokens.add("another")
    page = await visitors.come()

    assert await page.closed() == 4401
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await visitors.come(origin="https://lain.example")
    assert refused.value.status == 403
