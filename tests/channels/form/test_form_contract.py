"""Manual forms keep the channel contract."""

from collections.abc import AsyncIterator

import pytest

from channels.form import CHANNEL
from core.testing.channel_kit import contract
from tests.channels.form.form_rig import FormRig


@pytest.fixture
async def rig() -> AsyncIterator[FormRig]:
    """Somebody at work."""
    rig = FormRig()
    yield rig
    await rig.stop()


class TestContract(contract(CHANNEL.capabilities, connects=False)):
    """What applies to forms handed in by staff."""
