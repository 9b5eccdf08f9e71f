"""The Bot API: one request each, written by python-telegram-bot over our own session. The door to that package."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from channels.chat.telegram.settings import TELEGRAM, TelegramSettings

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup
    from telegram.request import RequestData

LARGEST_ANSWER: Final = 16 * 1024 * 1024
PIECE: Final = 65_536
CONNECT_SECONDS: Final = 10.0
UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")
Json = dict[str, Any]


class NoConnection(Exception):
    """The request surely did not reach Telegram."""


class NoAnswer(Exception):
    """The request may have reached Telegram; what it answered is not known, or was not the API's."""


class Problem(Exception):
    """Telegram refused. ``description`` may hold what a citizen wrote: it is looked at and never shown.

    ``retry_after``: seconds to wait; ``migrated_to``: the chat that this one has become. 0 and empty where unsaid.
    """

    def __init__(self, status: int, *, description: str = "", retry_after: float = 0, migrated_to: str = "") -> None:
        super().__init__(f"Telegram answered {status}")
        self.status = status
        self.retry_after = retry_after
        self.migrated_to = migrated_to
        self._words = description.lower()

    def says(self, *words: str) -> bool:
        """Whether one of these (in lower case) is in its description."""
        return any(word in self._words for word in words)


class Client:
    """The methods that are used. Every call raises NoConnection, NoAnswer or Problem."""

    def __init__(self, settings: TelegramSettings, session: aiohttp.ClientSession) -> None:
        # The package takes half a second to import: commands that have no business with Telegram do without.
        import telegram  # noqa: PLC0415

        # At DEBUG it writes tokens and texts, and at higher levels what it could not parse.
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
        base = settings.base_url.rstrip("/") or TELEGRAM
        self._telegram = telegram
        self._session = session
        self._wire = make_wire(session, seconds=settings.request_seconds)
        self._updates = make_wire(session, seconds=settings.request_seconds + settings.poll_seconds)
        self._bot = telegram.Bot(
            settings.token.reveal(),
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._wire,
            get_updates_request=self._updates,
        )

    async def name(self) -> str:
        """The bot's own username."""
        return (await _asked(self._bot.get_me())).username or ""

    async def updates(self, *, offset: int, most: int, wait: int) -> list[Any]:
        """What came, unread: one update that the package cannot read would cost the whole answer."""
        await _asked(self._bot.get_updates(offset=offset, limit=most, timeout=wait, allowed_updates=UPDATES))
        found = self._updates.results
        return found if isinstance(found, list) else []

    async def set_webhook(self, url: str, *, secret: str) -> None:
        """From now on updates are brought to ``url``."""
        await _asked(self._bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES, max_connections=100))

    async def delete_webhook(self) -> None:
        """From now on updates are asked for; none is dropped."""
        await _asked(self._bot.delete_webhook(drop_pending_updates=False))

    async def webhook(self) -> tuple[str, int, str]:
        """Where updates are brought, how many wait, and what went wrong last."""
        found = await _asked(self._bot.get_webhook_info())
        return found.url, found.pending_update_count, found.last_error_message or ""

    async def send(self, chat: str, text: str, *, choices: Sequence[tuple[str, str]] = (), reply_to: int = 0) -> int:
        """A plain text with buttons (label and data); the id of the message. Links are not previewed."""
        parameters = self._telegram.ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        sent = await _asked(
            self._bot.send_message(
                int(chat),
                text,
                reply_markup=self._keyboard(choices) if choices else None,
                reply_parameters=parameters,
                link_preview_options=self._telegram.LinkPreviewOptions(is_disabled=True),
            )
        )
        return int(sent.message_id)

    def _keyboard(self, choices: Sequence[tuple[str, str]]) -> "InlineKeyboardMarkup":
        rows = [[self._telegram.InlineKeyboardButton(label, callback_data=data)] for label, data in choices]
        return self._telegram.InlineKeyboardMarkup(rows)

    async def answer_callback(self, callback: str) -> None:
        """The button that was pressed stops to blink."""
        await _asked(self._bot.answer_callback_query(callback))

    @asynccontextmanager
    async def open_file(self, file_id: str, *, seconds: float) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Its size (0: unsaid) and its content. The address holds the token, so it lives only here."""
        found = await _asked(self._bot.get_file(file_id))
        try:
            url = URL(found.file_path or "", encoded=True)
            timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
            async with self._session.get(url, allow_redirects=False, timeout=timeout) as response:
                if response.status != 200:
                    raise Problem(response.status)
                yield response.content_length or 0, response.content.iter_chunked(PIECE)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from None


async def _asked(call: Any) -> Any:
    """The answer as the package read it. What it cannot read of a good answer is as good as none."""
    try:
        return await call
    except (NoConnection, NoAnswer, Problem):
        raise
    except Exception as error:  # noqa: BLE001 - the package wraps errors, and raises any on an unexpected shape
        raise _unwrapped(error) from None


def _unwrapped(error: BaseException) -> Exception:
    cause = error.__cause__
    return cause if isinstance(cause, NoConnection | NoAnswer | Problem) else NoAnswer(type(error).__name__)


def make_wire(session: aiohttp.ClientSession, *, seconds: float) -> Any:
    """What the package takes for its HTTP client: our session, a time limit, and refusals as ``Problem``."""
    from telegram.request import BaseRequest  # noqa: PLC0415

    class Wire(BaseRequest):
        """``results``: what the last ``getUpdates`` brought."""

        results: Any = None

        @property
        def read_timeout(self) -> float:
            return seconds

        async def initialize(self) -> None:
            """The session is opened elsewhere."""

        async def shutdown(self) -> None:
            """And closed there."""

        async def do_request(
            self, url: str, method: str, request_data: "RequestData | None" = None, *_timeouts: Any, **_named: Any
        ) -> tuple[int, bytes]:
            fields = request_data.json_parameters if request_data is not None else {}
            answer = await _ask(session, method, url, fields, seconds=seconds)
            if url.endswith("/getUpdates"):
                self.results, answer = answer.get("result"), {"ok": True, "result": []}
            return 200, json.dumps(answer).encode()

    return Wire()


async def _ask(
    session: aiohttp.ClientSession, method: str, url: str, fields: dict[str, str], *, seconds: float
) -> Json:
    try:
        async with (
            asyncio.timeout(seconds),
            session.request(method, url, data=fields or None, allow_redirects=False) as response,
        ):
            return _judge(response.status, await _read(response))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NoConnection(type(error).__name__) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NoAnswer(type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(PIECE):
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise NoAnswer("more than 16 MiB")
        pieces.append(piece)
    return b"".join(pieces)


def _judge(status: int, body: bytes) -> Json:
    """Raises Problem for a refusal of the API; of a page of somebody in front of it nothing is known."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and answer.get("ok") is True and 200 <= status <= 299:
        return answer
    if not isinstance(answer, dict) or "error_code" not in answer or status >= 500:
        if status in {401, 404}:
            raise Problem(status)
        raise NoAnswer(f"status {status}")
    raise _problem(status, answer)


def _problem(status: int, answer: Json) -> Problem:
    said = answer.get("parameters")
    parameters = said if isinstance(said, dict) else {}
    wait, chat = parameters.get("retry_after"), parameters.get("migrate_to_chat_id")
    return Problem(
        status,
        description=str(answer.get("description", "")),
        retry_after=float(wait) if isinstance(wait, int | float) and 0 < wait < 10**7 else 0,
        migrated_to=str(chat) if isinstance(chat, int) else "",
    )


def open_session(settings: TelegramSettings) -> aiohttp.ClientSession:
    """Without cookies, and a connection for each request: one that was closed meanwhile would leave a text in doubt."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_SECONDS, settings.request_seconds)),
    )
