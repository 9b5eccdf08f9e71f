"""Settings of operators: refused with the remedy where SMPP cannot carry them, and described for the generated file."""

from typing import Any

import msgspec
import pytest

from channels.sms import CHANNEL
from channels.sms.adapter import SmsChannel
from channels.sms.settings import OperatorSettings, SmsSettings
from core.model.secret import Secret
from tests.channels.sms.conftest import make_operator


def convert(**changes: Any) -> OperatorSettings:
    given = {"name": "telkomsel", "host": "smsc.contoh.id", "system_id": "lapor", "password": "secret"} | changes

    def hook(kind: type, value: Any) -> Any:
        return Secret(value) if kind is Secret else value

    return msgspec.convert(given, OperatorSettings, dec_hook=hook)


def test_four_values_are_enough() -> None:
    operator = convert()

    assert (operator.port, operator.bind, operator.short_code, operator.dlr_id_base) == (
        2775,
        "transceiver",
        "1708",
        "auto",
    )
    assert "secret" not in repr(operator)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"password": "terlalu-panjang"}, "password"),
        ({"password": ""}, "password"),
        ({"system_id": "a" * 16}, "system_id"),
        ({"name": "nama dengan spasi"}, "name"),
        ({"bind": "receiver"}, "bind"),
        ({"dlr_id_base": "oct"}, "dlr_id_base"),
        ({"window": 0}, "window"),
        ({"max_segments": 11}, "max_segments"),
        ({"receipt_timezone": "Asia/Kudus"}, "receipt_timezone"),
        ({"reconnect_max_seconds": 0.5}, "reconnect_max_seconds"),
        ({"shortcode": "1708"}, "shortcode"),
    ],
)
def test_a_wrong_value_names_its_key_and_never_the_password(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=word) as caught:
        convert(**changes)

    assert "terlalu-panjang" not in str(caught.value)


def test_two_operators_need_two_names() -> None:
    with pytest.raises(ValueError, match="same name"):
        SmsSettings(operators=(make_operator(), make_operator()))


@pytest.mark.parametrize("kind", [OperatorSettings, SmsSettings])
def test_every_setting_has_its_sentence(kind: type[msgspec.Struct]) -> None:
    (schema,), components = msgspec.json.schema_components([kind], schema_hook=lambda _: {"type": "string"})
    properties = components[kind.__name__]["properties"]

    assert schema
    assert all(field["description"].endswith(".") for field in properties.values())


def test_the_channel_has_a_connection_for_each_operator() -> None:
    settings = SmsSettings(operators=(make_operator(), make_operator(name="indosat")))

    connections = CHANNEL.connections(settings)

    assert list(connections) == ["telkomsel", "indosat"]
    assert isinstance(connections["indosat"](), SmsChannel)
    assert CHANNEL.endpoints(settings) == dict.fromkeys(("telkomsel", "indosat"), ("127.0.0.1", 2775))
    assert (CHANNEL.kind, CHANNEL.settings) == ("sms", SmsSettings)
