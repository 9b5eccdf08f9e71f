"""What a channel's test supplies to the conformance kit: the channel wired to a scripted peer on loopback."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Protocol, runtime_checkable

from core.channel import Channel
from core.ids import new_id
from core.model.message import Outbound
from core.testing.fakes import RecordingIntake

STEP = 0.005
PATIENCE = 5.0


class Told(Enum):
    """What the network knows of a message it brought. A network that is asked for messages hears ``ACCEPTED`` when the
    channel asks for those after it.
    """

    NOTHING = "nothing"
    ACCEPTED = "accepted"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message of a citizen. ``who`` is an index into ``Rig.citizens``; ``files`` are JPEG images."""

    text: str = field(repr=False)
    who: int = 0
    files: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """One piece that the network took: the id it gave, the index of the citizen it goes to, the text."""

    id: str
    who: int
    text: str = field(repr=False)


class Handle(Protocol):
    """A message the peer has brought."""

    @property
    def told(self) -> Told:
        """What the network has been told by now; a lost connection tells ``NOTHING``."""
        ...


class Rig(Protocol):
    """A channel and its network. Made anew for each test, neither started nor connected; the fixture calls ``stop`` and
    ends the peer afterwards.

    Attributes:
        intake: the core the channel is given.
        citizens: at least two addresses, as the network writes them. None of them may be seen in a log.
        secrets: passwords and tokens the channel is set up with. None of them may be seen anywhere.
    """

    intake: RecordingIntake
    citizens: Sequence[str]
    secrets: Sequence[str]

    async def start(self) -> None:
        """Begin to receive, and return once the network can bring messages (or once it refuses the log-in).

        Called again after ``stop`` it starts a fresh channel with the same settings and the same intake.
        """
        ...

    async def stop(self) -> None:
        """End the channel as the gateway does, by cancelling it, and wait for it. The peer stays. Twice is harmless."""
        ...

    def read(self, pieces: Sequence[bytes | None]) -> str:
        """``ChannelSpec.read`` of this channel with its settings."""
        ...

    async def bring(self, sample: Sample) -> Handle:
        """The network offers a new message; returns without waiting for the answer. What the network's encoding cannot
        express (a lone surrogate in a GSM message) is written as near as it can be.
        """
        ...

    async def bring_again(self, handle: Handle) -> Handle:
        """The network repeats the message, as it does when it has not seen our answer."""
        ...

    async def bring_garbage(self) -> None:
        """The peer sends what no parser takes, in the way most likely to break this channel."""
        ...


class PartsRig(Rig, Protocol):
    """For ``Capabilities.parts``."""

    async def bring_long(self, text: str, *, pieces: int, who: int = 0) -> Sequence[Handle]:
        """A long message in so many pieces, in order. Two senders' messages share the network's reference number, where
        it has one; two messages of one sender have different ones.
        """
        ...


class ChannelRig(Rig, Protocol):
    """For networks with a connection of our own (``Channel``), rather than HTTP routes alone."""

    @property
    def channel(self) -> Channel:
        """The channel as it runs now."""
        ...

    async def go_away(self) -> None:
        """Every connection is cut and none can be made."""
        ...

    async def come_back(self) -> None:
        """The network can be reached again."""
        ...

    async def refuse_credentials(self) -> None:
        """From now on the network refuses our log-in or token."""
        ...


class SendingRig(ChannelRig, Protocol):
    """For ``Capabilities.sends``."""

    def take_sent(self) -> Sequence[Sent]:
        """The pieces the network took since the last call, in order."""
        ...

    async def throttle(self, delay: timedelta) -> bool:
        """From now on the network takes nothing and asks to wait; False where it cannot say how long."""
        ...

    async def go_silent(self) -> None:
        """From now on the network takes what we send and never answers."""
        ...

    async def receipt_for(self, external_id: str) -> None:
        """The network says that the piece it gave this id was delivered."""
        ...


@runtime_checkable
class AddressedRig(Protocol):
    """For networks over which nobody writes to us."""

    def address(self, who: int) -> Outbound:
        """A reply without id and text to the citizen with this index, as the core would route it."""
        ...


def require(kept: object, promise: str) -> None:
    """Fail the test with the sentence of the contract that was broken."""
    if not kept:
        raise AssertionError(promise)


Condition = Callable[[], bool | Awaitable[bool]]


async def eventually(condition: Condition, promise: str, *, limit: float | None = None) -> None:
    """Wait until ``condition`` holds, at most ``limit`` (``PATIENCE``) seconds; then fail with ``promise``."""
    limit = limit or PATIENCE
    for _ in range(int(limit / STEP)):
        if await _holds(condition):
            return
        await asyncio.sleep(STEP)
    raise AssertionError(f"{promise} (not within {limit} s)")


async def never(condition: Condition, promise: str, *, within: float = 0.15) -> None:
    """Watch for ``within`` seconds that ``condition`` does not come true; fail with ``promise`` when it does."""
    for _ in range(int(within / STEP)):
        require(not await _holds(condition), promise)
        await asyncio.sleep(STEP)


async def _holds(condition: Condition) -> bool:
    result = condition()
    return await result if inspect.isawaitable(result) else bool(result)


async def committed(rig: Rig, count: int = 1) -> None:
    """Wait until the core has taken so many messages."""
    await eventually(lambda: len(rig.intake.committed) >= count, "every message that is brought reaches the core")


async def outbound(rig: SendingRig, text: str, *, who: int = 0) -> Outbound:
    """A reply to a citizen whose message was taken first, on the route that message came by."""
    if isinstance(rig, AddressedRig):
        return replace(rig.address(who), id=new_id(), text=text)
    before = len(rig.intake.committed)
    await rig.bring(Sample("Lampu jalan di Jl. Merdeka Bandung padam sejak Senin.", who=who))
    await committed(rig, before + 1)
    asked = rig.intake.committed[before]
    return Outbound(
        id=new_id(),
        channel=asked.channel,
        connection=asked.connection,
        to=asked.sender,
        text=text,
        route=dict(asked.route),
    )
