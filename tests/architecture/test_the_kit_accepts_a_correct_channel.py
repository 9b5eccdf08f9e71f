"""A correct toy channel passes the whole conformance kit, pushed to and fetching."""

from collections.abc import AsyncIterator

import pytest

from core.testing.channel_kit import contract
from tests.architecture.toy_channel import CAPABILITIES, FetchingToyChannel, ToyChannel
from tests.architecture.toy_peer import ToyRig


class TestPushedTo(contract(CAPABILITIES)):
    """The network brings its messages."""

    @pytest.fixture
    async def rig(self) -> AsyncIterator[ToyRig]:
        rig = ToyRig(ToyChannel)
        await rig.peer.open()
        yield rig
        await rig.stop()
        await rig.peer.close()


class TestFetching(contract(CAPABILITIES, fetches=True)):
    """The channel asks for its messages."""

    @pytest.fixture
    async def rig(self) -> AsyncIterator[ToyRig]:
        rig = ToyRig(FetchingToyChannel, fetches=True)
        await rig.peer.open()
        yield rig
        await rig.stop()
        await rig.peer.close()
