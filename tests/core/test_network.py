"""Which connection writes to somebody who never wrote to us."""

import pytest

from channels.sms import postboxes
from channels.sms.settings import OperatorSettings, SmsSettings
from core.model.network import Postbox, find_postbox
from core.model.secret import Secret


def operator(name: str, *prefixes: str) -> OperatorSettings:
    return OperatorSettings(
        name=name, host="smsc.contoh.id", system_id="lapor", password=Secret("secret"), prefixes=prefixes
    )


OPERATORS = SmsSettings(
    operators=(operator("telkomsel", "0811", "0812"), operator("indosat", "+62814", "62815"), operator("three"))
)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("6281234567890", "telkomsel"),
        ("6281400000001", "indosat"),
        ("6281500000001", "indosat"),
        ("6289912345678", "telkomsel"),
    ],
)
def test_the_operator_whose_prefix_fits_writes_else_the_first(number: str, name: str) -> None:
    found = find_postbox(postboxes(OPERATORS)["tel"], number)

    assert found is not None
    assert (found.channel, found.connection) == ("sms", name)


@pytest.mark.parametrize("number", ["62274512345", "6591234567", "1708", ""])
def test_no_sms_goes_to_a_landline_a_foreign_number_or_a_short_code(number: str) -> None:
    assert find_postbox(postboxes(OPERATORS)["tel"], number) is None


def test_without_operators_nobody_is_reached() -> None:
    assert find_postbox(postboxes(SmsSettings())["tel"], "6281234567890") is None


def test_a_connection_without_prefixes_reaches_everybody() -> None:
    relay = Postbox("email", "relay")

    assert find_postbox((relay,), "siti@example.com") is relay
