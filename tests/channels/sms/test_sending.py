"""Replies as submit_sm: what goes out, in which order, and what each answer of an SMSC means."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from channels.sms.adapter import SmsChannel
from channels.sms.smsc import Smsc, SubmitAnswer
from channels.sms.wire.codec import STATUSES
from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome
from core.model.message import Address, Attachment, Lane
from core.testing.channel_rig import never
from tests.channels.sms.conftest import CITIZEN, Bind, Bound, eventually, make_operator, make_reply

SHORT = "Laporan 4821 093 756 kami terima. PIN 4417. Balas STATUS 4821093756 untuk melihat perkembangannya."
LONG = "Laporan Anda sudah diteruskan ke Dinas Pekerjaan Umum Kabupaten Nganjuk. " * 6


async def test_a_short_reply_is_one_gsm_segment_from_the_short_code(bound: Bound) -> None:
    ids = await bound.channel.send(make_reply(SHORT))

    (submitted,) = bound.smsc.submits
    message = submitted.message
    assert (submitted.text, message.data_coding, message.esm_class) == (SHORT, 0, 0)
    assert (message.source, message.source_ton, message.source_npi) == ("1708", 3, 0)
    assert (message.destination, message.dest_ton, message.dest_npi) == (CITIZEN, 1, 1)
    assert message.registered_delivery == 1
    assert ids == ("f4240",)


async def test_the_operators_settings_and_the_route_shape_the_submit(smsc: Smsc, bind: Bind) -> None:
    settings: dict[str, Any] = {
        "source_ton": 0,
        "source_npi": 1,
        "registered_delivery": False,
        "validity_hours": 50,
        "short_code": "1709",
    }
    async with bind(smsc, **settings) as bound:
        masked = Address("tel", "aX9kQ2mB7zLp0WvR4tYs8NcE1dFg")
        await bound.channel.send(make_reply(SHORT, to=masked, route={"ton": "5", "npi": "9"}))

    message = smsc.submits[0].message
    assert (message.source, message.source_ton, message.source_npi) == ("1709", 0, 1)
    assert (message.destination, message.dest_ton, message.dest_npi) == (masked.value, 5, 9)
    assert message.registered_delivery == 0


async def test_a_long_reply_is_submitted_in_order_with_an_id_for_each_segment(bound: Bound) -> None:
    ids = await bound.channel.send(make_reply(LONG))

    assert "".join(s.text for s in bound.smsc.submits) == LONG
    assert ids == ("f4240", "f4241", "f4242")


async def test_a_later_attempt_submits_only_what_is_missing_with_the_same_reference(bound: Bound) -> None:
    await bound.channel.send(make_reply(LONG))

    ids = await bound.channel.send(make_reply(LONG, accepted=("f4240", "", "f4242")))

    again = bound.smsc.submits[3]
    assert ids == ("f4240", "f4243", "f4242")
    assert again.message.octets == bound.smsc.submits[1].message.octets


async def test_an_error_in_the_middle_says_what_was_taken(bound: Bound) -> None:
    bound.smsc.answer_next(SubmitAnswer(), SubmitAnswer(STATUSES["ESME_RTHROTTLED"]))

    with pytest.raises(Throttled) as caught:
        await bound.channel.send(make_reply(LONG))

    assert caught.value.accepted == ("f4240", "", "")


async def test_a_segment_taken_without_an_id_is_not_submitted_again(bound: Bound) -> None:
    bound.smsc.answer_next(SubmitAnswer(message_id=""))

    ids = await bound.channel.send(make_reply(SHORT))

    assert ids == (f"none:{make_reply(SHORT).id}:1",)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        pytest.param({"text": LONG * 5}, "segments", id="too long"),
        pytest.param({"text": ""}, "segments", id="empty"),
        pytest.param({"to": Address("mail", "warga@contoh.id")}, "number", id="not a number"),
        pytest.param({"to": Address("tel", "")}, "number", id="nobody"),
        pytest.param({"attachments": (Attachment("f1", "image/jpeg", 3),)}, "attachments", id="a file"),
        pytest.param({"text": LONG, "accepted": ("f4240", "")}, "another number", id="cut otherwise before"),
    ],
)
async def test_what_sms_cannot_carry_is_refused_before_the_network(
    bound: Bound, changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(Unsupported, match=word):
        await bound.channel.send(make_reply(**{"text": SHORT} | changes))

    assert not bound.smsc.submits


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (STATUSES["ESME_RTHROTTLED"], Throttled),
        (STATUSES["ESME_RMSGQFUL"], Throttled),
        (STATUSES["ESME_RSYSERR"], Throttled),
        (STATUSES["ESME_RX_T_APPN"], Throttled),
        (STATUSES["ESME_RSUBMITFAIL"], Throttled),
        (STATUSES["ESME_RUNKNOWNERR"], Throttled),
        (0x0400, Throttled),
        (STATUSES["ESME_RINVDSTADR"], Unwelcome),
        (STATUSES["ESME_RX_P_APPN"], Unwelcome),
        (STATUSES["ESME_RINVSRCADR"], Misconfigured),
        (STATUSES["ESME_RINVDSTTON"], Misconfigured),
        (STATUSES["ESME_RINVMSGLEN"], Unsupported),
        (STATUSES["ESME_RINVESMCLASS"], Unsupported),
        (STATUSES["ESME_RINVBNDSTS"], Unreachable),
    ],
)
async def test_a_status_decides_the_error(bound: Bound, status: int, error: type[SendError]) -> None:
    bound.smsc.answer_next(SubmitAnswer(status))

    with pytest.raises(error) as caught:
        await bound.channel.send(make_reply(SHORT))

    assert type(caught.value) is error
    assert caught.value.accepted == ("",)


async def test_an_smsc_that_forgot_the_bind_is_bound_to_again(bound: Bound) -> None:
    connection = bound.smsc.connections[0]
    bound.smsc.answer_next(SubmitAnswer(STATUSES["ESME_RINVBNDSTS"]))

    with pytest.raises(Unreachable):
        await bound.channel.send(make_reply(SHORT))

    await bound.smsc.wait_for(lambda: bool(bound.smsc.connections) and bound.smsc.connections[0] is not connection)


async def test_throttling_makes_everyone_wait_and_longer_each_time(bound: Bound) -> None:
    bound.smsc.throttle()
    with pytest.raises(Throttled) as first:
        await bound.channel.send(make_reply(SHORT))

    waiting = asyncio.create_task(bound.channel.send(make_reply(SHORT)))
    await never(lambda: len(bound.smsc.submits) > 1, "nothing is submitted during the pause")

    assert timedelta(seconds=0.5) < first.value.retry_after <= timedelta(seconds=1)
    assert await waiting == ("f4240",)


async def test_no_answer_is_an_unknown_outcome(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, response_seconds=0.1) as bound:
        smsc.answer_next(SubmitAnswer(copies=0))

        with pytest.raises(OutcomeUnknown):
            await bound.channel.send(make_reply(SHORT))

        assert await bound.channel.send(make_reply(SHORT))


async def test_a_connection_lost_after_the_submit_is_an_unknown_outcome(bound: Bound) -> None:
    bound.smsc.answer_next(SubmitAnswer(copies=0))
    sending = asyncio.create_task(bound.channel.send(make_reply(LONG)))
    await bound.smsc.wait_for_submits(1)

    bound.smsc.drop()

    with pytest.raises(OutcomeUnknown) as caught:
        await sending
    assert caught.value.accepted == ("", "", "")


async def test_a_late_or_doubled_answer_disturbs_nobody(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, response_seconds=0.1) as bound:
        smsc.answer_next(SubmitAnswer(copies=2), SubmitAnswer(delay=0.15), SubmitAnswer())

        doubled = await bound.channel.send(make_reply(SHORT))
        with pytest.raises(OutcomeUnknown):
            await bound.channel.send(make_reply(SHORT))
        after = await bound.channel.send(make_reply(SHORT))

        assert (doubled, after) == (("f4240",), ("f4242",))


async def test_a_generic_nack_closes_its_submit(bound: Bound) -> None:
    bound.smsc.answer_next(SubmitAnswer(copies=0))
    sending = asyncio.create_task(bound.channel.send(make_reply(SHORT)))
    await bound.smsc.wait_for_submits(1)

    for number in range(1, 10):
        bound.smsc.send_octets((16).to_bytes(4, "big") + b"\x80\0\0\0" + b"\0\0\0\x03" + number.to_bytes(4, "big"))

    with pytest.raises(Unsupported, match="RINVCMDID"):
        await sending


async def test_without_a_bind_it_is_unreachable(bound: Bound) -> None:
    await bound.smsc.stop()
    await bound.until_down()

    with pytest.raises(Unreachable):
        await bound.channel.send(make_reply(SHORT))

    await bound.smsc.start()


async def test_the_window_is_kept_full_and_not_exceeded(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, window=3) as bound:
        smsc.answer_next(*[SubmitAnswer(delay=0.05)] * 6)
        sending = [asyncio.create_task(bound.channel.send(make_reply(SHORT, id=f"r{n}"))) for n in range(6)]

        await smsc.wait_for_submits(3)
        await never(lambda: len(smsc.submits) > 3, "the window is not exceeded", within=0.03)

        await asyncio.gather(*sending)
        assert len(smsc.submits) == 6


async def test_first_replies_go_before_ordinary_ones_and_begun_ones_before_all(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, window=1) as bound:
        smsc.answer_next(SubmitAnswer(delay=0.05))
        texts = [("a" * 200, Lane.ORDINARY), ("b", Lane.ORDINARY), ("c", Lane.FIRST)]
        sending = [
            asyncio.create_task(bound.channel.send(make_reply(text, id=text[:9], lane=lane))) for text, lane in texts
        ]

        await asyncio.gather(*sending)

        assert "".join(s.text[0] for s in smsc.submits) == "acab"


async def test_the_rate_of_the_contract_is_kept(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, per_second=50.0) as bound:
        loop = asyncio.get_running_loop()
        began = loop.time()

        await asyncio.gather(*(bound.channel.send(make_reply(SHORT, id=f"r{n}")) for n in range(12)))

        assert loop.time() - began >= 0.18
    assert bound.channel.capabilities.per_second == 50.0


async def test_capabilities_count_segments_within_the_contract() -> None:
    capabilities = SmsChannel(make_operator(max_segments=3)).capabilities

    assert (capabilities.measure(LONG), capabilities.max_length, capabilities.parts) == (3, 3, True)


async def test_refused_credentials_are_a_misconfiguration(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc) as bound:
        smsc.refuse_binds(STATUSES["ESME_RINVPASWD"])
        smsc.drop()
        await bound.until_down()

        async def is_misconfigured() -> bool:
            try:
                await bound.channel.send(make_reply(SHORT))
            except Misconfigured:
                return True
            except Unreachable:
                return False
            return False

        await eventually(is_misconfigured)
        detail = (await bound.channel.health()).detail
        assert "ESME_RINVPASWD" in detail
        assert "check system_id" in detail
        assert "secret" not in detail
