"""Updates that Telegram brings: answered 200 only when they are committed, at once or never in one way or the other."""

import hmac
import json
import logging
import math
import time
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp import web

from channels.chat.telegram.client import Client, NoAnswer, NoConnection, Problem, open_session
from channels.chat.telegram.reading.mapping import Aside, Bot, Mapped, map_update
from channels.chat.telegram.receiving.handing import hand_in, words_for
from channels.chat.telegram.sending.pace import make_pace
from channels.chat.telegram.settings import HOOK, TelegramSettings
from core.channel import Busy, Intake, Refused

log = logging.getLogger(__name__)
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST: Final = 1_048_576
"""Bytes. An update of Telegram has some kilobytes."""

NAME_AGAIN_SECONDS: Final = 5


class Webhook:
    """The route. It needs no connection of its own, so it takes updates while Telegram itself cannot be asked."""

    def __init__(self, settings: TelegramSettings, intake: Intake) -> None:
        self._settings = settings
        self._intake = intake
        self._pace = make_pace(settings)
        self._secret = settings.webhook_secret.reveal().encode()
        self._bot = Bot(settings.bot_id, "", settings.id_key.reveal().encode())

    def routes(self) -> list[web.RouteDef]:
        """One, where updates are brought."""
        return [web.post(HOOK, self.take)]

    async def take(self, request: web.Request) -> web.Response:
        """One update."""
        shown = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not self._secret or not hmac.compare_digest(shown, self._secret):
            return web.Response(status=401, text="unauthorized")
        body = await _body(request)
        if body is None:
            return web.Response(status=413, text="too large")
        mapped = await self._map(body)
        if mapped.undecided:
            return _again(NAME_AGAIN_SECONDS)
        return await self._hand_in(mapped)

    async def _hand_in(self, mapped: Mapped) -> web.Response:
        try:
            aside = await hand_in(mapped, self._intake)
        except Busy as busy:
            return _again(busy.retry_after.total_seconds())
        except Refused:
            return web.Response(text="refused")
        return self._answer(aside) if aside is not None else web.Response(text="accepted")

    def _answer(self, aside: Aside) -> web.Response:
        """Telegram calls a method that stands in the answer."""
        if aside.callback:
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": aside.callback})
        words = words_for(aside, self._settings)
        if not words or self._pace.take(str(aside.chat), time.monotonic()) > 0:
            return web.Response(text="accepted")
        above = {"message_id": aside.reply_to, "allow_sending_without_reply": True}
        return web.json_response(
            {"method": "sendMessage", "chat_id": aside.chat, "text": words, "reply_parameters": above}
        )

    async def _map(self, body: bytes) -> Mapped:
        update, now = _read(body), datetime.now(UTC)
        mapped = map_update(update, bot=self._bot, now=now)
        if mapped.undecided and await self._learn_name():
            mapped = map_update(update, bot=self._bot, now=now)
        return mapped

    async def _learn_name(self) -> bool:
        """Only to tell whether a group speaks of us, and only once."""
        async with open_session(self._settings) as session:
            try:
                name = await Client(self._settings, session).name()
            except (NoConnection, NoAnswer, Problem) as error:
                log.warning("Telegram does not tell our name", extra={"channel": "telegram", "why": str(error)})
                return False
        self._bot = Bot(self._bot.id, name.lower(), self._bot.key)
        return bool(name)


def _read(body: bytes) -> object:
    """An object that is no update for what is no JSON: it is kept for a person as it came."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace")


def _again(seconds: float) -> web.Response:
    wait = str(max(1, math.ceil(seconds)))
    return web.Response(status=503, text="come again", headers={"Retry-After": wait})


async def _body(request: web.Request) -> bytes | None:
    """None for more than ``LARGEST`` bytes."""
    if (request.content_length or 0) > LARGEST:
        return None
    pieces, size = [], 0
    try:
        async for piece in request.content.iter_chunked(65_536):
            size += len(piece)
            if size > LARGEST:
                return None
            pieces.append(piece)
    except aiohttp.ClientPayloadError:
        return b""
    return b"".join(pieces)
