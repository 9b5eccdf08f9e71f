"""What citizens write and who they are never enters a log, a metric, a repr or the database in the clear."""

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from channels.sms.smsc.messages import long_bodies, message_body
from core.ports import Tx
from gateway.logs import OURS
from tests.flow.rig import Town, number_in, pin_in

WORDS = ("Kenanga", "Margahayu", "Wahyuningsih", "tetangga", "3275011708900001")
LAMP = "Lampu mati di Jl. Kenanga Margahayu, saya Wahyuningsih NIK 3275011708900001, tetangga jatuh"
PHONES = ("6281234567801", "81234567801", "6285700000002", "85700000002")


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger at its most talkative."""
    with caplog.at_level(logging.DEBUG):
        for name in OURS:
            caplog.set_level(logging.DEBUG, logger=name)
        yield caplog


def in_the_clear(text: str) -> list[str]:
    """Which of the fixtures' words and numbers stand in ``text``."""
    return [word for word in (*WORDS, *PHONES) if re.search(re.escape(word), text, re.IGNORECASE)]


async def _live(town: Town) -> list[str]:
    """A day with a report, a stranger, a long and a broken message; the PINs given."""
    siti, stranger = town.citizen(PHONES[0]), town.citizen(PHONES[2])
    first = await siti.say(LAMP)
    await stranger.say(f"STATUS {number_in(first)} 000000 Wahyuningsih")
    second = await stranger.tell(f"{LAMP} {'Margahayu ' * 20}")
    broken = bytearray(message_body(PHONES[0], LAMP.encode()))
    broken[broken.index(LAMP.encode()) - 1] = 250
    await town.smsc.deliver_body(bytes(broken))
    await town.smsc.deliver_body(long_bodies(PHONES[0], LAMP * 3, by="udh8", reference=3)[0])
    await town.quiet()
    await town.verify(number_in(first))
    return [pin_in(first), pin_in(second[0])]


def _all_said(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records) + caplog.text


async def test_no_log_at_any_level_holds_words_numbers_or_pins(
    everything_logged: pytest.LogCaptureFixture, town: Town
) -> None:
    pins = await _live(town)

    said = _all_said(everything_logged)
    assert "bound to the operator" in said
    assert in_the_clear(said) == []
    assert [pin for pin in pins if re.search(rf"\b{pin}\b", said)] == []


async def test_the_metrics_name_no_citizen(town: Town) -> None:
    await _live(town)

    async with aiohttp.ClientSession() as client, client.get(f"{town.address}/metrics") as response:
        page = await response.text()

    assert "lapor_messages_received_total" in page
    assert in_the_clear(page) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_kept_cannot_be_read_without_the_key(town: Town, tmp_path: Path) -> None:
    """The same rows as in PostgreSQL, whose files are not ours to read."""
    await _live(town)

    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("lapor.db*")))

    assert b"messages" in kept
    assert in_the_clear(kept.decode("latin-1")) == []


async def test_the_repr_of_what_is_kept_is_silent(town: Town) -> None:
    await _live(town)

    def everything(tx: Tx) -> str:
        reports = tx.reports.queue(states=(), limit=10)
        histories = [tx.history.of(report.id) for report in reports]
        links = [tx.links.of_report(report.id) for report in reports]
        return repr(
            (reports, histories, links, tx.messages.latest(channel="sms", limit=50), tx.outbox.listing(limit=50))
        )

    assert in_the_clear(await town.read(everything)) == []
