"""Staff who fill in manual forms, as the conformance kit sees a network: a form handed in, and what is said of it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from channels.form import CHANNEL
from channels.form.entry import enter
from channels.form.reading import Clerk, Invalid
from channels.form.settings import FormSettings
from core.channel import Busy, Refused
from core.filetypes import FileRefused, keep_file
from core.model.message import Attachment
from core.testing.channel_rig import Sample, Told
from core.testing.fakes import RecordingIntake

CITIZENS = ("0812-3456-7801", "+62 813 5566 7702")
WIB = ZoneInfo("Asia/Jakarta")


@dataclass(slots=True)
class Handed:
    """A form that somebody sent and goes on waiting for."""

    fields: dict[str, str] = field(repr=False)
    files: tuple[bytes, ...] = field(default=(), repr=False)
    told: Told = Told.NOTHING


class FormRig:
    """A member of staff at work."""

    citizens = CITIZENS
    secrets: Sequence[str] = ()

    def __init__(self) -> None:
        self.settings = FormSettings()
        self.intake = RecordingIntake()
        self._tokens = (f"formulir-{number:032x}" for number in itertools.count(1))
        self._working: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """There is nothing to start."""

    async def stop(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return CHANNEL.read(pieces, self.settings)

    async def bring(self, sample: Sample) -> Handed:
        fields = {
            "kind": "telephone",
            "token": next(self._tokens),
            "title": "Jalan berlubang",
            "text": sample.text,
            "phone": CITIZENS[sample.who],
        }
        return self._hand_in(Handed(fields, sample.files))

    async def bring_again(self, handle: Handed) -> Handed:
        return self._hand_in(Handed(handle.fields, handle.files))

    async def bring_garbage(self) -> None:
        """A kind that is none, control characters, a form without a token."""
        for garbage in ({"kind": "\x00\ud800"}, {"kind": "tweet", "url": "https://[::1/\u202e"}, {}):
            assert (await self._told({"phone": CITIZENS[0], **garbage}, ())) is Told.REFUSED

    def _hand_in(self, handed: Handed) -> Handed:
        async def wait() -> None:
            handed.told = await self._told(handed.fields, handed.files)

        task = asyncio.create_task(wait())
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return handed

    async def _told(self, fields: dict[str, str], files: tuple[bytes, ...]) -> Told:
        clerk = Clerk("dewi.lestari", datetime.now(UTC), WIB)
        try:
            kept = tuple([await self._keep(file) for file in files])
            await enter(fields, clerk=clerk, settings=self.settings, attachments=kept, intake=self.intake)
        except Busy:
            return Told.BUSY
        except (Invalid, Refused, FileRefused):
            return Told.REFUSED
        return Told.ACCEPTED

    async def _keep(self, file: bytes) -> Attachment:
        content, limit = _content(file), self.settings.max_scan
        return await keep_file(content, self.intake.store, name="surat.jpg", declared="image/jpeg", limit=limit)


async def _content(file: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(file), 1000):
        yield file[start : start + 1000]
