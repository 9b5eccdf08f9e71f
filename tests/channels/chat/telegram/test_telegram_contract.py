"""Telegram keeps the channel contract, whether updates are asked for or brought."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from channels.chat.telegram import CHANNEL
from channels.chat.telegram.adapter import TelegramChannel
from channels.chat.telegram.api_peer import BotApi
from channels.chat.telegram.reading.mapping import message_id
from core.testing.channel_kit import contract
from core.testing.channel_rig import Sample, Sent, Told, eventually
from core.testing.fakes import RecordingIntake
from tests.channels.chat.telegram.conftest import SECRET, Web, make_settings

NAMES = ("Ratna Wulandari", "Budi Santoso")
GARBAGE: tuple[Any, ...] = ({"message": {"message_id": "x", "chat": []}}, {"poll": 5}, {"update_id": 0}, {})


@dataclass(frozen=True, slots=True)
class Asked:
    """An update; Telegram hears that it was taken when it is asked for those after it."""

    api: BotApi
    number: int
    asked_before: int

    @property
    def told(self) -> Told:
        asked = [fields for method, fields in self.api.calls if method == "getupdates"][self.asked_before :]
        past = any(int(fields.get("offset", 0)) > self.number for fields in asked)
        return Told.ACCEPTED if past else Told.NOTHING


@dataclass(frozen=True, slots=True)
class Brought:
    """An update that Telegram brings; what it heard the last time. ``after``: answers before that do not count."""

    api: BotApi
    update: dict[str, Any]
    after: int

    @property
    def told(self) -> Told:
        answers = [one for one in self.api.messenger.brought[self.after :] if one[0] == self.update["update_id"]]
        if not answers:
            return Told.NOTHING
        _, status, body = answers[-1]
        if status == 200:
            return Told.REFUSED if body == "refused" else Told.ACCEPTED
        return Told.BUSY if status == 503 else Told.NOTHING


class TelegramRig:
    """The channel and a scripted Bot API."""

    mode = "poll"

    def __init__(self, api: BotApi, site: Web) -> None:
        self.intake = RecordingIntake()
        self.api = api
        self.site = site
        self.users = [api.world.citizen(name) for name in NAMES]
        self.citizens = (*map(str, self.users), *NAMES)
        self.secrets = (api.token, api.token.partition(":")[2], SECRET)
        self.channel: TelegramChannel
        self._settings = make_settings(
            api, mode=self.mode, webhook_url=site.url, request_seconds=1.0, per_chat_second=30.0
        )
        self._task: asyncio.Task[None] | None = None
        self._seen = 0

    async def start(self) -> None:
        self._called = len(self.api.calls)
        await self.site.serve(self._settings, self.intake)
        self.channel = TelegramChannel(self._settings)
        self._task = asyncio.create_task(self.channel.receive(self.intake))
        await eventually(self._is_ready, "Telegram is asked")

    def _is_ready(self) -> bool:
        methods = [method for method, _ in list(self.api.calls)[self._called :]]
        return "getupdates" in methods or "getwebhookinfo" in methods or methods.count("getme") > 1

    async def stop(self) -> None:
        await self.site.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, self._settings)

    async def bring(self, sample: Sample) -> Any:
        user, world = self.users[sample.who], self.api.world
        if sample.files:
            world.photo(user, sample.files[0], caption=sample.text)
        else:
            world.say(user, sample.text)
        return self._handle(world.updates[-1])

    def _handle(self, update: dict[str, Any]) -> Any:
        asked = sum(method == "getupdates" for method, _ in self.api.calls)
        self._last = update
        return Asked(self.api, update["update_id"], asked)

    async def bring_again(self, handle: Any) -> Any:
        """Telegram shows it once more when it is asked from an earlier place: a start with an older cursor."""
        await self.stop()
        self.intake.cursors.clear()
        self.api.world.updates.insert(0, self._last)
        again = self._handle(self._last)
        await self.start()
        return again

    async def bring_garbage(self) -> None:
        self.api.world.inject(*GARBAGE)
        self.api.world.say(self.users[0], "Setelahnya.")
        after = self._handle(self.api.world.updates[-1])
        await eventually(lambda: after.told is Told.ACCEPTED, "garbage is read past", limit=20)
        await eventually(lambda: self.mode == "poll" or not self.api.world.updates, "all of it", limit=20)

    async def go_away(self) -> None:
        await self.api.stop()

    async def come_back(self) -> None:
        await self.api.start()

    async def refuse_credentials(self) -> None:
        self.api.refuse_token()

    def take_sent(self) -> Sequence[Sent]:
        new, self._seen = self.api.world.sent[self._seen :], len(self.api.world.sent)
        return [Sent(self._id(sent.chat, sent.id), self.users.index(sent.chat), sent.text) for sent in new]

    def _id(self, chat: int, number: int) -> str:
        settings = self._settings
        return message_id(settings.bot_id, chat, number, key=settings.id_key.reveal().encode())

    async def throttle(self, delay: timedelta) -> bool:
        self.api.throttle(round(delay.total_seconds()))
        return True

    async def go_silent(self) -> None:
        self.api.go_silent(method="sendMessage")

    async def receipt_for(self, external_id: str) -> None:
        raise AssertionError("Telegram sends no receipts")


class WebhookRig(TelegramRig):
    """The same where Telegram brings updates."""

    mode = "webhook"

    def _handle(self, update: dict[str, Any]) -> Any:
        return Brought(self.api, update, len(self.api.messenger.brought))

    async def bring_again(self, handle: Any) -> Any:
        """Brought until it is taken; once more after that."""
        if handle.update not in self.api.world.updates:
            self.api.world.updates.append(json.loads(json.dumps(handle.update)))
        return self._handle(handle.update)


class TestPollingContract(contract(CHANNEL.capabilities, fetches=True)):  # type: ignore[misc]
    """telegram keeps the channel contract where it asks for updates."""

    @pytest.fixture
    async def rig(self, api: BotApi, site: Web) -> AsyncIterator[TelegramRig]:
        rig = TelegramRig(api, site)
        yield rig
        await rig.stop()


class TestWebhookContract(contract(CHANNEL.capabilities)):  # type: ignore[misc]
    """telegram keeps the channel contract where updates are brought."""

    @pytest.fixture
    async def rig(self, api: BotApi, site: Web) -> AsyncIterator[WebhookRig]:
        rig = WebhookRig(api, site)
        yield rig
        await rig.stop()
