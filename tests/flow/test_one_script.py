"""The same dialogue script on SMS, Telegram and web chat, over their wires and through one gateway."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.chat.telegram.api_peer import BotApi
from core.model.report import Report
from core.model.talk import Author, Line, Talk
from core.ports import Tx
from tests.channels.chat.webchat.chat_rig import Page
from tests.flow.messenger import telegram
from tests.flow.rig import Citizen, Town, number_in, open_town, until

COMMAND = "STATUS"
REPORTED = ("received", "status")
WORDS = ("LAPOR", "{matter}", "{place}", "sejak kemarin", "KIRIM", COMMAND, "PETUGAS")
# Each their own matter: nobody is told that others have reported the same.
MATTERS = {
    "sms": ("Jalan rusak parah", "Jl. Kenanga, Bekasi"),
    "telegram": ("Lampu taman mati semua", "Jl. Veteran, Surabaya"),
    "webchat": ("Sampah sudah menumpuk", "Jl. Sudirman, Medan"),
}
PHONE = "6281234567801"


@dataclass
class Teller:
    """Somebody on one network: how they say a thing and what they have read by now."""

    channel: str
    say: Callable[[str], Any]
    read: Callable[[], Sequence[str]]
    heard: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The script as this person says it."""
        matter, place = MATTERS[self.channel]
        return [text.format(matter=matter, place=place) for text in WORDS]

    async def tell(self, town: Town, text: str) -> None:
        """Exactly one thing comes back."""
        await self.say(text)

        async def is_answered() -> bool:
            return len(self.read()) > len(self.heard)

        await until(is_answered, limit=60)
        await town.quiet(limit=60)
        new = list(self.read())[len(self.heard) :]
        self.heard += new
        assert len(new) == 1, f"{text} on {self.channel}: {new}"


def by_phone(town: Town) -> Teller:
    """Over SMPP, as a phone puts the segments together."""
    citizen, shown = Citizen(town, PHONE), list[str]()

    def read() -> Sequence[str]:
        shown.extend(citizen.new())
        return shown

    async def say(text: str) -> None:
        assert await town.smsc.deliver(PHONE, text) == 0

    return Teller("sms", say, read)


def by_telegram(api: BotApi) -> Teller:
    """Over the Bot API."""
    user = api.world.citizen("Ratna")

    async def say(text: str) -> None:
        api.world.say(user, text)

    return Teller("telegram", say, lambda: [sent.text for sent in api.world.sent if sent.chat == user])


def by_page(page: Page) -> Teller:
    """Over a WebSocket."""
    return Teller("webchat", page.say, lambda: [line["text"] for line in page.of("line") if line["from"] == "bot"])


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def town(api: BotApi, database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """One gateway with the three networks; the bot asks soon."""
    chosen = {"telegram": telegram(api), "webchat": {"pause_seconds": 0.3}}
    async with open_town(tmp_path, database_url, chosen) as town:
        yield town


async def talks(town: Town) -> dict[str, tuple[Talk, Sequence[Line]]]:
    """Every talk with its lines, by the network."""

    def look(tx: Tx) -> dict[str, tuple[Talk, Sequence[Line]]]:
        reports = tx.reports.queue(states=(), limit=10)
        found = {report.channel: tx.talks.find(report.reporter) for report in reports if report.reporter}
        return {c: (talk, tx.talks.lines(talk.id, limit=100)) for c, talk in found.items() if talk}

    return await town.read(look)


async def test_one_script_is_answered_alike_on_every_wire(town: Town, api: BotApi) -> None:
    async with aiohttp.ClientSession() as client:
        page = Page(await client.ws_connect(f"{town.address}/chat/ws", headers={"Origin": town.address}))
        await page.send(t="hello", v=1, token=None, after=0, lang="id")
        tellers = (by_phone(town), by_telegram(api), by_page(page))

        for turn in range(len(WORDS)):
            for teller in tellers:
                await teller.tell(town, teller.words[turn])

    reports = {report.channel: report for report in await town.reports()}
    kept = await talks(town)
    assert {teller.channel for teller in tellers} == reports.keys() == kept.keys()
    for teller in tellers:
        _told_about(teller, reports[teller.channel])
        assert [line.text for line in _by(Author.VISITOR, kept, teller)] == [
            text for text in teller.words if text != COMMAND
        ]
    events = {tuple(line.event for line in _by(Author.BOT, kept, teller)) for teller in tellers}
    assert len(events) == 1, events
    assert len({talk.owner for talk, _ in kept.values()}) == 1


def _told_about(teller: Teller, report: Report) -> None:
    begin, where, when, complete, received, status, person = teller.heard
    assert "apa yang terjadi" in begin.casefold()
    assert ("Di mana" in where, "Kapan" in when, "irim" in complete) == (True, True, True)
    assert number_in(received) == number_in(status) == report.tracking_id
    assert re.search(r"PIN (Anda )?\d{6}", received)
    assert "petugas" in person.casefold()
    assert (report.place, report.original_text) == (teller.words[2], "\n".join(teller.words[1:4]))


def _by(author: Author, kept: dict[str, tuple[Talk, Sequence[Line]]], teller: Teller) -> list[Line]:
    """Of the dialogue: outside of it, SMS keeps no lines."""
    lines = [line for line in kept[teller.channel][1] if line.author is author]
    return [line for line in lines if line.text != COMMAND and line.event not in REPORTED]
