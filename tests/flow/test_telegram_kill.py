"""``kill -9`` at any moment, polled or brought to the webhook: nothing that was said is lost or taken twice, and
whatever the bot said is out once, unless the outbox says that it may be twice.

``LAPOR_TEST_KILLS=50`` makes the long form of it. The figures are printed (``-s``).
"""

import asyncio
import os
import random
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from channels.chat.telegram.api_peer import BotApi
from core.model.message import Address
from core.model.talk import Author, Line
from core.model.work import OutboxState, Reply
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.flow.messenger import JPEG, telegram
from tests.flow.postfix import free_port
from tests.flow.rig import GatewayProcess, until, write_config

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "2"))
CITIZENS_FOR_EACH_KILL = 12
LONGEST_LIFE = 1.5
LATE = 0.3
"""Seconds between a message that is out and its answer."""

PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")
SUBMIT = "KIRIM"
UNDER_WAY = frozenset({OutboxState.PENDING, OutboxState.SENDING})


def write_some(api: BotApi, citizens: list[int]) -> None:
    """Each about another RT, every third with a picture, and then that this is all."""
    for n in range(len(citizens), len(citizens) + CITIZENS_FOR_EACH_KILL):
        where = f"Desa {PLACES[n % 8]} RT {n % 50 + 1} RW {n // 50 + 1}"
        text = f"{MATTERS[n % 5]} di {where} depan rumah Pak Slamet{n:04}"
        citizens.append(api.world.citizen("Wargawati"))
        if n % 3:
            api.world.say(citizens[-1], text)
        else:
            api.world.photo(citizens[-1], JPEG + bytes([n % 256]), caption=text)
        api.world.say(citizens[-1], SUBMIT)


async def live_and_die(
    api: BotApi, config: Path, citizens: list[int], chance: random.Random, *, while_sending: bool
) -> None:
    """One life of the gateway: it ends while updates come in, or as soon as a message is out and not yet answered."""
    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address(limit=90)
        write_some(api, citizens)
        waiting, sent = len(api.world.updates), len(api.world.sent)

        async def has_begun() -> bool:
            if while_sending:
                return len(api.world.sent) > sent
            return len(api.world.updates) < waiting or len(api.calls) > 3

        await until(has_begun, limit=60)
        await asyncio.sleep(
            chance.uniform(0, LATE if while_sending else LONGEST_LIFE)
        )  # the moment is random: there is nothing to wait for
        await gateway.kill()


async def live_to_the_end(api: BotApi, config: Path, store: SqlStore, citizens: list[int]) -> None:
    """The last life: until everybody has a report, every picture is there and every reply has ended."""

    def left(tx: Tx) -> int:
        reports = tx.reports.queue(states=(), limit=100_000)
        without = len(citizens) - len(reports)
        files = (len(citizens) + 2) // 3 - sum(len(report.attachments) for report in reports)
        return without + files + sum(n for (_, state), n in tx.figures.outbox().items() if state in UNDER_WAY)

    async def drained() -> bool:
        return not api.world.updates and await store.read(left) == 0

    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address(limit=90)
        await until(drained, limit=120)
        assert await gateway.stop() == 0


@pytest.mark.timeout(1800 if KILLS > 3 else 420)
@pytest.mark.parametrize(("mode", "database"), [("poll", "sqlite_url"), ("webhook", "postgres_url")])
async def test_kill_at_any_moment(request: pytest.FixtureRequest, tmp_path: Path, mode: str, database: str) -> None:
    database_url = request.getfixturevalue(database)
    seed, citizens = secrets.randbelow(10**6), list[int]()
    print(f"\nkill -9: seed {seed}")
    port = free_port()
    async with BotApi() as api:
        api.answer_late(LATE)
        settings = telegram(api, mode=mode, webhook_url=f"http://127.0.0.1:{port}")
        lease = {"lease_seconds": 10, "doubt_seconds": 0.5, "backoff_seconds": 0.2}
        changed = {"delivery": lease, "telegram": settings, "http": {"port": port}}
        config = write_config(tmp_path, database_url=database_url, changed=changed)
        chance = random.Random(seed)
        for number in range(KILLS):
            await live_and_die(api, config, citizens, chance, while_sending=number % 2 == 1)
        store = SqlStore(open_database(database_url), load_vault(tmp_path / "privacy.key"))
        try:
            await live_to_the_end(api, config, store, citizens)
            reports = await store.read(lambda tx: tx.reports.queue(states=(), limit=100_000))
            replies = await store.read(lambda tx: tx.outbox.listing(limit=100_000))
            talks = await store.read(lambda tx: [_lines(tx, citizen) for citizen in citizens])
        finally:
            await store.close()

    assert Counter(re.findall(r"Slamet(\d+)", " ".join(report.text for report in reports))) == Counter(
        f"{n:04}" for n in range(len(citizens))
    )
    for lines in talks:
        _nothing_is_missing_or_double(lines)
    _what_was_said_came_once(api, replies)
    said = "".join(log.read_text("utf-8", "replace") for log in tmp_path.glob("*.log"))
    assert not re.findall(f"Slamet|Wargawati|{api.token}|{citizens[0]}", said), "the log shows what it must not"


def _lines(tx: Tx, citizen: int) -> Sequence[Line]:
    talk = tx.talks.find(Address("tg", str(citizen)))
    return tx.talks.lines(talk.id, limit=1000) if talk else ()


def _nothing_is_missing_or_double(lines: Sequence[Line]) -> None:
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    own = [line.text for line in lines if line.author is Author.VISITOR and not line.replaces]
    assert len(own) == 2, f"{len(own)} lines of a visitor who wrote twice"
    assert own[1] == SUBMIT


def _what_was_said_came_once(api: BotApi, replies: Sequence[Reply]) -> None:
    wanted = Counter((int(one.outbound.to.value), one.outbound.text) for one in replies)
    came = Counter((sent.chat, sent.text) for sent in api.world.sent)
    doubtful = Counter((int(one.outbound.to.value), one.outbound.text) for one in replies if one.doubtful)
    print(f"{KILLS} kills: {came.total()} messages, {doubtful.total()} replies in doubt")
    assert not wanted - came, "every reply is out"
    assert not (came - wanted) - doubtful, "only what is marked as doubtful is out twice"
