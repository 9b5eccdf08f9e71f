"""Receipts are told by esm_class, read from TLVs and text, and matched whatever base their ids are in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.receipts import SentIds, canonical, is_receipt, read_fields, read_receipt
from channels.sms.smsc.messages import message_body, tlv
from channels.sms.wire.pdu import Command, ShortMessage, pack, read_message
from core.model.message import Delivery, Receipt
from tests.channels.sms.conftest import CITIZEN, make_operator

AT = datetime(2026, 11, 21, 7, 12, tzinfo=UTC)
TEXT = "id:0001000000 sub:001 dlvrd:001 submit date:2611211405 done date:2611211411 stat:DELIVRD err:000 text:Terima"


def message(text: str, *, esm_class: int = 4, tlvs: bytes = b"") -> ShortMessage:
    body = message_body(CITIZEN, text.encode(), esm_class=esm_class, tlvs=tlvs)
    return read_message(pack(Command.DELIVER_SM, sequence=1, body=body))


def receipt(text: str, *, sent: SentIds | None = None, tlvs: bytes = b"", **settings: Any) -> Receipt | None:
    operator = make_operator(**settings)
    sent = sent or SentIds(operator.dlr_id_base)
    return read_receipt(message(text, tlvs=tlvs), operator=operator, sent=sent, received_at=AT)


@pytest.mark.parametrize("esm_class", [0x04, 0x08, 0x20, 0x44, 0x24])
def test_esm_class_makes_a_receipt(esm_class: int) -> None:
    assert is_receipt(message(TEXT, esm_class=esm_class))


@pytest.mark.parametrize("esm_class", [0x00, 0x40, 0x03, 0x80, 0x10])
def test_words_do_not_make_a_receipt(esm_class: int) -> None:
    assert not is_receipt(message(TEXT, esm_class=esm_class))


def test_a_receipt_is_read_from_its_text() -> None:
    assert receipt(TEXT) == Receipt(
        channel="sms",
        connection="telkomsel",
        external_ids=("1000000", "f4240", "16777216"),
        delivery=Delivery.DELIVERED,
        at=datetime(2026, 11, 21, 7, 11, tzinfo=UTC),
        reason="DELIVRD err 000",
    )


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("stat:DELIVRD id:5 err:000", {"stat": "DELIVRD", "id": "5", "err": "000"}),
        ("ID:5 Stat:EXPIRED Text:stat:DELIVRD id:6", {"id": "5", "stat": "EXPIRED"}),
        ("text:halo id:5 stat:UNDELIV", {"id": "5", "stat": "UNDELIV"}),
        ("id:126e85a6edeaa1c2 err:21b stat:REJECTD", {"id": "126e85a6edeaa1c2", "err": "21b", "stat": "REJECTD"}),
        ("id:5 submit date:20261121140500 done date:261121141100 stat:ENROUTE", None),
        ("", {}),
        ("Jalan rusak", {}),
    ],
)
def test_fields_stand_in_any_order(text: str, fields: dict[str, str] | None) -> None:
    expected = {"id": "5", "submit date": "20261121140500", "done date": "261121141100", "stat": "ENROUTE"}

    assert read_fields(text) == (expected if fields is None else fields)


@pytest.mark.parametrize(
    ("stat", "delivery"),
    [
        ("DELIVRD", Delivery.DELIVERED),
        ("delivrd", Delivery.DELIVERED),
        ("EXPIRED", Delivery.FAILED),
        ("DELETED", Delivery.FAILED),
        ("UNDELIV", Delivery.FAILED),
        ("REJECTD", Delivery.FAILED),
        ("ACCEPTD", Delivery.PENDING),
        ("ENROUTE", Delivery.PENDING),
        ("UNKNOWN", Delivery.PENDING),
        ("APAINI", Delivery.PENDING),
        ("", Delivery.PENDING),
    ],
)
def test_only_a_known_end_is_an_end(stat: str, delivery: Delivery) -> None:
    found = receipt(f"id:5 stat:{stat}")

    assert found is not None
    assert found.delivery is delivery


@pytest.mark.parametrize(
    ("value", "delivery"),
    [
        (b"\x02", Delivery.DELIVERED),
        (b"\x05", Delivery.FAILED),
        (b"\x00\x02", Delivery.DELIVERED),
        (b"\x07", Delivery.PENDING),
    ],
)
def test_the_state_parameter_goes_before_the_text(value: bytes, delivery: Delivery) -> None:
    found = receipt("id:5 stat:EXPIRED", tlvs=tlv(0x0427, value))

    assert found is not None
    assert found.delivery is delivery


@pytest.mark.parametrize("value", [b"1D305B4C\0", b"1D305B4C"])
def test_the_id_parameter_goes_before_the_text_with_and_without_its_nul(value: bytes) -> None:
    found = receipt("id:489708364 stat:DELIVRD", tlvs=tlv(0x001E, value))

    assert found is not None
    assert found.external_ids[0] == "1d305b4c"
    assert "489708364" in found.external_ids


def test_a_receipt_of_parameters_alone_is_enough() -> None:
    found = receipt("", tlvs=tlv(0x001E, b"5\0") + tlv(0x0427, b"\x02"))

    assert found is not None
    assert (found.external_ids[0], found.delivery) == ("5", Delivery.DELIVERED)


def test_without_an_id_it_is_no_receipt() -> None:
    assert receipt("Terima kasih sudah dibaca") is None


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("2611211411", datetime(2026, 11, 21, 7, 11, tzinfo=UTC)),
        ("261121141130", datetime(2026, 11, 21, 7, 11, 30, tzinfo=UTC)),
        ("20261121141130", datetime(2026, 11, 21, 7, 11, 30, tzinfo=UTC)),
        ("0000000000", AT),
        ("00010101000000", AT),
        ("1911211411", AT),
        ("2611211911", AT),
        ("kemarin", AT),
        ("", AT),
    ],
)
def test_dates_have_three_lengths_and_nonsense_is_the_time_of_receipt(date: str, at: datetime) -> None:
    found = receipt(f"id:5 done date:{date} stat:DELIVRD")

    assert found is not None
    assert found.at == at


def test_another_time_zone_is_a_setting() -> None:
    found = receipt("id:5 done date:2611210711 stat:DELIVRD", receipt_timezone="UTC")

    assert found is not None
    assert found.at == datetime(2026, 11, 21, 7, 11, tzinfo=UTC)


def test_the_base_is_learned_from_the_first_receipt_that_tells() -> None:
    sent = SentIds("auto")
    for external_id in ("f4240", "f4241", "1000000"):
        sent.note(external_id)

    first = sent.forms("0001000001")
    later = sent.forms("0001000007")
    ambiguous = sent.forms("1000000")

    assert (first[0], later[0], ambiguous[0]) == ("f4241", "f4247", "f4240")


def test_the_other_direction_is_learned_too() -> None:
    sent = SentIds("auto")
    sent.note("1000000")

    assert sent.forms("F4240")[0] == "1000000"
    assert sent.forms("F4247")[0] == "1000007"


@pytest.mark.parametrize(
    ("base", "given", "forms"),
    [
        ("dec", "0001000000", ("f4240", "1000000")),
        ("hex", "F4240", ("1000000", "f4240")),
        ("auto", "0F4240", ("f4240", "1000000")),
        ("auto", "c449ab97-1d", ("c449ab97-1d",)),
        ("dec", "c449ab97-1d", ("c449ab97-1d",)),
    ],
)
def test_a_fixed_base_is_obeyed_and_every_form_is_listed(base: str, given: str, forms: tuple[str, ...]) -> None:
    assert SentIds(base).forms(given) == forms


def test_only_so_many_ids_are_remembered() -> None:
    sent = SentIds("auto")
    for number in range(50_010):
        sent.note(str(number))

    assert len(sent._ids) == 50_000


@pytest.mark.parametrize(("given", "form"), [("00AB", "ab"), ("000", "000"), (" 7 ", "7"), ("", "")])
def test_an_id_has_one_form(given: str, form: str) -> None:
    assert canonical(given) == form


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader_of_receipts(text: str) -> None:
    read_fields(text)


@given(st.text(st.characters(codec="latin-1"), max_size=60), st.text(st.characters(codec="latin-1"), max_size=20))
def test_no_receipt_breaks_the_reader(text: str, date: str) -> None:
    receipt(f"id:{text} done date:{date}"[:120])
