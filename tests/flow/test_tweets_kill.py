"""``kill -9`` in the middle of a poll and of a post: no mention is lost or taken twice, and every answer is out once.

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

from channels.twitter.api_peer import XApi
from core.model.work import OutboxState, Reply
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import load_vault
from tests.flow.rig import GatewayProcess, until, write_config
from tests.flow.test_tweets import settings

KILLS = int(os.environ.get("LAPOR_TEST_KILLS", "3"))
TWEETS_FOR_EACH_KILL = 25
LONGEST_LIFE = 1.2
PLACES = ("Cisoka", "Margahayu", "Ngepung", "Sidorejo", "Cibitung", "Panakkukang", "Sentani", "Kranggan")
MATTERS = ("jalan berlubang", "lampu jalan mati", "sampah menumpuk", "air PDAM keruh", "jembatan lapuk")


def tweet_some(x: XApi, tweets: list[str], count: int) -> None:
    """Each by somebody of their own, about another RT."""
    for n in range(len(tweets), len(tweets) + count):
        where = f"Desa {PLACES[n % 8]} RT {n % 50 + 1} RW {n // 50 + 1}"
        text = f"{MATTERS[n % 5]} di {where} depan rumah Pak Slamet{n:04}"
        tweets.append(x.world.write(f"warga{n:05}", f"#LAPOR {text} @lapor1708"))


async def live_and_die(x: XApi, config: Path, tweets: list[str], chance: random.Random) -> None:
    """One life of the gateway."""
    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address(limit=90)
        asked = len(x.asked)
        tweet_some(x, tweets, TWEETS_FOR_EACH_KILL)

        async def polls() -> bool:
            return len(x.asked) > asked + 1

        await until(polls, limit=60)
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))  # the moment is random: there is nothing to wait for
        await gateway.kill()


async def live_to_the_end(x: XApi, config: Path, store: SqlStore, tweets: list[str]) -> None:
    """The last life: until every tweet is a report and every reply has ended."""
    under_way = frozenset({OutboxState.PENDING, OutboxState.SENDING})

    def left(tx: Tx) -> int:
        unread = len(tweets) - len(tx.reports.queue(states=(), limit=100_000))
        return unread + sum(n for (_, state), n in tx.figures.outbox().items() if state in under_way)

    async def drained() -> bool:
        return await store.read(left) == 0

    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address(limit=90)
        await until(drained, limit=90)
        assert await gateway.stop() == 0


@pytest.mark.timeout(1800 if KILLS > 3 else 420)
async def test_kill_in_a_poll_or_a_post(database_url: str, tmp_path: Path) -> None:
    seed, tweets = secrets.randbelow(10**6), list[str]()
    print(f"\nkill -9: seed {seed}")
    async with XApi() as x:
        lease = {"lease_seconds": 10, "doubt_seconds": 0.5, "backoff_seconds": 0.2}
        # No deletion is looked for: that a tweet is shown once more is not what is counted here.
        changed = {"delivery": lease, "twitter": settings(x) | {"recheck_minutes": 0}, "email": {"listen_port": 0}}
        config = write_config(tmp_path, database_url=database_url, changed=changed)
        chance = random.Random(seed)
        for _ in range(KILLS):
            await live_and_die(x, config, tweets, chance)
        store = SqlStore(open_database(database_url), load_vault(tmp_path / "privacy.key"))
        try:
            await live_to_the_end(x, config, store, tweets)
            reports = await store.read(lambda tx: tx.reports.queue(states=(), limit=100_000))
            replies = await store.read(lambda tx: tx.outbox.listing(limit=100_000))
        finally:
            await store.close()

    assert Counter(re.findall(r"Slamet(\d+)", " ".join(report.text for report in reports))) == Counter(
        f"{n:04}" for n in range(len(tweets))
    )
    assert Counter(post.to for post in x.posts) == Counter(tweets)
    _every_message_came_once(x, replies)
    said = "".join(log.read_text("utf-8", "replace") for log in tmp_path.glob("*.log"))
    assert not re.findall("Slamet|warga0", said), "the log holds what citizens wrote or who they are"


def _every_message_came_once(x: XApi, replies: Sequence[Reply]) -> None:
    """Where the public part was found to be out already, the private one is looked for before it is sent."""
    doubtful = sum(reply.doubtful for reply in replies)
    print(f"{KILLS} kills: {len(x.posts)} posts, {len(x.messages)} messages, {doubtful} replies in doubt")
    assert Counter(one.to for one in x.messages) == Counter(reply.outbound.to.value for reply in replies)
