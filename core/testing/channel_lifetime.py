"""The kit's tests of a channel's life: it comes back by itself, tells no secrets and leaves nothing behind."""

import asyncio
import contextlib
import logging
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from core.channel import Busy, Refused, SendError
from core.model.message import Outbound
from core.testing.channel_gates import Kit, needs
from core.testing.channel_rig import ChannelRig, Rig, Sample, SendingRig, Told, eventually, outbound, require

PRIVATE = "Saya Ratna Wulandari dipukul ayah tiri di Gang Mawar"
PRIVATE_REPLY = "Ibu Ratna Wulandari dihubungi petugas di Gang Mawar"
PRIVATE_WORDS = ("Ratna", "Wulandari", "Gang Mawar")


class Lifetime(Kit):
    """From start to stop, with everything that happens between."""

    @needs(lambda network: network.connects)
    async def test_it_comes_back_by_itself_and_says_so(self, rig: ChannelRig) -> None:
        """Health follows the connection down and up; messages and replies flow again."""
        await rig.start()
        await eventually(lambda: _is_up(rig), "health says when the connection is up")

        await rig.go_away()
        await eventually(lambda: _is_down(rig), "health says when the connection is lost")
        await rig.come_back()

        await eventually(lambda: _is_up(rig), "the channel reconnects by itself and says so")
        await self._use(rig, "Pohon tumbang menutup Jl. Diponegoro.", "messages get through after a reconnection")

    async def test_words_addresses_and_secrets_stay_out_of_sight(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No log record, repr or error holds a citizen's words or address, or a secret, at any level."""
        caplog.set_level(logging.DEBUG)
        await rig.start()

        seen = await self._live_through_everything(rig)
        await rig.stop()

        hidden = [*PRIVATE_WORDS, *rig.citizens, *rig.secrets]
        shown = "\n".join([*seen, *(_shown(record) for record in caplog.records)])
        for index, word in enumerate(hidden):
            require(word not in shown, f"hidden word {index} of {len(hidden)} shows in a log, a repr or an error")

    async def test_nothing_is_left_behind(self, rig: Rig) -> None:
        """After stop no task, socket or thread of the channel remains."""
        before = _possessions()
        await rig.start()
        await self._use(rig, "Trotoar Jl. Pemuda Surabaya amblas.", "the message is accepted")

        await rig.stop()

        await eventually(lambda: not _possessions().sockets - before.sockets, "no socket is left behind")
        await eventually(lambda: not _possessions().threads - before.threads, "no thread is left behind")
        await eventually(lambda: not _possessions().tasks - before.tasks, "no task is left behind")

    async def _use(self, rig: Rig, text: str, promise: str) -> None:
        """A message is brought; where nobody writes to us a reply is sent."""
        if not self.network.receives:
            sending = cast("SendingRig", rig)
            require(await sending.channel.send(await outbound(sending, text)), promise)
            return
        handle = await rig.bring(Sample(text))
        await eventually(lambda: handle.told is Told.ACCEPTED, promise)

    async def _live_through_everything(self, rig: Rig) -> list[str]:
        if self.network.receives:
            await _bring_everything(rig)
        seen = [repr(message) for message in rig.intake.offered]
        if self.network.connects:
            seen += await _described(cast("ChannelRig", rig))
        if self.network.capabilities.sends:
            seen += await _reply_everything(cast("SendingRig", rig))
            seen += await _described(cast("ChannelRig", rig))
        return seen


@dataclass(frozen=True, slots=True)
class Possessions:
    """What a running channel owns in its process."""

    tasks: frozenset[asyncio.Task[object]]
    threads: frozenset[threading.Thread]
    sockets: frozenset[str]


def _possessions() -> Possessions:
    """The event loop's own pool of threads is not counted."""
    threads = (thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_"))
    return Possessions(frozenset(asyncio.all_tasks()), frozenset(threads), frozenset(_sockets()))


def _sockets() -> Iterator[str]:
    """Names of the sockets this process has open; Linux only, nothing is seen elsewhere."""
    folder = Path("/proc/self/fd")
    for link in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            target = str(link.readlink())
            if target.startswith("socket:"):
                yield target


async def _bring_everything(rig: Rig) -> None:
    """What citizens write while the core takes it, is busy, and refuses; then garbage."""
    for failure in (None, Busy("the database is away"), Refused("not taken")):
        if failure is not None:
            rig.intake.fail(failure)
        expected = len(rig.intake.offered) + 1
        await rig.bring(Sample(PRIVATE, who=expected % 2))
        await eventually(lambda expected=expected: len(rig.intake.offered) >= expected, "messages reach the core")  # type: ignore[misc]
    await rig.bring_garbage()


async def _reply_everything(rig: SendingRig) -> list[str]:
    """Send while it works, while it is throttled and while nobody is there; what the errors say."""
    reply = await outbound(rig, PRIVATE_REPLY)
    await rig.channel.send(reply)
    await rig.throttle(timedelta(seconds=1))
    said = [await _words_of_failure(rig, reply)]
    await rig.go_away()
    await eventually(lambda: _is_down(rig), "a lost connection is noticed")
    return [*said, await _words_of_failure(rig, reply)]


async def _words_of_failure(rig: SendingRig, reply: Outbound) -> str:
    try:
        await rig.channel.send(reply)
    except SendError as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("a network that is throttled or away takes no reply")


async def _described(rig: ChannelRig) -> list[str]:
    return [repr(rig.channel), str(rig.channel), (await rig.channel.health()).detail]


def _shown(record: logging.LogRecord) -> str:
    """Everything a formatter could print of a record."""
    error = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    return f"{record.getMessage()} {record.__dict__!r} {error}"


async def _is_up(rig: ChannelRig) -> bool:
    return (await rig.channel.health()).up


async def _is_down(rig: ChannelRig) -> bool:
    return not await _is_up(rig)
