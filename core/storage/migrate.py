"""Brings the tables of a database to what this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, func, select

from core.storage.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 1708


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


async def migrate(database: Database) -> None:
    """Run what is missing, in one transaction. Of several processes that start at once one does it, the others wait."""
    await database.write(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
