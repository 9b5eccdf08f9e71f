"""The stream of news ends with the server."""

import asyncio

import pytest

from gateway.console.app import make_console
from gateway.console.live import TooMany
from tests.gateway.console.desk import Desk


async def test_who_asks_while_the_server_goes_is_sent_away_and_who_listened_hears_the_end(desk: Desk) -> None:
    live = make_console(desk.parts).live
    async with live.listen(desk.people["sri"]) as queue:
        await live.close()

        async with asyncio.timeout(5):
            assert await queue.get() is None
        with pytest.raises(TooMany):
            async with live.listen(desk.people["dewi"]):
                pytest.fail("a stream began after the end")
