"""What an SMSC must never send, sent: a defined answer, the next message gets through, nothing is lost."""

import asyncio
import contextlib
import logging
import random
from typing import Any

import pytest

from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import long_bodies, message_body, tlv
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.pdu import HEADER, Command, pack
from core.model.message import Address
from tests.channels.sms.conftest import CITIZEN, Bind, Bound, eventually

GOOD = message_body(CITIZEN, b"Jalan rusak di Jl. Merdeka Bandung")
MUTANTS = 3_000
STREAMS = 60


async def the_next_message_gets_through(bound: Bound) -> None:
    before = len(bound.taken)
    async with asyncio.timeout(5):
        while await bound.smsc.post(message_body(CITIZEN, b"Air PDAM mati dua hari")).answered:
            pytest.fail("the next message is not taken")
    await eventually(lambda: len(bound.taken) > before)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="no body"),
        pytest.param(b"\xff" * 60, id="no end of any string"),
        pytest.param(GOOD[:-5], id="text shorter than announced"),
        pytest.param(message_body(CITIZEN, b"", tlvs=b"\x04\x24\xff\xff!!"), id="payload cut off"),
    ],
)
async def test_what_cannot_be_decoded_is_kept_for_a_person_and_accepted(
    bound: Bound, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="channels.sms")

    status = await bound.smsc.deliver_body(body)

    assert status == STATUSES["ESME_ROK"]
    (kept,) = bound.taken
    assert (kept.unreadable, kept.sender, kept.text) == (True, Address("none", ""), "")
    assert kept.raw.endswith(body)
    assert [r.message for r in caplog.records if r.levelno == logging.WARNING] == [
        "a message could not be decoded and is kept"
    ]
    await the_next_message_gets_through(bound)
    assert len({m.external_id for m in bound.taken}) == 2


@pytest.mark.parametrize("length", [0, 15, 70_001, 0x7FFFFFFF, 0xFFFFFFFF])
async def test_a_bad_length_costs_the_connection_and_no_memory(bound: Bound, length: int) -> None:
    connection = bound.smsc.connections[0]
    bound.smsc.send_octets(length.to_bytes(4, "big") + b"\0\0\0\x05" + bytes(8))

    await bound.smsc.wait_for(lambda: connection not in bound.smsc.connections)

    await bound.smsc.wait_for_bind()
    await bound.until_up()
    await the_next_message_gets_through(bound)


async def test_messages_before_a_bad_length_are_taken(bound: Bound) -> None:
    connection = bound.smsc.connections[0]
    bound.smsc.send_octets(pack(Command.DELIVER_SM, sequence=77, body=GOOD) + b"\xff" * 16)

    await bound.smsc.wait_for(lambda: connection not in bound.smsc.connections)

    await eventually(lambda: [m.text for m in bound.taken] == ["Jalan rusak di Jl. Merdeka Bandung"])


async def test_half_a_pdu_is_not_waited_for_for_ever_though_it_drips(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, pdu_seconds=0.1, enquire_link_seconds=0.2, response_seconds=5.0) as bound:
        connection = smsc.connections[0]
        smsc.go_silent()
        octets = pack(Command.DELIVER_SM, sequence=1, body=GOOD)

        async with asyncio.timeout(1):
            for at in range(len(octets) - 1):
                connection.stream.write(octets[at : at + 1])
                with contextlib.suppress(TimeoutError):
                    await smsc.wait_for(lambda: connection not in smsc.connections, limit=0.02)
                if connection not in smsc.connections:
                    break

        assert connection not in smsc.connections
        smsc.speak()
        await smsc.wait_for_bind()
        await bound.until_up()
        await the_next_message_gets_through(bound)


@pytest.mark.parametrize("command", [0x00000002, 0x0000000B, 0x00000008, 0x00000103 + 1, 0x7FFFFFFF, 0x00000004])
async def test_an_unknown_command_is_told_so(bound: Bound, command: int) -> None:
    bound.smsc.request(command)

    await bound.smsc.wait_for(lambda: (Command.GENERIC_NACK, STATUSES["ESME_RINVCMDID"]) in bound.smsc.seen)
    await the_next_message_gets_through(bound)


@pytest.mark.parametrize("command", [0x80000004, 0x80000005, 0x80000009, 0x80000000, 0xFFFFFFFF, 0x00000102])
async def test_answers_to_nothing_and_notices_are_passed_over(bound: Bound, command: int) -> None:
    bound.smsc.send_octets(HEADER.pack(16, command, 0, 999_999))

    await the_next_message_gets_through(bound)
    assert not [c for c, _ in bound.smsc.seen if c == Command.GENERIC_NACK]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(
            message_body(CITIZEN, b"\x05\x00\x03", esm_class=0x40),
            "è@£".replace("è", "é").replace("£", "¥"),
            id="a header cut off",
        ),
        pytest.param(message_body(CITIZEN, b"\xc8Banjir", esm_class=0x40), "ÈBanjir", id="a header longer than all"),
        pytest.param(message_body(CITIZEN, b"", esm_class=0x40), "", id="a header and no octets"),
        pytest.param(message_body(CITIZEN, b"\xd8\x3c\0A", data_coding=8), "\ufffdA", id="a lone surrogate"),
        pytest.param(message_body(CITIZEN, "Ba\0nj\0ir".encode("utf-16-be"), data_coding=8), "Banjir", id="NUL"),
        pytest.param(message_body(CITIZEN, b"\0a", data_coding=8), "a", id="one character"),
        pytest.param(message_body(CITIZEN, b"abc", data_coding=8), "\u6162\ufffd", id="odd octets in UCS-2"),
        pytest.param(message_body(CITIZEN, b"Banjir", data_coding=0x99), "Banjir", id="a reserved coding"),
        pytest.param(
            message_body(CITIZEN, b"Banjir", tlvs=b"".join(tlv(t, b"") for t in range(0x1400, 0x1440))),
            "Banjir",
            id="64 vendor parameters",
        ),
        pytest.param(
            message_body(CITIZEN, b"", tlvs=tlv(0x0424, b"Macet " * 10_000)), "Macet " * 10_000, id="60,000 octets"
        ),
    ],
)
async def test_strange_but_readable_messages_are_taken_with_what_they_say(bound: Bound, body: bytes, text: str) -> None:
    status = await bound.smsc.deliver_body(body)

    assert status == STATUSES["ESME_ROK"]
    assert [m.text for m in bound.taken] == [text]
    assert not bound.taken[0].unreadable


async def test_a_raw_message_too_large_for_a_row_is_kept_in_a_file(bound: Bound) -> None:
    text = "Macet " * 10_900
    body = message_body(CITIZEN, b"", tlvs=tlv(0x0424, text.encode()) + tlv(0x1400, b"x" * 1000))

    assert await bound.smsc.deliver_body(body) == STATUSES["ESME_ROK"]

    (message,) = bound.taken
    assert (message.raw, message.text) == (b"", text)
    assert bound.read(bound.intake.files[message.raw_blob]) == text


async def test_parts_that_disagree_on_the_total_are_two_messages(bound: Bound) -> None:
    for total, number in ((2, 1), (3, 2)):
        header = bytes([5, 0, 3, 66, total, number])
        await bound.smsc.deliver_body(message_body(CITIZEN, header + b"Banjir", esm_class=0x40))

    assert len({m.part.group for m in bound.taken if m.part}) == 2


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 17, 61, 200])
async def test_the_stream_may_be_cut_anywhere(bound: Bound, size: int) -> None:
    bodies = [GOOD, *long_bodies(CITIZEN, "Banjir 🌊 di Bekasi " * 8, by="udh16", reference=9)]
    octets = b"".join(pack(Command.DELIVER_SM, sequence=900 + n, body=body) for n, body in enumerate(bodies))

    for at in range(0, len(octets), size):
        bound.smsc.send_octets(octets[at : at + size])
        await asyncio.sleep(0)

    await eventually(lambda: len(bound.taken) == len(bodies))
    assert bound.taken[0].text == "Jalan rusak di Jl. Merdeka Bandung"
    assert bound.read(*(m.raw for m in bound.taken[1:])) == "Banjir 🌊 di Bekasi " * 8
    assert len([1 for command, _ in bound.smsc.seen if command == Command.DELIVER_SM_RESP]) == len(bodies)


async def test_every_cut_of_a_pdu_in_two_gives_the_same(bound: Bound) -> None:
    octets = pack(Command.DELIVER_SM, sequence=900, body=GOOD)
    for at in range(1, len(octets)):
        before = len(bound.taken)
        bound.smsc.send_octets(octets[:at])
        await asyncio.sleep(0)
        bound.smsc.send_octets(octets[at:])

        await eventually(lambda before=before: len(bound.taken) == before + 1)

    assert {m.text for m in bound.taken} == {"Jalan rusak di Jl. Merdeka Bandung"}


async def test_no_mutant_is_acknowledged_without_being_taken_or_costs_the_session(
    bound: Bound, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutants of good bodies: each is answered, and what is answered ROK was taken or is a receipt."""
    caplog.set_level(logging.ERROR, logger="channels.sms")
    rng = random.Random(1708)
    connection = bound.smsc.connections[0]
    corpus = _corpus()
    counts = {"taken": 0, "unreadable": 0, "receipts": 0}

    for start in range(0, MUTANTS, 100):
        mutants = [_mutant(rng.choice(corpus), rng) for _ in range(start, start + 100)]
        posted = [bound.smsc.post(mutant) for mutant in mutants]
        statuses = await asyncio.wait_for(asyncio.gather(*(p.answered for p in posted)), 10)
        assert set(statuses) == {STATUSES["ESME_ROK"]}

    counts["taken"] = sum(not m.unreadable for m in bound.taken)
    counts["unreadable"] = sum(m.unreadable for m in bound.taken)
    counts["receipts"] = len(bound.intake.receipts)
    print(f"\nfuzz: {MUTANTS} mutants: {counts}, all answered ESME_ROK, session kept")
    assert bound.smsc.connections == [connection]
    assert len(bound.intake.offered) + len(bound.intake.receipts) <= MUTANTS
    assert not caplog.records
    # Equal mutants that were under way together share one commit; every other answer has its own.
    distinct = {m.fingerprint for m in bound.taken}
    assert len(distinct) + counts["receipts"] > MUTANTS * 0.5
    await the_next_message_gets_through(bound)


async def test_garbage_of_any_kind_never_stops_the_channel(smsc: Smsc, bind: Bind) -> None:
    """Streams of mutated PDUs, lengths and all: the connection may go, the channel comes back."""
    rng = random.Random(1945)
    corpus = [pack(Command.DELIVER_SM, sequence=n + 500, body=body) for n, body in enumerate(_corpus())]
    async with bind(smsc, reconnect_min_seconds=0.005, reconnect_max_seconds=0.01) as bound:
        for _ in range(STREAMS):
            await smsc.wait_for_bind()
            connection = smsc.connections[0]
            stream = b"".join(_mutant(rng.choice(corpus), rng) for _ in range(20))
            smsc.send_octets(stream + b"\xff" * 70_020)
            await smsc.wait_for(lambda c=connection: c not in smsc.connections)

        await smsc.wait_for_bind()
        await bound.until_up()
        print(
            f"\nfuzz: {STREAMS * 20} mutated PDUs in {STREAMS} streams, each ended by a bad frame: always bound again"
        )
        await the_next_message_gets_through(bound)


def _corpus() -> list[bytes]:
    receipt = b"id:0001000000 sub:001 dlvrd:001 submit date:2611211405 done date:2611211411 stat:DELIVRD err:000 text:x"
    ways: list[Any] = ["udh8", "udh16", "sar", "payload"]
    return [
        GOOD,
        message_body(CITIZEN, "Banjir 🌊".encode("utf-16-be"), data_coding=8),
        message_body(CITIZEN, receipt, esm_class=4, tlvs=tlv(0x001E, b"f4240\0") + tlv(0x0427, b"\x02")),
        message_body(CITIZEN, b"Macet", tlvs=tlv(0x1403, b"vendor") + tlv(0x0005, b"\x01")),
        *(body for way in ways for body in long_bodies(CITIZEN, "Saluran jebol. " * 20, by=way, reference=3)),
    ]


def _mutant(octets: bytes, rng: random.Random) -> bytes:
    mutant = bytearray(octets)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(mutant))
        match rng.randrange(5):
            case 0:
                mutant[at] = rng.randrange(256)
            case 1:
                mutant[at] ^= 1 << rng.randrange(8)
            case 2:
                del mutant[at : at + rng.randint(1, 8)]
            case 3:
                mutant[at:at] = rng.randbytes(rng.randint(1, 8))
            case _:
                mutant[at] = rng.choice((0, 1, 0x1B, 0x7F, 0x80, 0xFF))
        mutant = mutant or bytearray(b"\0")
    return bytes(mutant)
