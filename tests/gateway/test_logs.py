"""What an operator reads, and what nobody may read there."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from core.channel import Unreachable
from core.model.message import Address
from core.model.secret import Secret
from gateway.logs import set_up_logging

WORDS = "jalan rusak di depan rumah Bu Siti"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    handler = set_up_logging(level="INFO", layout="json", stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    logging.getLogger("aiohttp.access").disabled = False
    for name in ("core", "channels", "gateway"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_of_phrase_and_facts(lines: io.StringIO) -> None:
    logging.getLogger("gateway.supervisor").info("channel is up", extra={"channel": "sms", "connection": "telkomsel"})

    (line,) = read(lines)
    assert line.pop("at", "").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "gateway.supervisor",
        "event": "channel is up",
        "channel": "sms",
        "connection": "telkomsel",
    }


def test_addresses_and_secrets_are_hidden_even_as_facts(lines: io.StringIO) -> None:
    facts = {"sender": Address("tel", "6281234567890"), "password": Secret("hunter2")}

    logging.getLogger("core.intake").warning("message refused", extra=facts)

    assert (read(lines)[0]["sender"], read(lines)[0]["password"]) == ("tel:***", "***")


def test_our_own_errors_speak_and_foreign_ones_only_name_their_type_and_place(lines: io.StringIO) -> None:
    try:
        try:
            int(WORDS)
        except ValueError as error:
            raise Unreachable("no connection to the operator") from error
    except Unreachable:
        logging.getLogger("gateway.supervisor").exception("channel failed", extra={"channel": "sms"})

    ours, foreign = read(lines)[0]["error"]
    assert (ours["type"], ours["message"]) == ("core.channel.Unreachable", "no connection to the operator")
    assert (foreign["type"], foreign["message"]) == ("builtins.ValueError", "")
    assert "test_logs.py" in foreign["at"][0]
    assert WORDS not in lines.getvalue()


def test_every_error_of_a_group_is_shown(lines: io.StringIO) -> None:
    try:
        raise ExceptionGroup("two failed", [Unreachable("telkomsel"), Unreachable("indosat")])
    except ExceptionGroup:
        logging.getLogger("gateway.supervisor").exception("channels failed")

    assert [error["message"] for error in read(lines)[0]["error"]] == ["", "telkomsel", "indosat"]


def test_what_libraries_log_loses_its_arguments(lines: io.StringIO) -> None:
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('%s')>", WORDS
    )
    logging.getLogger("smpplib.client").warning("unknown optional parameter in %s", WORDS)
    logging.getLogger("aiohttp.access").warning("GET /api/v1/reports/4821093756?pin=4711")

    assert [line["event"] for line in read(lines)] == [
        "Task exception was never retrieved",
        "unknown optional parameter in %s",
    ]
    assert WORDS not in lines.getvalue()


def test_libraries_are_heard_from_warnings_on_and_we_from_the_level_set(lines: io.StringIO) -> None:
    logging.getLogger("smpplib.client").info("bound")
    logging.getLogger("gateway.web").debug("route added")
    logging.getLogger("gateway.web").info("listening")

    assert [line["event"] for line in read(lines)] == ["listening"]


def test_a_person_at_a_terminal_reads_text(lines: io.StringIO) -> None:
    stream = io.StringIO()
    set_up_logging(level="INFO", layout="text", stream=stream)
    try:
        raise Unreachable("no route")
    except Unreachable:
        logging.getLogger("gateway.supervisor").exception("channel failed", extra={"channel": "sms"})

    first, second, third, *_ = stream.getvalue().splitlines()
    assert first[8:] == " ERROR   channel failed  channel=sms  (gateway.supervisor)"
    assert second == "    core.channel.Unreachable: no route"
    assert third.startswith("      at ")
    assert lines.getvalue() == ""
