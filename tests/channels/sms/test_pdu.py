"""PDUs are read as they are meant: vectors of real SMSCs, agreement with smpplib, a plain no to what is broken."""

import contextlib
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import command, consts, smpp
from smpplib.client import SimpleSequenceGenerator
from smpplib.command import Param
from smpplib.ptypes import ostr

from channels.sms.wire.codec import Writer
from channels.sms.wire.pdu import (
    BadFrame,
    Command,
    Malformed,
    Tlv,
    cut_frames,
    pack,
    read_message,
    read_text_field,
)

VECTORS = [
    bytes.fromhex(line) for line in (Path(__file__).parent / "fixtures/cloudhopper_vectors.hex").read_text().split()
]
# One of them announces 16 octets of text and holds 8.
OVERRUN = next(v for v in VECTORS if v[4:8] == b"\0\0\0\x05" and b"\x10\xc1\xe1" in v)
DELIVERED = [v for v in VECTORS if v[4:8] == b"\0\0\0\x05" and v != OVERRUN]


class Tolerant(command.DeliverSM):
    """smpplib's deliver_sm with every optional parameter taken as octets: as it is, it fails on 13 standard ones."""

    params = command.DeliverSM.params | {name: Param(type=ostr, max=65535) for name in consts.OPTIONAL_PARAMS}


def parse_with_smpplib(raw: bytes) -> command.DeliverSM:
    logging.getLogger("smpplib.command").setLevel(logging.ERROR)
    parsed = Tolerant("deliver_sm", client=SimpleSequenceGenerator(), allow_unknown_opt_params=True)
    parsed.parse(raw)
    return parsed


def test_the_vectors_are_all_there() -> None:
    assert (len(VECTORS), len(DELIVERED)) == (34, 12)


def test_a_real_message_shorter_than_it_announces_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_message(OVERRUN)


@pytest.mark.parametrize("raw", DELIVERED, ids=range(len(DELIVERED)))
def test_a_deliver_sm_of_a_real_smsc_reads_as_smpplib_reads_it(raw: bytes) -> None:
    ours, theirs = read_message(raw), parse_with_smpplib(raw)

    assert ours.source.encode() == theirs.source_addr
    assert ours.destination.encode() == theirs.destination_addr
    assert (ours.esm_class, ours.data_coding) == (theirs.esm_class, theirs.data_coding)
    assert ours.short_message == (theirs.short_message or b"")


def test_a_message_payload_of_a_real_smsc_is_the_text() -> None:
    raw = next(v for v in VECTORS if b"Maidenman" in v)

    assert read_message(raw).octets == b"@Maidenman664 was it sappy? &Romantic?"


def test_a_data_sm_of_a_real_smsc_is_read() -> None:
    raw = next(v for v in VECTORS if v[4:8] == b"\0\0\x01\x03" and b"Test" in v)

    message = read_message(raw)

    assert (message.source, message.destination, message.octets) == ("5552710000", "9695", b"Test")


def test_a_submit_sm_resp_of_a_real_smsc_gives_its_id() -> None:
    raw = next(v for v in VECTORS if v[4:8] == b"\x80\0\0\x04")

    assert read_text_field(raw) == "94258431594"


def cstring(most: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=most).map(lambda b: b.replace(b"\0", b"1"))


octet = st.integers(0, 255)
tags = st.sampled_from([*consts.OPTIONAL_PARAMS.values(), 0x1402, 0x1403, 0x3FFF])
tlv_lists = st.dictionaries(tags, st.binary(max_size=40), max_size=6)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, dict[int, bytes]]:
    """Well-formed bodies of deliver_sm with their optional parameters."""
    source, destination, text = draw(cstring(20)), draw(cstring(20)), draw(st.binary(max_size=255))
    ton, esm, coding = draw(octet), draw(octet), draw(octet)
    tlvs = draw(tlv_lists)
    tail = b"".join(tag.to_bytes(2, "big") + len(v).to_bytes(2, "big") + v for tag, v in tlvs.items())
    front = b"\0" + bytes([ton, 1]) + source + b"\0" + bytes([3, 0]) + destination + b"\0"
    return front + bytes([esm, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(text)]) + text + tail, tlvs


@given(bodies(), st.integers(1, 2**31 - 1))
def test_our_decoder_and_smpplib_agree_on_well_formed_messages(
    given_body: tuple[bytes, dict[int, bytes]], number: int
) -> None:
    body, tlvs = given_body
    raw = pack(Command.DELIVER_SM, sequence=number, body=body)

    ours, theirs = read_message(raw), parse_with_smpplib(raw)

    assert (ours.source.encode("latin-1"), ours.destination.encode("latin-1")) == (
        theirs.source_addr,
        theirs.destination_addr,
    )
    assert (ours.source_ton, ours.esm_class, ours.data_coding) == (
        theirs.source_addr_ton,
        theirs.esm_class,
        theirs.data_coding,
    )
    assert ours.short_message == (theirs.short_message or b"")
    names = {tag: name for name, tag in consts.OPTIONAL_PARAMS.items()}
    assert all(getattr(theirs, names[tag]) == value for tag, value in ours.tlvs.items() if tag in names)
    assert ours.tlvs == tlvs


@given(st.binary(max_size=120))
def test_no_octets_break_the_decoder_otherwise_than_by_saying_malformed(octets: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_message(pack(Command.DELIVER_SM, sequence=1, body=octets))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\1\x016281234567890", id="no end of the sender"),
        pytest.param(b"\0\1\x01628\0\3\x001708\0\0\0\0\0\0\0\0\0\0\x09abc", id="text shorter than announced"),
        pytest.param(b"\0\1\x01628\0\3\x001708\0\0\0\0\0\0\0\0\0\0\0\x04\x24\xff\xffabc", id="payload cut off"),
    ],
)
def test_a_body_that_holds_less_than_it_announces_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_message(pack(Command.DELIVER_SM, sequence=1, body=body))


def test_padding_after_a_whole_text_does_not_cost_the_text() -> None:
    body = b"\0\1\x01628\0\3\x001708\0\0\0\0\0\0\0\0\0\0\x05Macet\0\0"

    assert read_message(pack(Command.DELIVER_SM, sequence=1, body=body)).octets == b"Macet"


def test_different_words_in_both_places_are_both_kept() -> None:
    front = b"\0\1\x01628\0\3\x001708\0\0\0\0\0\0\0\0\0\0"
    both = front + b"\x03abc\x04\x24\0\x03def"
    repeated = front + b"\x03abc\x04\x24\0\x06abcdef"

    assert read_message(pack(Command.DELIVER_SM, sequence=1, body=both)).octets == b"abcdef"
    assert read_message(pack(Command.DELIVER_SM, sequence=1, body=repeated)).octets == b"abcdef"
    assert Tlv.MESSAGE_PAYLOAD == 0x0424


@pytest.mark.parametrize("length", [0, 8, 15, 70_001, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_no_pdu_has_is_a_bad_frame_and_the_pdus_before_it_stand(length: int) -> None:
    good = pack(Command.ENQUIRE_LINK, sequence=7)
    buffer = bytearray(good + length.to_bytes(4, "big") + bytes(12))
    frames = cut_frames(buffer)

    assert next(frames) == good
    with pytest.raises(BadFrame):
        next(frames)
    assert bytes(buffer[:4]) == length.to_bytes(4, "big")


def test_half_a_pdu_waits_for_the_rest() -> None:
    whole = pack(Command.ENQUIRE_LINK, sequence=7)
    buffer = bytearray(whole + whole[:9])

    assert list(cut_frames(buffer)) == [whole]
    assert buffer == whole[:9]


def test_a_receiver_longer_than_twenty_characters_is_not_cut() -> None:
    masked = "aX9kQ2mB7zLp0WvR4tYs8NcE1dFg"

    _, raw = Writer().submit_sm({"destination_addr": masked, "source_addr": "1708", "short_message": b"ok"})

    assert read_message(raw).destination == masked


def test_what_we_build_smpplib_reads() -> None:
    _, raw = Writer().submit_sm(
        {"destination_addr": "6281234567890", "source_addr": "1708", "dest_addr_ton": 1, "short_message": b"ok"}
    )

    parsed = smpp.parse_pdu(raw, client=SimpleSequenceGenerator())

    assert (parsed.destination_addr, parsed.dest_addr_ton, parsed.short_message) == (b"6281234567890", 1, b"ok")
