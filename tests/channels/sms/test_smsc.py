"""The scripted SMSC does what its methods say; a plain ESME that knows nothing of the channel looks at it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.sms.smsc import Smsc, SubmitAnswer
from channels.sms.smsc.messages import long_bodies, message_body
from channels.sms.text.header import read_header
from channels.sms.wire.codec import STATUSES, Writer
from channels.sms.wire.pdu import HEADER, Command, Tlv, pack, pack_answer, read_message, read_text_field

SENDER = "6281234567890"


class Esme:
    """Reads and writes PDUs by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.build = Writer()

    async def read(self) -> tuple[int, int, int, bytes]:
        """Command, status, number, the whole PDU."""
        async with asyncio.timeout(2):
            head = await self._reader.readexactly(16)
            length, command, status, number = HEADER.unpack(head)
            return command, status, number, head + await self._reader.readexactly(length - 16)

    async def ask(self, built: tuple[int, bytes]) -> tuple[int, int, int, bytes]:
        self._writer.write(built[1])
        return await self.read()

    def write(self, pdu: bytes) -> None:
        self._writer.write(pdu)

    async def ends(self) -> bool:
        async with asyncio.timeout(2):
            try:
                return await self._reader.read() == b""
            except ConnectionResetError:
                return True

    async def bind(self, role: Any = "transceiver", *, password: str = "secret") -> int:
        built = self.build.bind(role, system_id="lapor", password=password, system_type="")
        return (await self.ask(built))[1]

    async def submit(self, text: bytes = b"halo") -> tuple[int, int, int, bytes]:
        fields: dict[str, Any] = {
            "source_addr": "1708",
            "destination_addr": SENDER,
            "short_message": text,
            "registered_delivery": 1,
        }
        return await self.ask(self.build.submit_sm(fields))


@asynccontextmanager
async def esme(smsc: Smsc) -> AsyncIterator[Esme]:
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
    try:
        yield Esme(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_it_binds_whom_it_knows() -> None:
    async with Smsc({"lapor": "secret"}) as smsc, esme(smsc) as one, esme(smsc) as other:
        assert await one.bind() == STATUSES["ESME_ROK"]
        assert await other.bind(password="salah") == STATUSES["ESME_RINVPASWD"]


async def test_it_refuses_binds_when_told_so() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        smsc.refuse_binds(STATUSES["ESME_RALYBND"])

        assert await one.bind() == STATUSES["ESME_RALYBND"]


async def test_it_delivers_and_hears_the_answer() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        await one.bind()
        delivering = asyncio.create_task(smsc.deliver(SENDER, "Jalan rusak €5"))

        command, _, number, pdu = await one.read()
        one.write(pack_answer(command, status=STATUSES["ESME_RSYSERR"], sequence=number))

        assert read_message(pdu).short_message == b"Jalan rusak \x1be5"
        assert await delivering == STATUSES["ESME_RSYSERR"]
        assert len(smsc.unacknowledged) == 1


async def test_what_is_not_taken_comes_again_after_a_rebind_until_it_is() -> None:
    async with Smsc() as smsc:
        posted = smsc.post(message_body(SENDER, b"Jalan rusak"))
        async with esme(smsc) as one:
            await one.bind()
            await one.read()
        async with esme(smsc) as one:
            await one.bind()
            command, _, number, _ = await one.read()
            one.write(pack_answer(command, status=0, sequence=number))
            await smsc.wait_for(posted.taken.done)

        assert not smsc.unacknowledged


async def test_messages_go_to_receivers_only() -> None:
    async with Smsc() as smsc, esme(smsc) as transmitter, esme(smsc) as receiver:
        await transmitter.bind("transmitter")
        await receiver.bind("receiver")

        smsc.post(message_body(SENDER, b"Jalan rusak"))

        assert (await receiver.read())[0] == Command.DELIVER_SM


async def test_each_account_gets_its_own_messages() -> None:
    async with Smsc({"lapor": "secret", "lain": "rahasia"}) as smsc, esme(smsc) as one:
        await one.bind()

        smsc.post(message_body(SENDER, b"untuk lain"), account="lain")
        smsc.post(message_body(SENDER, b"untuk lapor"), account="lapor")

        assert read_message((await one.read())[3]).short_message == b"untuk lapor"


@pytest.mark.parametrize(("ids", "text"), [("hex", "F4240"), ("dec", "1000000")])
async def test_it_answers_submits_with_ids_in_the_base_it_was_given(ids: Any, text: str) -> None:
    async with Smsc(ids=ids) as smsc, esme(smsc) as one:
        await one.bind()

        assert read_text_field((await one.submit())[3]) == text
        assert (await smsc.wait_for_submits(1))[0].text == "halo"


async def test_it_answers_as_scripted_and_well_afterwards() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        await one.bind()
        smsc.throttle(2)
        smsc.answer_next(SubmitAnswer(copies=2), SubmitAnswer(delay=0.05, message_id="abc"))

        statuses = [(await one.submit())[1] for _ in range(2)]
        doubled = [(await one.submit())[2], (await one.read())[2]]
        named = read_text_field((await one.submit())[3])

        assert statuses == [STATUSES["ESME_RTHROTTLED"]] * 2
        assert doubled[0] == doubled[1]
        assert named == "abc"
        assert [s.id for s in smsc.submits] == ["", "", "F4240", "abc"]


async def test_it_sends_receipts_by_itself_or_on_demand() -> None:
    async with Smsc(auto_receipts=True, receipt_ids="dec") as smsc, esme(smsc) as one:
        await one.bind()
        await one.submit()
        automatic = read_message((await one.read())[3])
        smsc.post_receipt(smsc.submits[0], stat="UNDELIV", with_tlvs=False)
        asked = read_message((await one.read())[3])

        assert (automatic.esm_class, automatic.tlvs[Tlv.RECEIPTED_MESSAGE_ID]) == (4, b"F4240\0")
        assert b"id:0001000000 " in automatic.short_message
        assert (b"stat:UNDELIV" in asked.short_message, dict(asked.tlvs)) == (True, {})


async def test_it_answers_questions_and_goodbyes() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        await one.bind()

        assert (await one.ask(one.build.enquire_link()))[0] == Command.ENQUIRE_LINK_RESP
        assert (await one.ask(one.build.unbind()))[0] == Command.UNBIND_RESP


async def test_silence_answers_nothing_and_ends() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        await one.bind()
        smsc.go_silent()
        one.write(one.build.enquire_link()[1])
        await smsc.wait_for(lambda: (Command.ENQUIRE_LINK, 0) in smsc.seen)
        smsc.speak()

        number, pdu = one.build.enquire_link()

        assert (await one.ask((number, pdu)))[2] == number


async def test_it_can_drop_and_send_anything() -> None:
    async with Smsc() as smsc, esme(smsc) as one:
        await one.bind()

        smsc.send_octets(pack(0x0BAD, sequence=1))
        smsc.request(Command.UNBIND)

        assert [(await one.read())[0] for _ in range(2)] == [0x0BAD, Command.UNBIND]
        smsc.drop()
        assert await one.ends()


async def test_it_can_be_away_and_return_to_its_port() -> None:
    async with Smsc() as smsc:
        port = smsc.port
        await smsc.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

        await smsc.start()

        assert smsc.port == port
        async with esme(smsc) as one:
            assert await one.bind() == 0


@pytest.mark.parametrize(("by", "pieces"), [("udh8", 3), ("udh16", 3), ("sar", 3), ("payload", 1)])
def test_long_messages_come_in_every_way(by: Any, pieces: int) -> None:
    bodies = long_bodies(SENDER, "a" * 400, by=by, reference=300 if by == "udh16" else 30)
    messages = [read_message(pack(Command.DELIVER_SM, sequence=1, body=body)) for body in bodies]

    octets = b"".join(
        m.octets[header.length if m.esm_class and (header := read_header(m.octets)) else 0 :] for m in messages
    )
    assert (len(bodies), octets) == (pieces, b"a" * 400)
