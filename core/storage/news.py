"""News across processes: LISTEN and NOTIFY on PostgreSQL, in this process on SQLite."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from random import uniform
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Connection, NullPool, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.types import Text

from core import ports
from core.ports import ANYTHING, Told, Unavailable
from core.storage.engine import SERVER_SETTINGS, TOPICS, Database, PostgresDatabase, SqliteDatabase
from core.storage.errors import TRANSLATED

log = logging.getLogger(__name__)

CHANNEL = "lapor_news"
BETWEEN = "\n"
LONGEST_TOPIC = 200
# PostgreSQL takes payloads of less than 8,000 bytes (NOTIFY, "Description").
LARGEST_PAYLOAD = 7_900
MOST_PASSING = 200
BROKEN = (*TRANSLATED, asyncpg.PostgresError, asyncpg.InterfaceError)
HEARTBEAT = timedelta(seconds=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=5)
LOOK = timedelta(seconds=1)
# Passing things need not be on disk before anybody is told.
SETTINGS = SERVER_SETTINGS | {"application_name": "lapor news", "synchronous_commit": "off"}
NOTIFY = select(func.pg_notify(CHANNEL, func.unnest(bindparam("payloads", type_=ARRAY(Text())))))


def announce(connection: Connection, topics: Collection[str]) -> None:
    """Tell with the commit of this transaction. Call it last: in PostgreSQL statements may commit one by one."""
    if connection.dialect.name == "postgresql":
        connection.execute(NOTIFY, {"payloads": pack(topics)})
    else:
        connection.info.setdefault(TOPICS, set()).update(topics)


def pack(topics: Iterable[str]) -> list[str]:
    """As few payloads as hold them all."""
    payloads: list[str] = []
    size = LARGEST_PAYLOAD
    for topic in sorted(topics):
        length = len(topic.encode()) + len(BETWEEN)
        if size + length > LARGEST_PAYLOAD:
            payloads.append(topic)
            size = length
        else:
            payloads[-1] += BETWEEN + topic
            size += length
    return payloads


class News(ports.News, Protocol):
    """``ports.News`` with its lifetime: nothing of other processes is heard but while ``run`` runs."""

    @property
    def listens(self) -> bool:
        """Whether it hears of them now."""
        ...

    async def run(self) -> None: ...


def open_news(database: Database) -> News:
    """News of this database. Raises TypeError for a kind of database that has none."""
    if isinstance(database, PostgresDatabase):
        return PostgresNews(database)
    if isinstance(database, SqliteDatabase):
        return SqliteNews(database)
    raise TypeError(type(database).__name__)


class Followers:
    """Who wants to be told, in one event loop. What comes in one turn of the loop is told together."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._topics: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._told)

    def add(self, told: Told) -> Callable[[], None]:
        """Until the returned function is called."""
        self._told.append(told)

        def leave() -> None:
            with suppress(ValueError):  # Left already.
                self._told.remove(told)

        return leave

    def tell(self, topics: Collection[str]) -> None:
        """Soon; called in the event loop."""
        if not self._topics:
            asyncio.get_running_loop().call_soon(self._hand_out)
        self._topics.update(topics)

    def _hand_out(self) -> None:
        topics, self._topics = frozenset(self._topics), set()
        for told in tuple(self._told):
            try:
                told(topics)
            except Exception:
                log.exception("A follower of news failed")


class Allowance:
    """So many passing things a second; what is beyond is dropped, for it is over when its turn would come."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = 0
        self._count = 0

    def spend(self, now: float) -> bool:
        """Whether one more is allowed."""
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self._most


def check(topic: str) -> str:
    """The topic. Raises ValueError for one that cannot be carried."""
    if not 0 < len(topic) <= LONGEST_TOPIC or not topic.isprintable():
        raise ValueError(f"a topic has 1 to {LONGEST_TOPIC} printable characters")
    return topic


class PostgresNews:
    """A connection of its own that listens, and comes back when it breaks."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._followers = Followers()
        self._allowance = Allowance(MOST_PASSING)
        self._passing: set[str] = set()
        self._due = asyncio.Event()
        self.listens = False
        self._engine = create_async_engine(
            database.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"server_settings": SETTINGS, "timeout": 10, "command_timeout": 10},
        )

    def follow(self, told: Told) -> Callable[[], None]:
        """See ``ports.News.follow``."""
        return self._followers.add(told)

    async def tell(self, topic: str) -> None:
        """With others that pass at the same moment; dropped while nobody listens."""
        if self.listens and self._allowance.spend(asyncio.get_running_loop().time()):
            self._passing.add(check(topic))
            self._due.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._listen()
            except BROKEN as error:
                log.warning("News wait: the database does not answer", extra={"why": type(error).__name__})
            wait = FIRST_WAIT if self.listens else min(wait * 2, LONGEST_WAIT)
            self.listens = False
            await asyncio.sleep(uniform(0.5, 1) * wait.total_seconds())  # noqa: S311 - spreads those who come back

    async def _listen(self) -> None:
        """Until the connection breaks. What was told before it stood may have been missed."""
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _: self._due.set())
            await driver.add_listener(CHANNEL, self._heard)
            self.listens = True
            self._followers.tell([ANYTHING])
            while not driver.is_closed():
                await self._pass_on(connection)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), HEARTBEAT.total_seconds())

    async def _pass_on(self, connection: AsyncConnection) -> None:
        """Nothing to pass on is a heartbeat: a peer that went without a word is noticed."""
        passing, self._passing = self._passing, set()
        self._due.clear()
        await connection.execute(NOTIFY, {"payloads": pack(passing)})

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self._followers.tell(payload.split(BETWEEN))


class SqliteNews:
    """Told by the writer after each commit. Other processes are rare (a command) and only leave a trace."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._followers = Followers()
        self._allowance = Allowance(MOST_PASSING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.listens = False
        database.on_commit(self._committed)

    def follow(self, told: Told) -> Callable[[], None]:
        """See ``ports.News.follow``."""
        self._loop = asyncio.get_running_loop()
        return self._followers.add(told)

    def _committed(self, topics: Collection[str]) -> None:
        """In the writer's thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # The loop was closed: nobody follows any more.
                self._loop.call_soon_threadsafe(self._followers.tell, topics)

    async def tell(self, topic: str) -> None:
        """To this process."""
        if self._allowance.spend(asyncio.get_running_loop().time()):
            self._followers.tell([check(topic)])

    async def run(self) -> None:
        """Until cancelled: while somebody follows, look for changes that other processes made. The first look may come
        behind one, so it counts as one.
        """
        seen = None
        while True:
            try:
                now = await self._database.foreign_changes() if self._followers else None
                self.listens = True
            except Unavailable:
                log.warning("News wait: the database does not answer", extra={"why": "Unavailable"})
                now, self.listens = seen, False
            if now is not None and seen != now:
                self._followers.tell([ANYTHING])
            seen = now
            await asyncio.sleep(LOOK.total_seconds())
