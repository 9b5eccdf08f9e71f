"""A deliver_sm becomes a message: its sender, its place in a long one, its fingerprint, and its text again later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.sms.content import read_text, wrap_raw
from channels.sms.mapping import Reception, fingerprint, map_message
from channels.sms.numbers import normalise_number
from channels.sms.settings import SmsSettings
from channels.sms.smsc.messages import long_bodies, message_body, tlv
from channels.sms.wire.pdu import Command, pack, read_message
from core.model.message import Address, Inbound
from tests.channels.sms.conftest import CITIZEN, make_operator

NOW = 1_764_000_000_000_000_000


def deliver(body: bytes, *, name: str = "telkomsel", **settings: Any) -> Inbound:
    pdu = pack(Command.DELIVER_SM, sequence=9, body=body)
    message = read_message(pdu)
    mark = fingerprint(message, operator=name)
    return map_message(
        message, pdu=pdu, mark=mark, operator=make_operator(name=name, **settings), reception=Reception(NOW)
    )


@pytest.mark.parametrize(
    ("given", "ton", "number"),
    [
        ("081234567890", 0, CITIZEN),
        ("081234567890", 1, CITIZEN),
        ("6281234567890", 1, CITIZEN),
        ("+6281234567890", 0, CITIZEN),
        ("006281234567890", 0, CITIZEN),
        ("81234567890", 2, CITIZEN),
        ("62081234567890", 0, CITIZEN),
        ("+62081234567890", 1, CITIZEN),
        ("02112345678", 0, "622112345678"),
        ("60123456789", 1, "60123456789"),
        ("1708", 3, "1708"),
        ("TELKOMSEL", 5, "TELKOMSEL"),
        ("aX9kQ2mB7zLp0WvR4tYs8NcE1dFg", 5, "aX9kQ2mB7zLp0WvR4tYs8NcE1dFg"),
        ("081234567890", 5, "081234567890"),
        (" 081234567890", 0, CITIZEN),
        ("", 0, ""),
        ("+", 0, "+"),
    ],
)
def test_numbers_come_to_one_form_and_the_rest_stays(given: str, ton: int, number: str) -> None:
    assert normalise_number(given, ton=ton) == number


def test_a_message_says_who_wrote_when_and_how_to_answer() -> None:
    message = deliver(message_body("081234567890", b"Jalan rusak", ton=0))

    assert message.sender == Address("tel", CITIZEN)
    assert message.received_at == datetime.fromtimestamp(NOW / 1e9, UTC)
    assert message.route == {"short_code": "1708"}
    assert message.external_id == f"{message.fingerprint.hex()}:{NOW}"
    assert (message.text, message.part) == ("Jalan rusak", None)


def test_a_masked_sender_can_be_answered_with_its_own_types() -> None:
    message = deliver(message_body("aX9kQ2mB7zLp0WvR4tYs8NcE1dFg", b"Halo", ton=5))

    assert message.sender.value == "aX9kQ2mB7zLp0WvR4tYs8NcE1dFg"
    assert message.route == {"short_code": "1708", "ton": "5", "npi": "1"}


def test_a_masked_sender_of_digits_is_no_telephone_number() -> None:
    by_type = deliver(message_body("081299900011", b"Halo", ton=5))
    by_setting = deliver(message_body("081299900011", b"Halo", ton=0), masked_senders=True)

    assert [m.sender.value for m in (by_type, by_setting)] == ["081299900011"] * 2
    assert [m.route["ton"] for m in (by_type, by_setting)] == ["5", "0"]


def test_a_message_from_nobody_has_nowhere_to_answer_to() -> None:
    assert deliver(message_body("", b"Halo")).sender == Address("none", "")


@pytest.mark.parametrize("by", ["udh8", "udh16", "sar"])
def test_the_pieces_of_a_long_message_share_a_group_and_say_their_number(by: Any) -> None:
    pieces = [deliver(body) for body in long_bodies(CITIZEN, "Saluran irigasi jebol. " * 15, by=by, reference=7)]

    parts = [piece.part for piece in pieces]
    assert [part and part.number for part in parts] == [1, 2, 3]
    assert {(part and part.group, part and part.total) for part in parts} == {(parts[0] and parts[0].group, 3)}


def test_everything_that_tells_two_long_messages_apart_makes_another_group() -> None:
    text = "Saluran irigasi jebol. " * 15
    ways: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (CITIZEN, {"by": "udh8", "reference": 7}, {}),
        ("6285700000001", {"by": "udh8", "reference": 7}, {}),
        (CITIZEN, {"by": "udh8", "reference": 8}, {}),
        (CITIZEN, {"by": "udh16", "reference": 7}, {}),
        (CITIZEN, {"by": "sar", "reference": 7}, {}),
        (CITIZEN, {"by": "udh8", "reference": 7, "to": "1709"}, {}),
        (CITIZEN, {"by": "udh8", "reference": 7}, {"name": "indosat"}),
    ]

    groups = [deliver(long_bodies(sender, text, **how)[0], **where).part for sender, how, where in ways]
    shorter = deliver(long_bodies(CITIZEN, text[:200], by="udh8", reference=7)[0]).part

    assert len({part and part.group for part in [*groups, shorter]}) == 8


def test_another_way_to_write_the_same_number_is_the_same_group() -> None:
    text = "Saluran irigasi jebol. " * 15

    first, second = (deliver(long_bodies(s, text, by="udh8", reference=7)[0]) for s in ("081234567890", CITIZEN))

    assert first.part == second.part


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(bytes([5, 0, 3, 66, 0, 1]), id="one of none"),
        pytest.param(bytes([5, 0, 3, 66, 2, 0]), id="number zero"),
        pytest.param(bytes([5, 0, 3, 66, 2, 3]), id="third of two"),
        pytest.param(bytes([5, 0, 3, 66, 1, 1]), id="one of one"),
    ],
)
def test_a_piece_that_cannot_be_one_is_a_message_of_its_own(header: bytes) -> None:
    message = deliver(message_body(CITIZEN, header + b"Banjir", esm_class=0x40))

    assert (message.text, message.part) == ("Banjir", None)


def test_the_one_piece_of_two_hundred_and_fifty_five_is_a_piece() -> None:
    message = deliver(message_body(CITIZEN, bytes([5, 0, 3, 66, 255, 17]) + b"Banjir", esm_class=0x40))

    assert message.part is not None
    assert (message.part.number, message.part.total) == (17, 255)


def test_a_broken_header_stays_in_the_text() -> None:
    message = deliver(message_body(CITIZEN, b"\x30Banjir", esm_class=0x40))

    assert (message.text, message.part) == ("0Banjir", None)


def test_a_header_and_sar_parameters_together_lose_nothing() -> None:
    sar = tlv(0x020C, b"\0\x09") + tlv(0x020E, b"\x03") + tlv(0x020F, b"\x01")
    both = message_body(CITIZEN, bytes([5, 0, 3, 66, 2, 1]) + b"Banjir", esm_class=0x40, tlvs=sar)
    ports = message_body(CITIZEN, bytes([6, 5, 4, 0, 80, 0, 0]) + b"Banjir", esm_class=0x40, tlvs=sar)

    assert [(m.text, m.part and m.part.total) for m in map(deliver, (both, ports))] == [("Banjir", 2), ("Banjir", 3)]


def test_a_national_table_is_noted_on_the_route() -> None:
    message = deliver(message_body(CITIZEN, bytes([3, 0x25, 1, 1]) + b"Banjir", esm_class=0x40))

    assert (message.text, message.route["alphabet"]) == ("Banjir", "national")


def test_a_fingerprint_is_equal_only_for_equal_messages() -> None:
    sar = [tlv(0x020C, b"\0\x09") + tlv(0x020E, b"\x03") + tlv(0x020F, bytes([n])) for n in (1, 2)]
    bodies = [
        message_body(CITIZEN, b"STATUS"),
        message_body(CITIZEN, b"STATUS "),
        message_body("6285700000001", b"STATUS"),
        message_body(CITIZEN, b"STATUS", to="1709"),
        message_body(CITIZEN, b"STATUS", data_coding=1),
        message_body(CITIZEN, b"STATUS", esm_class=1),
        message_body(CITIZEN, b"STATUS", tlvs=sar[0]),
        message_body(CITIZEN, b"STATUS", tlvs=sar[1]),
    ]

    marks = {deliver(body).fingerprint for body in bodies} | {deliver(bodies[0], name="indosat").fingerprint}
    again = deliver(message_body(CITIZEN, b"STATUS", tlvs=tlv(0x1403, b"timestamp 2")))

    assert len(marks) == 9
    assert again.fingerprint == deliver(bodies[0]).fingerprint
    assert {len(mark) for mark in marks} == {16}


def test_a_message_is_read_again_with_the_operators_present_alphabet() -> None:
    message = deliver(message_body(CITIZEN, b"a_b", data_coding=1))
    gsm, other = (make_operator(data_coding_1=value) for value in ("gsm", "ascii"))

    assert message.text == "a_b"
    assert read_text([message.raw], SmsSettings(operators=(gsm,))) == "a§b"
    assert read_text([message.raw], SmsSettings(operators=(other,))) == "a_b"
    assert read_text([message.raw], SmsSettings()) == "a_b"


def test_characters_cut_in_two_by_the_phone_are_whole_again() -> None:
    emoji, euro = "Banjir " + "🌊" * 100, "€" * 200
    for text in (emoji, euro, "x" + emoji, "x" + euro):
        raws = [deliver(body).raw for body in long_bodies(CITIZEN, text, by="udh8", reference=3)]

        assert len(raws) > 2
        assert read_text(raws, SmsSettings()) == text


def test_a_missing_piece_is_marked_where_it_belongs() -> None:
    raws: list[bytes | None] = [
        deliver(body).raw for body in long_bodies(CITIZEN, "a" * 153 + "b" * 153 + "c" * 10, by="udh8", reference=3)
    ]

    raws[1] = None

    assert read_text(raws, SmsSettings()) == "a" * 153 + " [bagian 2 hilang] " + "c" * 10
    assert read_text([None, raws[2]], SmsSettings()) == " [bagian 1 hilang] " + "c" * 10


def test_pieces_in_different_alphabets_are_each_read_in_their_own() -> None:
    gsm = message_body(CITIZEN, bytes([5, 0, 3, 1, 2, 1]) + b"Jalan ", esm_class=0x40)
    ucs2 = message_body(CITIZEN, bytes([5, 0, 3, 1, 2, 2]) + "ćelik".encode("utf-16-be"), esm_class=0x40, data_coding=8)

    assert read_text([deliver(gsm).raw, deliver(ucs2).raw], SmsSettings()) == "Jalan ćelik"


@pytest.mark.parametrize("raw", [b"", b"\0", b"rusak", wrap_raw("telkomsel", b"\0\0"), bytes(40)])
def test_what_cannot_be_read_again_never_raises(raw: bytes) -> None:
    assert read_text([raw], SmsSettings()) == ""


def test_a_bare_pdu_is_read_too() -> None:
    pdu = pack(Command.DELIVER_SM, sequence=1, body=message_body(CITIZEN, b"Banjir"))

    assert read_text([pdu], SmsSettings()) == "Banjir"


def test_without_a_reason_to_expect_repeats_there_is_no_window() -> None:
    body = message_body(CITIZEN, b"STATUS")
    pdu = pack(Command.DELIVER_SM, sequence=1, body=body)
    until = datetime.fromtimestamp(NOW / 1e9, UTC)

    calm = deliver(body)
    after_bind = map_message(
        read_message(pdu), pdu=pdu, mark=b"m", operator=make_operator(), reception=Reception(NOW, until)
    )

    assert (calm.redelivered_since, calm.redelivered_until) == (None, None)
    assert (after_bind.redelivered_since, after_bind.redelivered_until) == (until - timedelta(seconds=600), until)
