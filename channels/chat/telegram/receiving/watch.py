"""The watch over a connection: says who we are, then asks for updates or sees that they are brought; comes back."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Final

from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem
from channels.chat.telegram.reading.mapping import Aside, Bot
from channels.chat.telegram.receiving.handing import do_aside
from channels.chat.telegram.receiving.polling import Polling
from channels.chat.telegram.receiving.standing import Standing
from channels.chat.telegram.sending.pace import Pace
from channels.chat.telegram.settings import TelegramSettings
from core.channel import Busy, Intake

FIRST_BACK_OFF: Final = 1.0
MOST_ASIDES: Final = 100


@dataclass(slots=True)
class Watch:
    """One run of ``receive``."""

    settings: TelegramSettings
    client: Client
    intake: Intake
    standing: Standing
    group: asyncio.TaskGroup
    pace: Pace
    bot: Bot | None = None
    polling: Polling | None = None
    failures: int = 0
    asides: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            pause = await self._try_round()
            await asyncio.sleep(pause)

    async def _try_round(self) -> float:
        """One look at Telegram; the seconds until the next."""
        try:
            pause = await self._round()
        except Busy as busy:
            return busy.retry_after.total_seconds()
        except (NoConnection, NoAnswer) as error:
            self.standing.lost(str(error))
            return self._back_off()
        except Problem as problem:
            return self._refused(problem)
        self.failures = 0
        return pause

    async def _round(self) -> float:
        if self.bot is None:
            await self._begin()
        return await (self._poll() if self.settings.mode == "poll" else self._look_after_webhook())

    async def _begin(self) -> None:
        name = await self.client.name()
        self.standing.reached()
        if self.settings.mode == "poll":
            await self.client.delete_webhook()
        else:
            await self._set_webhook()
        self.bot = Bot(self.settings.bot_id, name.lower(), self.settings.id_key.reveal().encode())

    async def _set_webhook(self) -> None:
        """A refusal of the address keeps nobody from being answered."""
        try:
            await self.client.set_webhook(self.settings.hook, secret=self.settings.webhook_secret.reveal())
        except Problem as problem:
            if problem.status != 400:
                raise
            self.standing.note("hook", "Telegram refuses our address: it must be https; see telegram.webhook_url")
        else:
            self.standing.over("hook")

    async def _poll(self) -> float:
        if self.bot is None:
            return 0.0
        if self.polling is None:
            self.polling = Polling(self.client, self.intake, self.settings.poll_seconds, self._do)
        try:
            pause = await self.polling.round(self.bot)
        except Busy:
            self.standing.reached()
            raise
        self.standing.reached()
        return pause

    async def _look_after_webhook(self) -> float:
        url, pending, error = await self.client.webhook()
        self.standing.reached()
        if url != self.settings.hook:
            await self._set_webhook()
        if error and pending:
            self.standing.note("pending", "Telegram cannot bring all updates: see that it reaches telegram.webhook_url")
        else:
            self.standing.over("pending")
        return self.settings.check_seconds

    def _do(self, aside: Aside) -> None:
        is_early = aside.chat and self.pace.take(str(aside.chat), time.monotonic()) > 0
        if not is_early and len(self.asides) < MOST_ASIDES:
            task = self.group.create_task(do_aside(aside, self.client, self.settings))
            self.asides.add(task)
            task.add_done_callback(self.asides.discard)

    def _refused(self, problem: Problem) -> float:
        """A limit is waited for; of anything else an operator is told, and it is tried again."""
        if problem.status == 429:
            self.standing.reached()
            return problem.retry_after or FIRST_BACK_OFF
        if problem.status == 409:
            self.bot = None  # a webhook was set from elsewhere: it is taken back
        self.standing.turned_away(
            f"Telegram answers {problem.status}: {REMEDIES.get(problem.status, 'see its status')}"
        )
        return self._back_off()

    def _back_off(self) -> float:
        """1, 2, 4 … seconds with some chance in it, never longer than the settings say."""
        self.failures = min(self.failures + 1, 30)
        longest = self.settings.back_off_max_seconds
        return min(FIRST_BACK_OFF * 2.0 ** (self.failures - 1), longest) * (0.5 + random.random() / 2)  # noqa: S311


REMEDIES: Final = {
    401: "check telegram.token: it is wrong or was taken back",
    404: "check telegram.token and telegram.base_url",
    409: "another program asks for this bot's updates, or set a webhook: stop it",
}
