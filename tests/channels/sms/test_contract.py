"""SMS keeps the channel contract."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from channels.sms import CHANNEL
from channels.sms.adapter import SmsChannel
from channels.sms.content import read_text
from channels.sms.receipts import canonical
from channels.sms.settings import SmsSettings
from channels.sms.smsc import Posted, Smsc
from channels.sms.smsc.messages import encode_text, message_body
from channels.sms.text import gsm
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import Command
from core.model.secret import Secret
from core.testing.channel_kit import contract
from core.testing.channel_rig import Sample, Sent, Told, eventually
from core.testing.fakes import RecordingIntake
from tests.channels.sms.conftest import make_operator

TOLD = {STATUSES["ESME_ROK"]: Told.ACCEPTED, STATUSES["ESME_RSYSERR"]: Told.BUSY}
PASSWORD = "Rhs#1708"


@dataclass(frozen=True)
class Brought:
    """A deliver_sm on its way."""

    posted: Posted

    @property
    def told(self) -> Told:
        statuses = self.posted.statuses
        return TOLD.get(statuses[-1], Told.REFUSED) if statuses else Told.NOTHING


class SmsRig:
    """The channel bound to a scripted SMSC, as a transceiver."""

    def __init__(self) -> None:
        self.intake = RecordingIntake()
        self.citizens = ("6281211112222", "6281333334444")
        self.secrets = (PASSWORD,)
        self.smsc = Smsc({"lapor": PASSWORD}, redelivers=False)
        self.channel: SmsChannel
        self._task: asyncio.Task[None] | None = None
        self._references: Counter[int] = Counter()
        self._seen_submits = 0

    async def start(self) -> None:
        self._operator = make_operator(self.smsc.port, password=Secret(PASSWORD), response_seconds=0.5)
        self.channel = SmsChannel(self._operator)
        self._task = asyncio.create_task(self.channel.receive(self.intake))
        await eventually(self._is_decided, "the channel binds or is refused")

    async def _is_decided(self) -> bool:
        health = await self.channel.health()
        return health.up or "refused" in health.detail

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def read(self, pieces: Sequence[bytes | None]) -> str:
        return read_text(pieces, SmsSettings(operators=(self._operator,)))

    async def bring(self, sample: Sample) -> Brought:
        if gsm.is_encodable(sample.text):
            octets, data_coding = gsm.encode(sample.text), 0
        else:
            octets, data_coding = sample.text.encode("utf-16-be", "surrogatepass"), 8
        return await self._post(message_body(self.citizens[sample.who], octets, data_coding=data_coding))

    async def bring_again(self, handle: Brought) -> Brought:
        """After a refusal for the time being on the same connection, else because the connection broke."""
        if handle.told is not Told.BUSY:
            await self._lose(self.smsc.drop)
        return await self._post(handle.posted.body)

    async def _post(self, body: bytes) -> Brought:
        await self.smsc.wait_for_bind()
        return Brought(self.smsc.post(body))

    async def _lose(self, cut: object) -> None:
        connection = self.smsc.connections[0]
        assert callable(cut)
        cut()
        await self.smsc.wait_for(lambda: connection not in self.smsc.connections)
        await self.smsc.wait_for_bind()

    async def bring_garbage(self) -> None:
        """A message that holds less than it announces, a command nobody knows, then a length no PDU has."""
        self.smsc.post(message_body(self.citizens[0], b"Jalan rusak")[:-4])
        self.smsc.request(0x0BAD)
        await self.smsc.wait_for(lambda: Command.GENERIC_NACK in {command for command, _ in self.smsc.seen})
        await self._lose(lambda: self.smsc.send_octets(b"\xff" * 64))

    async def bring_long(self, text: str, *, pieces: int, who: int = 0) -> Sequence[Brought]:
        self._references[who] += 1
        octets, data_coding = encode_text(text)
        size = -(-len(octets) // pieces)
        size += size % 2
        handles = []
        for number in range(pieces):
            header = bytes([5, 0, 3, self._references[who], pieces, number + 1])
            piece = header + octets[number * size : (number + 1) * size]
            body = message_body(self.citizens[who], piece, data_coding=data_coding, esm_class=0x40)
            handles.append(await self._post(body))
        return handles

    async def go_away(self) -> None:
        await self.smsc.stop()

    async def come_back(self) -> None:
        await self.smsc.start()

    async def refuse_credentials(self) -> None:
        self.smsc.refuse_binds()

    def take_sent(self) -> Sequence[Sent]:
        new, self._seen_submits = self.smsc.submits[self._seen_submits :], len(self.smsc.submits)
        return [Sent(canonical(s.id), self.citizens.index(s.message.destination), s.text) for s in new if s.id]

    async def throttle(self, delay: timedelta) -> bool:
        self.smsc.throttle(1000)
        return False

    async def go_silent(self) -> None:
        self.smsc.go_silent()

    async def receipt_for(self, external_id: str) -> None:
        submitted = next(s for s in self.smsc.submits if canonical(s.id) == external_id)
        await self.smsc.post_receipt(submitted).answered


class TestContract(contract(CHANNEL.capabilities)):  # type: ignore[misc]
    """sms keeps the channel contract."""

    @pytest.fixture
    async def rig(self) -> AsyncIterator[SmsRig]:
        rig = SmsRig()
        await rig.smsc.start()
        yield rig
        await rig.stop()
        await rig.smsc.stop()
