"""The tables of a migrated database are those the code speaks of, however often and from wherever it is migrated."""

import asyncio
import subprocess
import sys
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from core.storage.engine import Database
from core.storage.migrate import migrate
from core.storage.revisions import current_revision, newest_revision
from core.storage.tables import metadata

MIGRATE = """
import asyncio, sys
from core.storage.engine import open_database
from core.storage.migrate import migrate

async def main():
    database = open_database(sys.argv[1])
    await migrate(database)
    await database.close()

asyncio.run(main())
"""


async def test_the_newest_revision_has_the_tables_of_the_code(empty_database: Database) -> None:
    await migrate(empty_database)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    assert await empty_database.read(differences) == []


async def test_columns_keys_and_indexes_are_the_same_as_made_from_the_code(empty_database: Database) -> None:
    made = await empty_database.read(_made_and_described)

    await migrate(empty_database)

    assert await empty_database.read(_described) == made
    assert set(made) == set(metadata.tables)


def _made_and_described(connection: Connection) -> dict[str, Any]:
    """Nothing of it is kept: a read is rolled back."""
    metadata.create_all(connection)
    return _described(connection)


def _described(connection: Connection) -> dict[str, Any]:
    """What Alembic does not compare as well: primary keys with their names and order."""
    seen = inspect(connection)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(table)},
            "key": seen.get_pk_constraint(table),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in seen.get_unique_constraints(table)),
            "indexes": sorted((str(i["name"]), i["column_names"], i["unique"]) for i in seen.get_indexes(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


async def test_the_revision_is_told(empty_database: Database) -> None:
    before = await current_revision(empty_database)

    await migrate(empty_database)

    assert before == ""
    assert await current_revision(empty_database) == newest_revision() != ""


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await database.read(_described)

    await migrate(database)

    assert await database.read(_described) == before


async def test_tasks_that_migrate_at_once_migrate_once(empty_database: Database) -> None:
    await asyncio.gather(*(migrate(empty_database) for _ in range(3)))

    assert await current_revision(empty_database) == newest_revision()


async def test_processes_that_start_at_once_migrate_once(empty_database: Database, empty_database_url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    said = [(await asyncio.to_thread(process.communicate, timeout=60))[1] for process in started]

    assert [process.returncode for process in started] == [0, 0], said
    assert await current_revision(empty_database) == newest_revision()
