"""Which form a database has and which one this version needs, without loading what changes it."""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from core.storage.engine import Database

VERSIONS = Path(__file__).parent / "migrations" / "versions"
MARK = table("alembic_version", column("version_num"))


def newest_revision() -> str:
    """The revision this version needs: migrations are numbered, and their files begin with the number."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


async def current_revision(database: Database) -> str:
    """The revision the database is at, or empty for a new one."""
    return await database.read(_revision)


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table(MARK.name):
        return ""
    return connection.execute(select(MARK.c.version_num)).scalar_one_or_none() or ""
