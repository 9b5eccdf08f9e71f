"""What the tables are made of."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DateTime,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
    text,
)

ID = String(32)
NAME = String(64)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: ``timestamptz`` in PostgreSQL, ISO text in SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive UTC for SQLite."""
        return value if value is None or dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware UTC on both."""
        if value is None:
            return None
        known: datetime = value
        return known.replace(tzinfo=UTC) if dialect.name == "sqlite" else known.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def where(condition: str) -> dict[str, Any]:
    """A partial index: rows outside the condition cost nothing on the way in."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}
