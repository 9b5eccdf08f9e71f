"""A room: all pages that have one talk open in this process."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from channels.chat.webchat.wire.answers import RateNow, SeenShown, StateShown, TypingShown, show_line
from channels.chat.webchat.wire.files import name_file
from core.desk import Fresh, Visit
from core.model.message import Address
from core.model.talk import Line

encode = msgspec.json.Encoder().encode


class Seat(Protocol):
    """A page in a room."""

    def offer(self, lines: Sequence[tuple[int, str]]) -> None:
        """New lines, encoded, by their numbers; those it has already are among them."""
        ...

    def push(self, frame: str) -> None:
        """A frame that passes."""
        ...

    def turn_out(self) -> None:
        """The token was taken back."""
        ...

    async def send_away(self) -> None:
        """The server is going."""
        ...


class Room:
    """What of a talk its pages have been told. ``talk`` is empty while nothing was said; ``head``: told up to here."""

    __slots__ = ("address", "head", "key", "seats", "talk", "visit")

    def __init__(self, address: Address, key: bytes) -> None:
        self.address = address
        self.key = key
        self.talk = ""
        self.head = 0
        self.visit = Visit()
        self.seats: set[Seat] = set()

    def show(self, line: Line) -> str:
        """A line as its pages get it."""
        return encode(show_line(line, name=lambda each: name_file(self.key, self.address, each))).decode()

    def deliver(self, fresh: Fresh) -> None:
        """Tell every page what is new."""
        if fresh.visit.revoked:
            for seat in tuple(self.seats):
                seat.turn_out()
            return
        shown = [(line.seq, self.show(line)) for line in fresh.lines]
        if shown:
            self.head = max(self.head, shown[-1][0])
        frames = [encode(frame).decode() for frame in changes(self.visit, fresh.visit)]
        self.visit = fresh.visit
        for seat in tuple(self.seats):
            if shown:
                seat.offer(shown)
            for frame in frames:
                seat.push(frame)

    def show_typing(self) -> None:
        """The operator is typing."""
        frame = encode(TypingShown(self.visit.operator)).decode()
        for seat in tuple(self.seats):
            seat.push(frame)


def changes(before: Visit, after: Visit) -> list[msgspec.Struct]:
    """What pages are told when a talk stands otherwise than before."""
    told: list[msgspec.Struct] = []
    if (before.owner, before.operator, before.place) != (after.owner, after.operator, after.place):
        told.append(StateShown(after.owner.value, after.operator, after.place))
    if after.seen > before.seen:
        told.append(SeenShown(after.seen))
    if after.rates and not before.rates:
        told.append(RateNow())
    return told
