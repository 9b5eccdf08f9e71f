"""What tests of several folders share: databases of their own, services where they answer, a store, a vault."""

import asyncio
import os
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import settings

from core.storage.engine import open_database
from core.storage.migrate import migrate
from core.storage.store import SqlStore
from core.vault import Vault, make_vault

POSTGRES = os.environ.get("LAPOR_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("LAPOR_TEST_REDIS", "redis://127.0.0.1:6379/9")
RABBITMQ = os.environ.get("LAPOR_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")
REQUIRED = os.environ.get("LAPOR_TEST_REQUIRE_SERVICES") == "1"

settings.register_profile("suite", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("suite")

Admin = Callable[[asyncpg.Connection], Awaitable[object]]


def missing(service: str, variable: str, url: str) -> None:
    """Skip the test, or fail it where every service is required. Passwords in ``url`` are not shown."""
    parts = urlsplit(url)
    said = f"{service} does not answer on {parts.hostname}:{parts.port} (another one: {variable})"
    if REQUIRED:
        pytest.fail(f"{said}; LAPOR_TEST_REQUIRE_SERVICES=1 asks for it", pytrace=False)
    pytest.skip(said)


def answers(url: str) -> bool:
    """Whether something listens where ``url`` points."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis that answers; keys and queues need names of their own."""
    if not answers(REDIS):
        missing("Redis", "LAPOR_TEST_REDIS", REDIS)
    return REDIS


@pytest.fixture(scope="session")
def amqp_url() -> str:
    """A RabbitMQ that answers; queues need names of their own."""
    if not answers(RABBITMQ):
        missing("RabbitMQ", "LAPOR_TEST_RABBITMQ", RABBITMQ)
    return RABBITMQ


def in_postgres(work: Admin, url: str = POSTGRES) -> object:
    """Run ``work`` on a connection to ``url``, in a loop of its own, beside the loop of a test."""

    async def connected() -> object:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, connected()).result()


def create_database(template: str = "template0") -> str:
    """A new PostgreSQL database like ``template``; its URL."""
    name = f"lapor_test_{secrets.token_hex(6)}"
    in_postgres(lambda c: c.execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()


def name_of(url: str) -> str:
    """The database's name."""
    return urlsplit(url).path.lstrip("/")


def drop_database(url: str) -> None:
    """Also while something is still connected to it."""
    in_postgres(lambda c: c.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)"))


async def migrated(url: str) -> None:
    """Bring a database to the newest form."""
    database = open_database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


def migrate_now(url: str) -> None:
    """As ``migrated``, from a fixture."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrated(url)).result()


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """A PostgreSQL server that answers, by the URL of a database that nothing is written to."""
    try:
        in_postgres(lambda c: c.fetchval("SELECT 1"))
    except (OSError, TimeoutError, asyncpg.PostgresError):
        missing("PostgreSQL", "LAPOR_TEST_POSTGRES", POSTGRES)
    return POSTGRES


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from (20 ms each)."""
    url = create_database()
    try:
        migrate_now(url)
        yield name_of(url)
    finally:
        drop_database(url)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database of this test's own, without tables."""
    url = create_database()
    yield url
    drop_database(url)


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    url = create_database(postgres_template)
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("template") / "lapor.db"
    migrate_now(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'lapor.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test's own; the test runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own, without tables; the test runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture(scope="session")
def vault() -> Vault:
    """Keys as a deployment has them after one rotation."""
    return make_vault([secrets.token_bytes(32), secrets.token_bytes(32)])


@pytest.fixture
async def store(database_url: str, vault: Vault) -> AsyncIterator[SqlStore]:
    """A migrated store; at the end it is closed and no connection may be left open."""
    opened = SqlStore(open_database(database_url), vault)
    yield opened
    await opened.close()
    assert await connections(database_url) == 0, "closing the store leaves a connection open"


async def connections(url: str) -> int:
    """How many connections to a database are open: PostgreSQL is asked, for SQLite our own open files are counted."""
    if not url.startswith("sqlite"):
        return await _sessions(url)
    path = Path(url.removeprefix("sqlite:///"))
    opened = (link.resolve() for link in Path("/proc/self/fd").glob("*")) if Path("/proc/self/fd").exists() else ()
    return sum(1 for file in opened if file == path.resolve())


async def _sessions(url: str) -> int:
    """The server notices a closed connection a moment later; it is given two seconds."""
    admin = await asyncpg.connect(POSTGRES, timeout=5)
    try:
        async with asyncio.timeout(2):
            while count := await admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name_of(url)
            ):
                await asyncio.sleep(0.01)
    except TimeoutError:
        return int(count)
    finally:
        await admin.close()
    return 0
