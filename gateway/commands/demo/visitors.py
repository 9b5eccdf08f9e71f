"""A visitor of a ministry's page, who chats over the same WebSocket as the widget."""

import asyncio
import random
from types import TracebackType
from typing import Any, Self

import aiohttp

from core.ids import new_id
from gateway.bootstrap import Parts, public_url
from gateway.commands.context import CommandFailed
from gateway.commands.demo.operators import NUMBER, PATIENCE


class Page:
    """A page with the chat open. What it has heard outlives its connection, as in a browser."""

    def __init__(self, client: aiohttp.ClientSession, site: str) -> None:
        self._client = client
        self._site = site
        self._token: str | None = None
        self._lines: list[dict[str, Any]] = []
        self._heard = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        """Connect, and go on behind the last line that is known. Raises CommandFailed."""
        try:
            self._socket = await self._client.ws_connect(f"{self._site}/chat/ws", headers={"Origin": self._site})
        except aiohttp.ClientError as error:
            raise CommandFailed(f"no web chat at {self._site}; start it with 'make run' ({error})") from error
        await self._send(t="hello", v=1, token=self._token, after=len(self._lines), lang="id")
        self._token = (await self._next("welcome")).get("token", self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The network is gone."""
        if self._socket is not None:
            await self._socket.close()

    async def say(self, text: str) -> None:
        """Write something and wait until it is durable. Raises CommandFailed."""
        print(f"\n[situs] pengunjung: {text}")
        await self._send(t="say", id=new_id(), text=text)
        await self._next("ack")

    async def hear(self) -> str:
        """What is said next to the visitor. Raises CommandFailed."""
        while True:
            while self._heard == len(self._lines):
                await self._next("line")
            line = self._lines[self._heard]
            self._heard += 1
            if line["from"] != "visitor":
                buttons = "".join(f" [{choice['label']}]" for choice in line.get("choices", ()))
                print(f"[situs] {line['from']}: {line['text']}{buttons}".replace("\n", "\n    "))
                return str(line["text"])

    async def hear_number(self) -> str:
        """The tracking number; a question before it is answered with KIRIM, as anybody may. Raises CommandFailed."""
        while not (found := NUMBER.search(said := await self.hear())):
            if "?" in said:
                await self.say("KIRIM")
        return found.group()

    async def _send(self, **frame: Any) -> None:
        if self._socket is not None:
            await self._socket.send_json(frame)

    async def _next(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind. Lines are kept; one out of its turn would be a defect. Raises CommandFailed."""
        if self._socket is None:
            raise CommandFailed("the chat is not open")
        try:
            async with asyncio.timeout(PATIENCE):
                while (frame := self._take(await self._socket.receive_json()))["t"] != kind:
                    pass
        except (TimeoutError, TypeError) as error:
            raise CommandFailed(f"no '{kind}' within {PATIENCE:.0f} s; see the gateway's log") from error
        return frame

    def _take(self, frame: dict[str, Any]) -> dict[str, Any]:
        if frame["t"] == "line":
            if frame["seq"] != len(self._lines) + 1:
                raise CommandFailed(f"line {frame['seq']} came behind {len(self._lines)}; please report this")
            self._lines.append(frame)
        elif frame["t"] in {"busy", "refused"}:
            raise CommandFailed(f"the web chat answers {frame}")
        return frame


async def play_visitors(parts: Parts) -> None:
    """A report by web chat, told in two messages; the connection breaks in between."""
    async with aiohttp.ClientSession() as client:
        page, house = Page(client, public_url(parts.settings.http)), random.randrange(1, 900)  # noqa: S311
        async with page:
            await page.say("Halo")
            await page.hear()
            await page.say(f"Pagar SDN {house} Jl. Pemuda Kudus roboh dan menutup trotoar")
            await page.say("kejadiannya kemarin sore, murid jadi berjalan di badan jalan")
        print("    (sambungan putus, lalu pulih)")
        async with page:
            number = await page.hear_number()
            await page.say(f"STATUS {number}")
            await page.hear()
