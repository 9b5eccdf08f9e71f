"""The web chat, started, with its pages."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.chat.webchat.chat_rig import ChatRig


@pytest.fixture
async def rig() -> AsyncIterator[ChatRig]:
    """Wired, not started."""
    rig = ChatRig()
    yield rig
    await rig.stop()


@pytest.fixture
async def chat(rig: ChatRig) -> ChatRig:
    """Started."""
    await rig.start()
    return rig
