"""News: told with the commit, across stores and processes, and again after a break."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta

import pytest

from core.model.work import JobKind
from core.ports import ANYTHING, Tx
from core.storage.engine import open_database
from core.storage.news import LARGEST_PAYLOAD, MOST_PASSING, News, open_news, pack
from core.storage.store import SqlStore
from core.talks import JOBS
from core.testing.builders import a_job
from core.testing.clocks import MONDAY_MORNING
from core.vault import Vault
from tests.conftest import in_postgres


class Ear:
    """Hears news, and can wait for them."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._more = asyncio.Event()

    def __call__(self, topics: Collection[str]) -> None:
        self.heard += sorted(topics)
        self._more.set()

    async def until(self, *topics: str) -> list[str]:
        """All that was heard, once it holds these; then forgotten."""
        async with asyncio.timeout(20):
            while not set(topics) <= set(self.heard):
                self._more.clear()
                await self._more.wait()
        heard, self.heard = self.heard, []
        return heard


@contextmanager
def following(news: News, told: Callable[[Collection[str]], None]) -> Iterator[None]:
    """While the block lasts."""
    leave = news.follow(told)
    try:
        yield
    finally:
        leave()


@asynccontextmanager
async def running(news: News) -> AsyncIterator[asyncio.Task[None]]:
    """While the block lasts, and ended with it."""
    task = asyncio.create_task(news.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


Opening = Callable[[], AbstractAsyncContextManager[tuple[SqlStore, News, Ear]]]


@pytest.fixture
def opening(database_url: str, vault: Vault) -> Opening:
    """Opens what a process has: a store, its news running, and somebody who follows them from the first one on."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[SqlStore, News, Ear]]:
        database = open_database(database_url)
        news, ear = open_news(database), Ear()
        with following(news, ear):
            async with running(news):
                await ear.until(ANYTHING)
                yield SqlStore(database, vault), news, ear
        await database.close()

    return opened


def telling(*topics: str) -> Callable[[Tx], None]:
    """Work that has something to tell."""

    def work(tx: Tx) -> None:
        tx.cursors.save("twitter/lapor1708", "17")
        for topic in topics:
            tx.tell(topic)

    return work


async def test_what_a_transaction_tells_is_heard_once_with_its_commit(opening: Opening) -> None:
    async with opening() as (store, _, ear):
        await store.write(telling("talk:a", "talk:a", "desk"))
        await store.write_at_once(telling("talk:b"))

        heard = await ear.until("talk:a", "desk", "talk:b")

    assert heard == ["desk", "talk:a", "talk:b"]


async def test_a_transaction_that_is_taken_back_tells_nothing(opening: Opening) -> None:
    async with opening() as (store, _, ear):

        def fail(tx: Tx) -> None:
            telling("talk:lost")(tx)
            raise LookupError

        with pytest.raises(LookupError):
            await store.write(fail)
        await store.read(telling("talk:read"))
        await store.write(telling("talk:kept"))

        assert await ear.until("talk:kept") == ["talk:kept"]


async def test_news_of_another_process_are_heard(opening: Opening, database_url: str) -> None:
    async with opening() as (_, _, ear), opening() as (other, _, _):
        await other.write(telling("talk:a"))

        await ear.until(ANYTHING if database_url.startswith("sqlite") else "talk:a")


async def test_a_store_hears_nothing_of_its_own_but_what_is_told(opening: Opening) -> None:
    async with opening() as (store, _, ear):
        await store.write(telling())
        await asyncio.sleep(1.2)  # Longer than a look for changes of others takes its time.
        await store.write(telling("talk:end"))

        assert await ear.until("talk:end") == ["talk:end"]


async def test_a_step_that_is_due_at_once_is_told(opening: Opening) -> None:
    later, now = (a_job(JobKind.TALK, due=MONDAY_MORNING + timedelta(minutes=n)) for n in (1, 0))
    async with opening() as (store, _, ear):
        await store.write(lambda tx: tx.jobs.by(later, now=MONDAY_MORNING))
        await store.write(telling("talk:a"))
        before = await ear.until("talk:a")
        await store.write(lambda tx: tx.jobs.by(now, now=MONDAY_MORNING))

        assert await ear.until(JOBS) == [JOBS]
    assert before == ["talk:a"]


async def test_a_burst_arrives_whole(opening: Opening) -> None:
    topics = [f"talk:{n:032x}" for n in range(1200)]
    async with opening() as (store, _, ear):
        await store.write(telling(*topics[:600]))
        for n in range(600, 1200, 100):
            await asyncio.gather(*(store.write(telling(*topics[n + m : n + m + 10])) for m in range(0, 100, 10)))

        heard = await ear.until(*topics)

    assert sorted(heard) == topics


async def test_somebody_who_fails_disturbs_nobody(opening: Opening, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_topics: Collection[str]) -> None:
        raise LookupError

    async with opening() as (store, news, ear):
        leave = news.follow(fail)
        await store.write(telling("talk:a"))
        await ear.until("talk:a")
        leave()
        leave()
        await store.write(telling("talk:b"))
        await ear.until("talk:b")

    assert [record.levelno for record in caplog.records if "follower" in record.message] == [logging.ERROR]


async def test_who_left_is_told_nothing(opening: Opening) -> None:
    async with opening() as (store, news, ear):
        gone = Ear()
        news.follow(gone)()

        await store.write(telling("talk:a"))
        await ear.until("talk:a")

    assert gone.heard == []


async def test_passing_things_are_heard_and_a_flood_of_them_is_cut(opening: Opening) -> None:
    async with opening() as (store, news, ear):
        await news.tell("typing:a:visitor")
        await ear.until("typing:a:visitor")
        for n in range(20 * MOST_PASSING):
            await news.tell(f"typing:{n}:visitor")
        await asyncio.sleep(0.3)
        await store.write(telling("talk:end"))

        heard = await ear.until("talk:end")

    assert MOST_PASSING // 2 < len(heard) <= 3 * MOST_PASSING, "a flood may begin at a second's end"


@pytest.mark.parametrize("topic", ["", "x" * 201, "two\nlines", "with\0nul"])
async def test_a_topic_that_cannot_be_carried_is_refused(opening: Opening, topic: str) -> None:
    async with opening() as (_, news, _):
        with pytest.raises(ValueError, match="printable"):
            await news.tell(topic)


CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lapor news'"


async def test_after_a_break_anything_may_have_been_missed(postgres_url: str, vault: Vault) -> None:
    database = open_database(postgres_url)
    news, ear, store = open_news(database), Ear(), SqlStore(database, vault)
    with following(news, ear):
        async with running(news):
            await ear.until(ANYTHING)
            for n in range(2):
                in_postgres(lambda c: c.execute(f"{CUT} AND datname = current_database()"), postgres_url)
                await ear.until(ANYTHING)

                await store.write(telling(f"talk:{n}"))
                await news.tell(f"typing:{n}")
                await ear.until(f"talk:{n}", f"typing:{n}")
                assert news.listens
    await database.close()


async def test_a_server_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    database = open_database("postgresql://postgres@127.0.0.1:9/nowhere")
    news = open_news(database)
    async with running(news) as task:
        async with asyncio.timeout(20):
            while len([r for r in caplog.records if "News wait" in r.message]) < 2:
                await asyncio.sleep(0.02)

        await news.tell("typing:a")

        assert not news.listens
        assert not task.done()
    await database.close()


async def test_a_command_on_the_same_file_is_noticed(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    news, ear = open_news(database), Ear()
    with following(news, ear):
        async with running(news):
            await ear.until(ANYTHING)
            with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as rival:
                rival.execute("INSERT INTO cursors VALUES ('a', 'b')")
            rival.close()

            await ear.until(ANYTHING)
    await database.close()


async def test_a_commit_is_told_also_when_its_caller_left(sqlite_url: str, vault: Vault) -> None:
    database = open_database(sqlite_url)
    news, ear, store = open_news(database), Ear(), SqlStore(database, vault)
    begun, go_on = threading.Event(), threading.Event()

    def work(tx: Tx) -> None:
        telling("talk:a")(tx)
        begun.set()
        assert go_on.wait(20)

    with following(news, ear):
        leaving = asyncio.ensure_future(store.write(work))
        assert await asyncio.to_thread(begun.wait, 20)
        leaving.cancel()
        go_on.set()

        assert await ear.until("talk:a") == ["talk:a"]

    await store.close()


def test_payloads_hold_every_topic_and_are_small_enough() -> None:
    topics = {f"talk:{n:032x}" for n in range(700)}

    payloads = pack(topics)

    assert sorted("\n".join(payloads).split("\n")) == sorted(topics)
    assert max(len(payload.encode()) for payload in payloads) <= LARGEST_PAYLOAD
    assert len(payloads) == 4
    assert pack([]) == []
