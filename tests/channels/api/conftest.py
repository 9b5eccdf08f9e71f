"""The API, started, with its client."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.channels.api.api_rig import ApiRig


@pytest.fixture
async def rig() -> AsyncIterator[ApiRig]:
    """Wired, not started."""
    rig = ApiRig()
    yield rig
    await rig.stop()


@pytest.fixture
async def api(rig: ApiRig) -> ApiRig:
    """Started."""
    await rig.start()
    return rig


@pytest.fixture(scope="module")
def server() -> Iterator[ApiRig]:
    """The API in a thread of its own, as the tester's client blocks."""
    rig = ApiRig()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(rig.start(), loop).result(5)
    yield rig
    asyncio.run_coroutine_threadsafe(rig.stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
