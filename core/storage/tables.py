"""The tables. What a person wrote or who they are stands only in ``sealed`` columns; digests are keyed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
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


def _where(condition: str) -> dict[str, Any]:
    """A partial index: rows outside the condition cost nothing on the way in."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("sender_digest", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("report_id", ID, nullable=False),
    Column("part_group", String(64), nullable=True),
    Column("part_number", Integer, nullable=False),
    Column("note", NAME, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("channel", "external_id"),
    Index(None, "fingerprint", "stored_at"),
    Index(None, "part_group", **_where("part_group IS NOT NULL")),
    Index(None, "report_id", **_where("report_id <> ''")),
    Index(None, "channel", **_where("outcome = ''")),
)

reports = Table(
    "reports",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tracking_id", String(10), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", NAME, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("reporter_digest", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("verify_by", Moment, nullable=False),
    Column("follow_up_by", Moment, nullable=True),
    Column("agency", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("classification", NAME, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("secret", Boolean, nullable=False),
    Column("priority", Boolean, nullable=False),
    Column("duplicate_of", ID, nullable=False),
    Column("claimed_by", NAME, nullable=False),
    Column("claimed_until", Moment, nullable=True),
    Column("pin_digest", LargeBinary, nullable=False),
    Column("pin_sealed", LargeBinary, nullable=True),
    Column("request", NAME, nullable=True),
    Column("decider", NAME, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "reporter_digest", "received_at"),
    Index(None, "state", "priority", "verify_by"),
    Index(None, "agency", "state"),
    Index(None, "duplicate_of"),
    Index(None, "decider", **_where("decider IS NOT NULL")),
)

history = Table(
    "history",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("event", NAME, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("extras", LargeBinary, nullable=True),
    Index(None, "event", "at"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("opted_out", Boolean, nullable=False),
    Column("question", ID, nullable=False),
    Column("choice", ID, nullable=False),
    Column("choice_of", ID, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("published_at", Moment, nullable=True),
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True),
    Column("owner", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("subject", "kind"),
    Index(None, "parked", "lane", "not_before"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("cause", String(120), nullable=False, unique=True),
    Column("event", NAME, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("lane", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True),
    Column("owner", NAME, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "state", "channel", "connection", "lane", "not_before"),
    Index(None, "report_id"),
)

outbox_pieces = Table(
    "outbox_pieces",
    metadata,
    Column("outbox_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("network", String(160), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("delivery", NAME, nullable=False),
    Column("at", Moment, nullable=True),
    Index(None, "network", "external_id"),
)

early_receipts = Table(
    "early_receipts",
    metadata,
    Column("network", String(160), primary_key=True),
    Column("external_id", String(200), primary_key=True),
    Column("first_id", String(200), nullable=False),
    Column("delivery", NAME, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

links = Table(
    "links",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("decision", NAME, nullable=False),
    Column("first_report", ID, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("message_id", ID, nullable=False),
    Column("score", Float, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "first_report", "decision"),
    Index(None, "report_id"),
)

report_keys = Table(
    "report_keys",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("report_id", ID, primary_key=True),
)

staff = Table(
    "staff",
    metadata,
    Column("id", ID, primary_key=True),
    Column("username", NAME, nullable=False, unique=True),
    Column("role", NAME, nullable=False),
    Column("agency", NAME, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("owner", NAME, nullable=False),
    Column("until", Moment, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("value", Text, nullable=False),
)

guesses = Table(
    "guesses",
    metadata,
    Column("source", LargeBinary, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("wrong", Integer, nullable=False),
)

clocks = Table(
    "clocks",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("kind", NAME, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=True),
    Column("stage", NAME, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Column("rest", LargeBinary, nullable=False),
    Index(None, "next_at", **_where("next_at IS NOT NULL")),
)
