"""The pure pieces of a message's way, one at a time: µs a message on one core."""

import itertools
import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.flood import make_pdus
from benchmarks.processes import ROOT
from benchmarks.tables import show
from benchmarks.texts import write_long, write_messages
from channels.sms.adapter import CAPABILITIES
from channels.sms.mapping import Reception, fingerprint, map_message
from channels.sms.settings import OperatorSettings
from channels.sms.wire.pdu import read_message
from core.model.message import Inbound
from core.model.secret import Secret
from core.phrasebook import load_replies
from core.scoring import judge
from core.storage.rows import encode
from core.text import comparable, keys
from core.vault import make_vault

COUNT = 2_000
RUNS = 5
OPERATOR = OperatorSettings(name="telkomsel", host="127.0.0.1", system_id="lapor", password=Secret("secret"))
FACTS = {
    "nomor": "4821 093 756",
    "pin": "482913",
    "status": "belum diverifikasi",
    "instansi": "Kota Bekasi",
    "tanggal": "26 Nov 2026",
}

Given = TypeVar("Given")


def run() -> None:
    """One table."""
    pdus, texts = make_pdus(COUNT, seed=1), [text for _, text in write_messages(COUNT, seed=1)]
    chance = random.Random(1)
    long_texts = [write_long(chance, number) for number in range(COUNT // 4)]
    vault, replies = make_vault([os.urandom(32)]), load_replies(ROOT / Path("config/replies"))
    compared = [comparable(text) for text in texts]
    values = [encode(_map(pdu)) for pdu in pdus]
    sealed = [vault.seal(value) for value in values]
    pairs = list(itertools.pairwise(compared))
    rows = [
        ("decode and map a deliver_sm", _cost(_map, pdus)),
        ("comparable and keys, one SMS", _cost(lambda text: keys(comparable(text)), texts)),
        ("comparable and keys, three SMS", _cost(lambda text: keys(comparable(text)), long_texts)),
        ("judge two texts", _cost(lambda pair: judge(*pair), pairs)),
        (
            "compose the first reply",
            _cost(lambda _: replies.compose("received", FACTS, channel="sms", capabilities=CAPABILITIES), texts),
        ),
        ("seal", _cost(vault.seal, values)),
        ("open", _cost(vault.open, sealed)),
    ]
    show(f"text: medians of {RUNS} runs over {COUNT:,} messages", ("piece", "us a message"), rows)


def _map(pdu: bytes) -> Inbound:
    message, now = read_message(pdu), datetime.now(UTC)
    reception = Reception(time.time_ns(), now)
    mark = fingerprint(message, operator=OPERATOR.name)
    return map_message(message, pdu=pdu, mark=mark, operator=OPERATOR, reception=reception)


def _cost(piece: Callable[[Given], object], given: Sequence[Given]) -> float:
    """Median CPU µs for one; nothing is remembered from the run before."""
    costs = []
    for _ in range(RUNS):
        comparable.cache_clear()
        begun = time.process_time()
        for value in given:
            piece(value)
        costs.append((time.process_time() - begun) / len(given) * 1e6)
    return median(costs)
