"""X keeps the channel contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from channels.twitter import CHANNEL
from channels.twitter.adapter import TwitterChannel
from channels.twitter.api_peer import XApi
from core.testing.channel_kit import contract
from core.testing.channel_rig import Sample, Sent, Told, eventually
from core.testing.fakes import RecordingIntake
from tests.channels.twitter.conftest import make_settings

NAMES = ("ratna_wulandari", "budisantoso77")


@dataclass(frozen=True, slots=True)
class Brought:
    """A tweet; X hears that it was taken when it is asked for what comes after it."""

    x: XApi
    tweet: str
    asked_before: int

    @property
    def told(self) -> Told:
        later = list(self.x.asked)[self.asked_before :]
        past = any(int(query.get("since_id", 0)) >= int(self.tweet) for query in later)
        return Told.ACCEPTED if past else Told.NOTHING


class TwitterRig:
    """The channel and a scripted X."""

    def __init__(self, x: XApi) -> None:
        self.intake = RecordingIntake()
        self.x = x
        self.citizens = (*(x.world.user(name) for name in NAMES), *NAMES)
        keys = x.keys
        self.secrets = (keys.bearer_token, keys.consumer_secret, keys.access_token, keys.access_token_secret)
        self.channel: TwitterChannel
        self._settings = make_settings(x, request_seconds=0.5)
        self._task: asyncio.Task[None] | None = None
        self._seen = 0

    async def start(self) -> None:
        asked = len(self.x.requests)
        self.channel = TwitterChannel(self._settings)
        self._task = asyncio.create_task(self.channel.receive(self.intake))
        await eventually(lambda: len(self.x.requests) > asked + 1, "X is asked")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, self._settings)

    async def bring(self, sample: Sample) -> Brought:
        tweet = self.x.world.write(NAMES[sample.who], f"#LAPOR {sample.text} @lapor1708")
        return Brought(self.x, tweet, len(self.x.asked))

    async def bring_again(self, handle: Brought) -> Brought:
        """X shows it once more when it is asked from an earlier place: a start with an older cursor."""
        await self.stop()
        self.intake.cursors.clear()
        asked = len(self.x.asked)
        await self.start()
        return Brought(self.x, handle.tweet, asked)

    async def bring_garbage(self) -> None:
        self.x.inject({"id": 5, "text": None}, "tweet", {"author_id": ["x"]}, None, {"entities": {"urls": 1}})
        garbage = Brought(self.x, str(self.x.injected[-1][0]), len(self.x.asked))
        await eventually(lambda: garbage.told is Told.ACCEPTED, "garbage is read past")

    async def go_away(self) -> None:
        await self.x.stop()

    async def come_back(self) -> None:
        await self.x.start()

    async def refuse_credentials(self) -> None:
        self.x.refuse_credentials()

    def take_sent(self) -> Sequence[Sent]:
        new, self._seen = self.x.posts[self._seen :], len(self.x.posts)
        return [Sent(post.id, self._author(post.to), post.text) for post in new]

    def _author(self, tweet: str) -> int:
        return self.citizens.index(self.x.world.tweets[tweet].author)

    async def throttle(self, delay: timedelta) -> bool:
        self.x.throttle(delay.total_seconds(), method="POST")
        return True

    async def go_silent(self) -> None:
        self.x.go_silent(method="POST")

    async def receipt_for(self, external_id: str) -> None:
        raise AssertionError("X sends no receipts")


class TestContract(contract(CHANNEL.capabilities, fetches=True)):  # type: ignore[misc]
    """twitter keeps the channel contract."""

    @pytest.fixture
    async def rig(self, x: XApi) -> AsyncIterator[TwitterRig]:
        rig = TwitterRig(x)
        yield rig
        await rig.stop()
