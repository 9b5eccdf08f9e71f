"""Operators who do anything at any time: each word in a talk is of the one operator who had it then."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core import attending
from core.attending import Full, NotThere
from core.chatting import Lapsed, Over, Taken
from core.model.people import Staff
from core.model.talk import Author, Line, Owner
from tests.flow.desk import Desk, Visitor, open_desk, somebody

REFUSED = (Taken, Lapsed, Over, Full, NotThere)
ENDS = frozenset({"chat_returned", "chat_moved", "chat_closed", "chat_nobody"})
STEPS = 25


@pytest.fixture
async def desk(tmp_path: Path, database_url: str) -> AsyncIterator[Desk]:
    """Three operators who take as many as there are."""
    async with open_desk(tmp_path, database_url) as opened:
        await opened.do(lambda tx: tx.people.add(somebody("sari", "Sari")))
        yield opened


async def work(desk: Desk, staff: Staff, chats: list[str], chance: random.Random) -> None:
    """One operator's page, which does not always know what is so."""
    for number in range(STEPS):
        chat_id = chance.choice(chats)
        deeds = (
            lambda chat_id=chat_id: desk.take(chat_id, staff),
            lambda: desk.take_next(staff),
            lambda chat_id=chat_id, number=number: desk.speak(chat_id, f"{staff.username} {number}", staff),
            lambda chat_id=chat_id, number=number: desk.speak(chat_id, f"{staff.username} {number}", staff),
            lambda chat_id=chat_id: desk.hand_on(chat_id, chance.choice(["", "rina", "tono", "sari"]), staff),
            lambda chat_id=chat_id: desk.close(chat_id, staff),
            lambda: desk.keep(staff),
        )
        try:
            await chance.choices(deeds, weights=(4, 3, 8, 8, 1, 1, 3))[0]()
        except REFUSED:
            continue


async def pass_time(desk: Desk, visitors: list[Visitor], chats: list[str], chance: random.Random) -> None:
    """Leases run out, the round comes by, visitors write and call again."""
    for number in range(STEPS):
        desk.clock.forward(timedelta(seconds=chance.choice([1, 5, 46])))
        await desk.tidy()
        visitor = chance.choice(visitors)
        await visitor.say(f"Halo {number}")
        if (await visitor.talk()).owner is Owner.BOT:
            chats.append(await visitor.call())


def is_orderly(lines: list[Line]) -> None:
    """Every operator's line stands between their taking the chat and its end for them."""
    holder = ""
    for line in lines:
        if line.event == "chat_taken":
            assert holder == "", f"{line.by} took what {holder} had"
            holder = line.by
        elif line.event in ENDS:
            holder = ""
        elif line.author is Author.OPERATOR:
            assert line.by == holder, f"{line.by} spoke while '{holder}' had the chat"


@pytest.mark.parametrize("seed", range(2))
async def test_operators_never_answer_over_each_other(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    staff = [desk.rina, desk.tono, await desk.do(lambda tx: tx.people.find("sari"))]
    for one in staff:
        await desk.do(lambda tx, one=one: attending.is_there(tx, one, now=desk.now, capacity=10))
    visitors, chats = [], []
    for number in range(3):
        visitor, chat_id = await desk.caller(number)
        visitors.append(visitor)
        chats.append(chat_id)

    await asyncio.gather(
        pass_time(desk, visitors, chats, chance),
        *(work(desk, one, chats, random.Random(f"{seed}{one.username}")) for one in staff),
    )

    said = 0
    for visitor in visitors:
        lines = list(await visitor.lines())
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1)), "no gap and no double"
        is_orderly(lines)
        said += sum(line.author is Author.OPERATOR for line in lines)
        talk, of_talk = (
            await visitor.talk(),
            await desk.store.read(lambda tx, v=lines[0].talk: tx.chats.of_talk(v, limit=99)),
        )
        still_open = [chat for chat in of_talk if chat.closed_at is None]
        assert [chat.id for chat in still_open] == ([talk.chat] if talk.chat else [])
        assert (talk.owner is Owner.BOT) == (not still_open)
    assert said > 0, "nobody said anything: the test proves nothing"
