"""Messages over a real connection: every way a phone's words may come, answered after the commit and never before."""

import asyncio
import logging
from typing import Any

import pytest

from channels.sms.adapter import SmsChannel
from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import message_body, tlv
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import RESPONSE, Command
from core.channel import Busy, Refused
from core.model.message import Delivery
from core.testing.fakes import RecordingIntake
from tests.channels.sms.conftest import CITIZEN, Bind, Bound, eventually, make_operator, make_reply

LONG = "Yth. Bupati Nganjuk, saluran irigasi Desa Sumberejo jebol sejak Minggu dan sawah di tiga dusun terendam. " * 5


@pytest.mark.parametrize(
    "text",
    ["LAPOR jalan rusak €5 [RT 03] ~{^}\\|", "Banjir 🌊 di Bekasi 👨‍👩‍👧", "Kafé di Jl. Cihampelas", "ꦱꦸꦫꦏꦂꦠ"],
)
async def test_a_short_message_arrives_whole(bound: Bound, text: str) -> None:
    status = await bound.smsc.deliver("081234567890", text)

    assert status == STATUSES["ESME_ROK"]
    assert [m.text for m in bound.taken] == [text]


@pytest.mark.parametrize("by", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", [LONG, "Banjir 🌊🚧 di Bekasi 👨‍👩‍👧 " * 20], ids=["gsm", "ucs2"])
async def test_a_long_message_arrives_whole(bound: Bound, by: Any, text: str) -> None:
    statuses = await bound.smsc.deliver_long(CITIZEN, text, by=by)

    assert set(statuses) == {STATUSES["ESME_ROK"]}
    assert bound.read(*(m.raw for m in bound.taken)) == text


async def test_a_data_sm_is_a_message_too(bound: Bound) -> None:
    body = b"\0\x01\x01" + CITIZEN.encode() + b"\0\x03\x001708\0\0\0\0" + tlv(0x0424, b"Jalan rusak")

    status = await bound.smsc.deliver_body(body, command=Command.DATA_SM)

    assert status == STATUSES["ESME_ROK"]
    assert (Command.DATA_SM | RESPONSE, status) in bound.smsc.seen
    assert bound.taken[0].text == "Jalan rusak"


async def test_nothing_is_answered_before_the_commit(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(message_body(CITIZEN, b"Jalan rusak"))
    await eventually(lambda: bound.intake.offered)

    assert not posted.answered.done()

    bound.intake.release()
    assert await posted.answered == STATUSES["ESME_ROK"]


@pytest.mark.parametrize("status", ["ESME_RSYSERR", "ESME_RTHROTTLED", "ESME_RMSGQFUL"])
async def test_a_busy_core_makes_the_smsc_bring_it_again(smsc: Smsc, bind: Bind, status: str) -> None:
    async with bind(smsc, temporary_status=status) as bound:
        bound.intake.fail(Busy("the database is away"))

        first = await smsc.deliver(CITIZEN, "Jalan rusak")
        smsc.redeliver()
        await smsc.wait_for(lambda: not smsc.unacknowledged)

        assert first == STATUSES[status]
        assert [m.text for m in bound.taken] == ["Jalan rusak"]


async def test_a_refusal_is_final(bound: Bound) -> None:
    bound.intake.fail(Refused("too large"))

    assert await bound.smsc.deliver(CITIZEN, "Jalan rusak") == STATUSES["ESME_RX_P_APPN"]


async def test_what_nobody_foresaw_means_bring_it_again_and_is_logged(
    bound: Bound, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="channels.sms")
    bound.intake.fail(ZeroDivisionError("disk"))

    status = await bound.smsc.deliver(CITIZEN, "Jalan rusak")

    assert status == STATUSES["ESME_RSYSERR"]
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == ["a message could not be accepted"]


async def test_more_than_may_wait_is_told_to_come_again_at_once(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, in_flight=2) as bound:
        bound.intake.hold()
        waiting = [smsc.post(message_body(CITIZEN, b"Jalan rusak %d" % n)) for n in range(2)]

        status = await smsc.deliver(CITIZEN, "Lampu mati")

        assert status == STATUSES["ESME_RSYSERR"]
        bound.intake.release()
        assert [await posted.answered for posted in waiting] == [0, 0]


async def test_a_question_is_answered_while_the_store_is_slow(bound: Bound) -> None:
    bound.intake.hold()
    bound.smsc.post(message_body(CITIZEN, b"Jalan rusak"))
    await eventually(lambda: bound.intake.offered)

    bound.smsc.request(Command.ENQUIRE_LINK)

    await bound.smsc.wait_for(lambda: (Command.ENQUIRE_LINK_RESP, 0) in bound.smsc.seen, limit=1)
    assert not bound.taken


async def test_a_message_before_the_bind_is_answered_is_taken_and_not_mistaken_for_the_answer() -> None:
    async with Smsc() as smsc:
        smsc.go_silent()
        intake, channel = RecordingIntake(), SmsChannel(make_operator(smsc.port))
        task = asyncio.create_task(channel.receive(intake))
        await smsc.wait_for(lambda: (Command.BIND_TRANSCEIVER, 0) in smsc.seen)

        smsc.connections[0].bind = Command.BIND_TRANSCEIVER
        smsc.connections[0].account = "lapor"
        smsc.post(message_body(CITIZEN, b"Jalan rusak"))
        await eventually(lambda: intake.committed)

        assert not (await channel.health()).up
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_receipt_is_committed_before_its_answer_and_is_no_message(bound: Bound) -> None:
    (external_id,) = await bound.channel.send(make_reply("Laporan 4821 093 756 kami terima."))
    (submitted,) = await bound.smsc.wait_for_submits(1)

    status = await bound.smsc.post_receipt(submitted).answered

    assert status == STATUSES["ESME_ROK"]
    assert not bound.taken
    (receipt,) = bound.intake.receipts
    assert (receipt.external_ids[0], receipt.delivery, receipt.connection) == (
        external_id,
        Delivery.DELIVERED,
        "telkomsel",
    )


@pytest.mark.parametrize("bits", [0x04, 0x08, 0x20, 0x44])
@pytest.mark.parametrize("receipt_ids", ["hex", "dec"])
async def test_receipts_by_text_alone_find_their_id(bind: Bind, bits: int, receipt_ids: Any) -> None:
    async with Smsc(receipt_ids=receipt_ids) as smsc, bind(smsc) as bound:
        (external_id,) = await bound.channel.send(make_reply("Laporan 4821 093 756 kami terima."))

        await smsc.post_receipt(smsc.submits[0], with_tlvs=False, esm_class=bits, stat="UNDELIV").answered

        (receipt,) = bound.intake.receipts
        assert (receipt.external_ids[0], receipt.delivery) == (external_id, Delivery.FAILED)


async def test_a_receipt_for_an_id_nobody_knows_is_handed_on(bound: Bound) -> None:
    body = message_body(CITIZEN, b"id:99999 stat:DELIVRD", esm_class=4)

    assert await bound.smsc.deliver_body(body) == STATUSES["ESME_ROK"]
    assert bound.intake.receipts[0].external_ids[0] == "99999"


async def test_a_receipt_that_names_nothing_is_not_swallowed(bound: Bound) -> None:
    assert await bound.smsc.deliver_body(message_body(CITIZEN, b"Sudah saya baca", esm_class=0x08)) == 0
    assert [m.text for m in bound.taken] == ["Sudah saya baca"]


async def test_two_binds_serve_both_ways(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, bind="transmitter+receiver") as bound:
        assert await smsc.deliver(CITIZEN, "Jalan rusak") == STATUSES["ESME_ROK"]
        assert await bound.channel.send(make_reply("Laporan Anda kami terima."))

        assert {Command.BIND_TRANSMITTER, Command.BIND_RECEIVER} <= {command for command, _ in smsc.seen}
        assert "transmitter" in (await bound.channel.health()).detail
        assert bound.taken
