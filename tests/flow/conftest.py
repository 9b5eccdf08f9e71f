"""A gateway with its operator and its citizens, on each database."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.storage.tables import metadata
from tests.conftest import create_database, drop_database, in_postgres
from tests.flow.rig import Changes, Town, open_town

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def flow_postgres(postgres_template: str) -> Iterator[str]:
    """One PostgreSQL database for all flow tests: making and dropping one costs more than most of them."""
    url = create_database(postgres_template)
    yield url
    drop_database(url)


@pytest.fixture
def postgres_url(flow_postgres: str) -> str:
    """It, without rows. The triggers that keep history are out of force for that one connection."""
    emptied = "; ".join(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables)
    in_postgres(lambda c: c.execute(f"SET session_replication_role = replica; {emptied}"), flow_postgres)
    return flow_postgres


@pytest.fixture
def changed() -> Changes:
    """Settings that differ from the rig's, by section; a test replaces it by a parameter of this name."""
    return {}


@pytest.fixture
async def town(database_url: str, tmp_path: Path, changed: Changes) -> AsyncIterator[Town]:
    """A gateway in this process."""
    async with open_town(tmp_path, database_url, changed) as town:
        yield town


# A kill takes processes and seconds: in the suite each of these runs on one database, in ``make chaos`` on both.
KILLED_ON = {
    "test_kill_mail": "sqlite",
    "test_letters_kill": "postgres",
    "test_talks_kill": "sqlite",
    "test_tweets_kill": "sqlite",
    "test_webchat_kill": "postgres",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test runs on both databases, but of one with further parameters each of them on one, in turn.

    LAPOR_TEST_KILLS (``make chaos``) and LAPOR_TEST_EVERY_DATABASE run everything on both.
    """
    if {"LAPOR_TEST_KILLS", "LAPOR_TEST_EVERY_DATABASE"} & os.environ.keys():
        return
    turns: dict[str, dict[str, int]] = {}
    left = {item for item in items if isinstance(item, pytest.Function) and not _has_its_turn(item, turns)}
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def _has_its_turn(item: pytest.Function, turns: dict[str, dict[str, int]]) -> bool:
    """``turns``: by test, the further parameters that were met, in the order of their turns."""
    database = item.callspec.params.get("database_url") if hasattr(item, "callspec") else None
    if database is None or item.path.parent != HERE:
        return True
    if item.path.stem in KILLED_ON:
        return bool(database == KILLED_ON[item.path.stem])
    others = "-".join(part for part in item.callspec.id.split("-") if part != database)
    if not others:
        return True
    met = turns.setdefault(f"{item.path}::{item.originalname}", {})
    turn = met.setdefault(others, len(met))
    return bool(database == ("sqlite", "postgres")[turn % 2])
