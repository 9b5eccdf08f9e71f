"""Whatever the news brings, in pieces, twice or not at all: a page gets every line once, in order."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels.chat.webchat.live.room import Room
from channels.chat.webchat.live.session import Session
from channels.chat.webchat.settings import WebchatSettings
from core.desk import Visit
from core.model.message import Address
from core.model.talk import Author
from tests.channels.chat.webchat.chat_rig import Talking, TalksInMemory

KEY = b"k"
LAST = 60


class Socket:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.seqs: list[int] = []

    async def send_str(self, frame: str) -> None:
        await asyncio.sleep(0)
        self.seqs.append(json.loads(frame)["seq"])


async def play(after: int, head: int, told: list[tuple[int, int, bool]]) -> list[int]:
    """A page that has lines up to ``after`` hears of these stretches of a talk; what it was sent in the end."""
    talks, address, socket = TalksInMemory(), Address("web", "a" * 32), Socket()
    talking = talks.talks[address.value] = Talking(Visit("talk-1"))
    talks.add(talking, *(f"baris {n}" for n in range(1, LAST + 1)), author=Author.BOT)
    front: Any = SimpleNamespace(settings=WebchatSettings(queue=16), clock=lambda: 0.0, visits=talks)
    session, room = Session(front, socket, source=""), Room(address, KEY)  # type: ignore[arg-type]
    room.talk, room.head = "talk-1", head
    session.begin(room, after=after, head=head)
    writing = asyncio.ensure_future(session.write())
    for first, count, pauses in [*told, (LAST, 1, True)]:
        session.offer([(line.seq, room.show(line)) for line in talking.lines[first - 1 : first - 1 + count]])
        if pauses:
            await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while socket.seqs[-1:] != [LAST]:
            await asyncio.sleep(0)
    writing.cancel()
    return socket.seqs


stretches = st.lists(st.tuples(st.integers(1, LAST), st.integers(1, 30), st.booleans()), max_size=12)


@given(after=st.integers(0, LAST - 1), ahead=st.integers(0, LAST), told=stretches)
def test_every_line_is_sent_once_and_in_order(after: int, ahead: int, told: list[tuple[int, int, bool]]) -> None:
    sent = asyncio.run(play(after, min(LAST, after + ahead), told))

    assert sent == list(range(after + 1, LAST + 1))
