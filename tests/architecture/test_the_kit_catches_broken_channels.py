"""Each deliberately broken channel makes the conformance kit fail, in the test meant for it."""

import inspect
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.channel import SendError
from core.testing import channel_rig
from core.testing.channel_kit import contract
from tests.architecture.broken_channels import BROKEN, KEPT, Broken
from tests.architecture.toy_channel import CAPABILITIES, FetchingToyChannel
from tests.architecture.toy_peer import ToyRig

FAILURES = (AssertionError, pytest.fail.Exception, SendError)


@pytest.fixture(params=BROKEN, ids=str)
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Broken:
    monkeypatch.setattr(channel_rig, "PATIENCE", 0.4)
    return request.param


@pytest.fixture
async def rig(broken: Broken) -> AsyncIterator[ToyRig]:
    rig = ToyRig(broken.kind, fetches=issubclass(broken.kind, FetchingToyChannel))
    await rig.peer.open()
    yield rig
    while KEPT:
        KEPT.pop().close()
    await rig.stop()
    await rig.peer.close()


async def test_a_broken_channel_fails_the_test_meant_for_it(
    broken: Broken, rig: ToyRig, caplog: pytest.LogCaptureFixture
) -> None:
    kit = contract(CAPABILITIES, fetches=issubclass(broken.kind, FetchingToyChannel))()
    test = getattr(kit, broken.test)
    supplied = {"rig": rig, "caplog": caplog}

    with pytest.raises(FAILURES, match=broken.says):
        await test(**{name: supplied[name] for name in inspect.signature(test).parameters})


def test_every_test_of_the_kit_has_a_channel_that_breaks_it() -> None:
    kit = contract(CAPABILITIES, fetches=True)
    tests = {name for name in dir(kit) if name.startswith("test_") and callable(getattr(kit, name))}

    assert tests == {broken.test for broken in BROKEN}


def test_the_kit_asks_nothing_of_a_network_that_it_cannot_do() -> None:
    asked = contract(CAPABILITIES)
    silent = contract(replace(CAPABILITIES, sends=False, receipts=False), connects=False)

    assert asked.test_a_lost_answer_is_an_unknown_outcome is not None
    assert silent.test_a_lost_answer_is_an_unknown_outcome is None
    assert silent.test_it_resumes_from_the_cursor is None


def test_the_kit_asks_no_messages_of_a_network_that_only_carries_replies() -> None:
    asked = contract(CAPABILITIES, receives=False)

    assert asked.test_a_lost_answer_is_an_unknown_outcome is not None
    assert asked.test_it_comes_back_by_itself_and_says_so is not None
    assert asked.test_garbage_is_survived is None
