"""A Telegram of this machine, and citizens who talk with the bot."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from channels.chat.telegram.api_peer import BotApi, Sent
from channels.chat.telegram.settings import TelegramSettings
from gateway.bootstrap import Parts
from gateway.commands.context import CommandFailed
from gateway.commands.demo.operators import LOOPBACK, NUMBER, PATIENCE

BOT = "lapor_bot"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 8 + b"\xff\xd9"


@dataclass(slots=True)
class Talker:
    """Somebody with Telegram. ``heard`` counts the messages of the bot already shown."""

    api: BotApi
    name: str
    user: int
    heard: int = 0

    def say(self, text: str, **more: Any) -> None:
        """To the bot, or (``chat``) in a group."""
        where = " (di grup)" if "chat" in more else ""
        print(f"\n[Telegram] {self.name}{where}: {text}")
        self.api.world.say(self.user, text, **more)

    def show(self, pictures: int, caption: str) -> None:
        """Pictures sent together."""
        print(f"\n[Telegram] {self.name}: ({pictures} foto) {caption}")
        self.api.world.album(self.user, [JPEG + bytes([n]) for n in range(pictures)], caption=caption)

    async def hear(self, *, where: int = 0) -> Sent:
        """What the bot says next, here or in a group. Raises CommandFailed."""
        chat = where or self.user
        said = await self._next(chat, 0 if where else self.heard)
        self.heard += chat == self.user
        buttons = "".join(f" [{label}]" for label, _ in said.choices)
        print(f"[Telegram] bot -> {'grup' if where else self.name}: {said.text}{buttons}".replace("\n", "\n    "))
        return said

    async def hear_number(self) -> str:
        """The tracking number; a question before it is answered with KIRIM, as anybody may. Raises CommandFailed."""
        while True:
            said = await self.hear()
            if found := NUMBER.search(said.text):
                return found.group()
            if said.choices or "?" in said.text:
                self.say("KIRIM")

    async def _next(self, chat: int, known: int) -> Sent:
        def said() -> list[Sent]:
            return [one for one in self.api.world.sent if one.chat == chat]

        try:
            async with asyncio.timeout(PATIENCE):
                while len(said()) <= known:  # noqa: ASYNC110 - the scripted Telegram has no event for what it took
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise CommandFailed(f"the bot says nothing for {PATIENCE:.0f} s; see the gateway's log") from error
        return said()[known]


async def play_chats(parts: Parts) -> None:
    """A report in a private chat and its status, an album as one report, and a report from a group."""
    settings = parts.settings.channels["telegram"]
    if not isinstance(settings, TelegramSettings) or not settings.token:
        raise CommandFailed("Telegram is not configured; use --config config/development.toml")
    async with _network(settings) as api:
        house = random.randrange(1, 900)  # noqa: S311
        ratna = Talker(api, "Ratna", api.world.citizen("Ratna"))
        ratna.say(f"Lampu jalan di Jl. Kenanga {house} Kota Bekasi mati sejak Senin")
        ratna.say("gelap sekali dan rawan jambret")
        number = await ratna.hear_number()
        ratna.say(f"/status {number}")
        await ratna.hear()
        budi = Talker(api, "Budi", api.world.citizen("Budi"))
        budi.show(3, f"Jembatan gantung Desa Sukamaju RT {house % 20 + 1} Kab. Bogor putus")
        await budi.hear_number()
        group = api.world.group("Warga RT 05")
        budi.say(f"/lapor@{BOT} banjir setinggi lutut di Perum Griya Asri blok {house} Bekasi", chat=group)
        await budi.hear(where=group)
        await budi.hear_number()


@asynccontextmanager
async def _network(settings: TelegramSettings) -> AsyncIterator[BotApi]:
    """The Bot API where the configuration expects it on this machine."""
    place = urlsplit(settings.base_url)
    if place.hostname != LOOPBACK or place.port is None:
        raise CommandFailed("telegram.base_url is not on 127.0.0.1; use --config config/development.toml")
    api = BotApi(BOT, token=settings.token.reveal())
    try:
        await api.start(port=place.port)
    except OSError as error:
        raise CommandFailed(f"port {place.port} is taken: is another demo running?") from error
    try:
        yield api
    finally:
        await api.stop()
