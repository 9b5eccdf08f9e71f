"""How the scripted Bot API brings updates to a webhook: one at a time for a chat, again until it is told 2xx."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from channels.chat.telegram.api_peer.answers import Fields, Hook
from channels.chat.telegram.api_peer.problems import Answer
from channels.chat.telegram.api_peer.world import World

AGAIN_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 0.02
CHATS_AT_ONCE: Final = 40


class Messenger:
    """Brings what waits in ``world.updates``. ``brought``: update id, status and body of each answer, in order."""

    def __init__(self, world: World, hook: Hook, call: Callable[[str, Fields], Answer]) -> None:
        self._world = world
        self._hook = hook
        self._call = call
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self.brought: list[tuple[int, int, str]] = []

    def start(self) -> None:
        """From now on, where a webhook is set."""
        self._task = asyncio.create_task(self._run(), name="bot-api-messenger")

    async def stop(self) -> None:
        """Nothing is brought any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def wake(self) -> None:
        """The webhook has changed."""
        self._wake.set()

    async def _run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if self._hook.url and self._world.updates:
                    firsts = list(self._first_of_each_chat().values())[: min(self._hook.most, CHATS_AT_ONCE)]
                    done = await asyncio.gather(*(self._bring(update, session) for update in firsts))
                    if not all(done):
                        await asyncio.sleep(AGAIN_SECONDS)

    def _first_of_each_chat(self) -> dict[str, Any]:
        firsts: dict[str, Any] = {}
        for update in self._world.updates:
            firsts.setdefault(_chat_of(update), update)
        return firsts

    async def _bring(self, update: Any, session: aiohttp.ClientSession) -> bool:
        """Whether it was taken. An answer may hold a method to be called."""
        headers = {"Content-Type": "application/json"}
        if self._hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._hook.secret
        try:
            async with session.post(self._hook.url, data=json.dumps(update), headers=headers) as response:
                status, body = response.status, await response.text()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return self._failed(f"Connection error: {type(error).__name__}")
        self.brought.append((update.get("update_id", 0) if isinstance(update, dict) else 0, status, body))
        if not 200 <= status <= 299:
            return self._failed(f"Wrong response from the webhook: {status}")
        self._world.updates[:] = [one for one in self._world.updates if one is not update]
        self._do(body)
        return True

    def _do(self, body: str) -> None:
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            self._call(call["method"].lower(), call)

    def _failed(self, why: str) -> bool:
        self._hook.error, self._hook.error_at = why, int(time.time())
        return False


def _chat_of(update: Any) -> str:
    content = next((one for one in update.values() if isinstance(one, dict)), {}) if isinstance(update, dict) else {}
    chat = content.get("chat") or (content.get("message") or {}).get("chat") or {}
    return str(chat.get("id", "")) if isinstance(chat, dict) else ""
